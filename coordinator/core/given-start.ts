import type { JobState, LatentHandle } from './state.ts';
import { handle, planOf, type Step } from './step.ts';

/** x[0], where the seed alone does not make it. */
export function givenStart(step: Step, job: JobState): LatentHandle | undefined {
  if (!planOf(job).startGiven) return undefined;
  const state = handle(job, 0, 'initial');
  step.commands.push({ kind: 'initial', job: job.id, out: state });
  return state;
}
