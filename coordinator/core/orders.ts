/** What a block is told to do next in the rounds of the Picard family. */
import { takeMoved } from './blocks.ts';
import { asksForRow, checkpointMsOf, offerLeft } from './checkpoint.ts';
import type { BlockState, JobState } from './state.ts';
import { fenceOf, planOf, roundsMaxOf, tell, type Step } from './step.ts';

export function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  block.sweptFrom = job.frontier;
  const { frontier, windowEnd } = job;
  const fence = fenceOf(step, job, block);
  const left = takeMoved(block);
  const wantsDenoised = growsFrom(job, block);
  const wantsFrozen = asksForRow(step, job, block);
  const range = { frontier, windowEnd, left, wantsDenoised };
  const message = { kind: 'sweep', fence, ...range, ...(wantsFrozen && { wantsFrozen }) } as const;
  tell(step, block, message);
}

/** x0-hat is a latent: only asked for where a block may enter, or the job may end, behind it. */
function growsFrom(job: JobState, block: BlockState): boolean {
  const { method } = planOf(job);
  // with a correction to come it is not known yet
  if (method === 'parataa' || !isRightmost(job, block)) return false;
  return job.nextBlock < job.partition.length || block.round >= roundsMaxOf(job);
}

export function isRightmost(job: JobState, block: BlockState): boolean {
  return job.blocks.at(-1) === block;
}

export function sendAdvance(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'advancing';
  offerLeft(step, job, block);
  const roundsMax = roundsMaxOf(job) - job.tally.rounds;
  const fence = fenceOf(step, job, block);
  const { frontier, errors, restarts } = job;
  const left = takeMoved(block);
  const checkpointMs = checkpointMsOf(step, job);
  const told = { frontier, errors, restarts, roundsMax, previews: true, left, checkpointMs };
  const message = { kind: 'advance', fence, ...told } as const;
  tell(step, block, message);
}
