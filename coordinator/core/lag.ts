/**
 * Rounds with lag: where a job allows it, a wave that everybody else waits for passes over a block
 * that is late, in at most `maxLag` rounds in a row, so that it delays nobody but itself.
 *
 *   sweeping -> (passed over: sweeping, a round behind) -> swept -> composed by the wave that runs
 *
 * No row of such a block freezes, and its right end stays where it was, so nothing on its right
 * moves because of it. Its answer is about the left boundary that it swept with (`left`), and is
 * composed with all that the boundary moved by since (`leftSince`): movements add up. What rounds
 * do then depends on who was fast.
 */
import { freezesInTurn } from '../../shared/numerics/solver/freeze.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';
import { usualSweepMs } from './tally.ts';
import { newestBoundary } from './twins.ts';

/**
 * Times the median sweep of the job: then a sweep is late. Whoever waits has waited for about one
 * sweep then, which is what a stale one costs. And never less: a hiccup is no reason.
 */
const LATE = { times: 2, leastMs: 20 } as const;

/** The block has an answer for this round, to an order of this round or of an earlier one. */
export function isSweptFor({ phase, round, lag }: BlockState, current: number): boolean {
  return phase === 'swept' && round + lag === current;
}

export function maxLagOf(job: JobState): number {
  const plan = planOf(job);
  return freezesInTurn(plan) ? (plan.maxLag ?? 0) : 0;
}

/**
 * Lets the wave go on without the block that it stands at, if that is late and everybody on its
 * right waits; asks to be called again where it may be later.
 */
export function passesOver(step: Step, job: JobState): boolean {
  const { next } = job.wave;
  const block = job.blocks[next];
  const usualMs = usualSweepMs(job);
  if (!block || usualMs === undefined || !mayPassOver(job, block)) return false;
  const round = job.tally.rounds + 1;
  const behind = job.blocks.slice(next + 1).filter((other) => !isSweptFor(other, round));
  if (!behind.every((other) => mayPassOver(job, other))) return false;
  const patienceMs = Math.max(LATE.leastMs, LATE.times * usualMs);
  const lateMs = Math.max(...[block, ...behind].map(({ sentMs }) => sentMs)) + patienceMs;
  if (step.atMs < lateMs) {
    lookAgain(step, job, lateMs);
    return false;
  }
  passOver(step, job, block);
  return true;
}

/** Neither the first live block, which alone can freeze rows, nor the last: the window grows there. */
function mayPassOver(job: JobState, block: BlockState): boolean {
  const { phase, worker, lag, summary, rightRow, end } = block;
  if (phase !== 'sweeping' || worker === '' || lag >= maxLagOf(job)) return false;
  if (block === job.blocks[0] || block === job.blocks.at(-1)) return false;
  // its neighbour has a boundary to go on with
  return summary !== undefined && rightRow === end;
}

function passOver(step: Step, job: JobState, block: BlockState): void {
  block.leftSince = newestBoundary(job, block);
  const { residuals } = block;
  const round = job.tally.rounds + 1;
  // what was said last of its rows still holds
  if (residuals) step.commands.push({ kind: 'trace', job: job.id, round: { ...residuals, round } });
  block.lag++;
  job.tally = { ...job.tally, staleRounds: job.tally.staleRounds + 1 };
  job.wave = { ...job.wave, next: job.wave.next + 1 };
}

function lookAgain(step: Step, job: JobState, atMs: number): void {
  if (job.wave.lookMs === atMs) return;
  job.wave = { ...job.wave, lookMs: atMs };
  step.commands.push({ kind: 'lookAgain', afterMs: atMs - step.atMs });
}
