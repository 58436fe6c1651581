/**
 * Which sweeps are to bring a step that another worker recomputes (`spot-check.ts`). Only the first
 * active row is known to freeze with the values of this very sweep: its input is final. Where rows
 * in between froze several at a time, the next one stands for them.
 */
import { anyPicked } from '../../shared/kernel/picked-rows.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';

/** One in so many steps of a job is brought along; 0 where none can be. */
export function picksEvery({ spotCheckEvery }: Step, job: JobState): number {
  const { checkable, method, audit } = planOf(job);
  // parataa corrects its rows once more, and those of parareal are steps of a block
  const corrected = method === 'parataa' || method === 'parareal';
  return checkable && !audit && !corrected ? spotCheckEvery : 0;
}

export function asksForStep(step: Step, job: JobState, { begin, end }: BlockState): boolean {
  const every = picksEvery(step, job);
  const row = Math.min(...job.frontier);
  const { looked } = job.checks;
  if (every === 0 || row < Math.max(begin, looked) || row >= end) return false;
  job.checks = { ...job.checks, looked: row + 1 };
  return anyPicked(job.id, { from: looked, to: row }, every);
}

/** Nobody else's numbers are in the rows of the job: the last step of this one is its vote. */
export function isOnlyHand({ workers }: Step, { checks }: JobState, id: string): boolean {
  const name = workers.get(id)?.name ?? id;
  return checks.hands.every((hand) => hand === name);
}
