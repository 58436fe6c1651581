/** The rounds of a job begin again at its first row, as if none of them had been. */
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { groupsOf } from '../../shared/numerics/solver/groups.ts';
import { dropBlocks } from './blocks.ts';
import { cutJob } from './deal.ts';
import type { JobState } from './state.ts';
import { planOf, type Step } from './step.ts';

/** What is known of its rows. Rounds and calls go on counting. */
export function forgetRounds(step: Step, job: JobState): void {
  const { samples, dim = 1 } = planOf(job);
  dropBlocks(step, job);
  if (job.checkpoint)
    step.commands.push({ kind: 'checkpoint', job: job.id, checkpoint: undefined });
  job.checkpoint = undefined;
  // a job that went on from a row was cut from there
  if (job.resumedFrom > 0) cutJob(step, job);
  job.errors = noErrors(samples, groupsOf(dim));
  job.frontier = new Int32Array(samples);
  job.nextBlock = 0;
  job.indices = 0;
  // what was lost or measured on the way here is not part of the trajectory to come
  job.rowsLost = '';
  job.checks = { ...job.checks, looked: 0 };
  job.tally = { ...job.tally, residualMax: 0, errorEstimate: 0, residual: Infinity };
}
