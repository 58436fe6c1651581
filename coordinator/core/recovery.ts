/** A block lost its worker: whoever takes it starts from the boundary that is newest now. */
import { settle } from './acceleration.ts';
import { reassign } from './blocks.ts';
import { isRightmost, sendAdvance, sendSweep } from './orders.ts';
import type { BlockState, JobState } from './state.ts';
import { fenceOf, planOf, type Step, tellToForget } from './step.ts';
import { adoptTwin, newestBoundary } from './twins.ts';
import { roll } from './wave.ts';

export function recoverBlock(step: Step, job: JobState, block: BlockState, taker?: string): void {
  if (block.twin) {
    // somebody else has started it anew already
    adoptTwin(step, job, block);
    return roll(step, job);
  }
  const { phase } = block;
  if (isRightmost(job, block)) job.edge = undefined;
  // what it said of its last sweep counts for nothing without the rows that it is about
  if (phase === 'swept' || phase === 'moving') block.phase = 'sweeping';
  // the rounds that it told of count, and are not counted again
  if (phase === 'advancing') block.round = job.tally.rounds + 1;
  job.wave = { ...job.wave, awaited: undefined };
  block.left = newestBoundary(job, block);
  block.leftSince = undefined;
  if (reassign(step, job, block, taker)) {
    if (phase === 'advancing') sendAdvance(step, job, block);
    else if (block.phase === 'sweeping') sendSweep(step, job, block);
    else if (planOf(job).method === 'parataa') {
      block.phase = 'absorbed';
      settle(step, job);
    }
  }
  roll(step, job);
}

/**
 * Takes a block from a worker that holds it: what is still on its way from there is stale. For
 * workers that do not answer, and for those that are not trusted any more.
 */
export function revokeBlock(step: Step, job: JobState, block: BlockState, taker?: string): void {
  tellToForget(step, block, fenceOf(step, job, block));
  recoverBlock(step, job, block, taker);
}
