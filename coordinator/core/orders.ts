/** What a block is told to do next in the rounds of the Picard family. */
import { eligibleWorkers, openForCheck, takeMoved } from './blocks.ts';
import { asksForRow, checkpointMsOf, offerLeft } from './checkpoint.ts';
import { jobsWanting } from './jobs-wanting.ts';
import type { BlockState, JobState } from './state.ts';
import { asksForStep, isOnlyHand, picksEvery } from './step-picks.ts';
import { fenceOf, planOf, roundsMaxOf, tell, type Step } from './step.ts';

export function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  block.alone = false;
  block.sweptFrom = job.frontier;
  const { frontier, windowEnd } = job;
  const fence = fenceOf(step, job, block);
  const left = takeMoved(block);
  const wantsDenoised = growsFrom(job, block);
  block.sentMs = step.atMs;
  block.wantsDenoised = wantsDenoised;
  const wantsFrozen = asksForRow(step, job, block);
  const wantsStep = asksForStep(step, job, block);
  const range = { frontier, windowEnd, left, wantsDenoised };
  const wants = { ...(wantsFrozen && { wantsFrozen }), ...(wantsStep && { wantsStep }) };
  const message = { kind: 'sweep', fence, ...range, ...wants } as const;
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

/** What a block does in a round that it is in already. */
export function sendRound(step: Step, job: JobState, block: BlockState): void {
  if (block.round === job.tally.rounds + 1 && holdsWindow(job, block)) {
    sendAdvance(step, job, block);
  } else sendSweep(step, job, block);
}

/** One block that never needs a neighbour before its window leaves it. */
function holdsWindow(job: JobState, block: BlockState): boolean {
  const { window, steps, audit } = planOf(job);
  const slowest = Math.min(...job.frontier);
  // an audit wants the scalars of every row, which only a sweep brings
  if (audit || job.blocks.length !== 1 || slowest < block.begin) return false;
  return block.end === steps || slowest + window <= block.end;
}

/** No other job runs or could: one that waits for this one, as for a baseline, cannot. */
function isAlone(step: Step, { whole }: JobState): boolean {
  return whole === undefined && jobsWanting(step) === 1;
}

export function sendAdvance(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'advancing';
  offerLeft(step, job, block);
  const roundsMax = roundsMaxOf(job) - job.tally.rounds;
  const fence = fenceOf(step, job, block);
  const { frontier, errors, restarts, roundsLost } = job;
  const left = takeMoved(block);
  const checkpointMs = checkpointMsOf(step, job);
  const decided = { frontier, errors, restarts, roundsLost };
  const stepEvery = picksEvery(step, job);
  const told = { ...decided, roundsMax, previews: true, left, checkpointMs, stepEvery };
  const wantsLastStep = stepEvery > 0 && isOnlyHand(step, job, block.worker);
  block.alone = isAlone(step, job);
  if (block.alone && wantsLastStep) prepareLastCheck(step, job, block);
  const asked = { ...(wantsLastStep && { wantsLastStep }), ...(block.alone && { alone: true }) };
  const message = { kind: 'advance', fence, ...told, ...asked } as const;
  tell(step, block, message);
}

/** Who will be asked has the job open, and its model loaded, by the time it is asked. */
function prepareLastCheck(step: Step, job: JobState, { worker }: BlockState): void {
  const another = eligibleWorkers(step, job).find((id) => id !== worker);
  if (another !== undefined) openForCheck(step, job, another);
}
