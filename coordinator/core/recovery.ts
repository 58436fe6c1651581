/** A block lost its worker: whoever takes it starts from the boundary that is newest now. */
import { settle } from './acceleration.ts';
import { reassign } from './blocks.ts';
import { isRightmost, sendAdvance, sendSweep } from './orders.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';
import { roll } from './wave.ts';

export function recoverBlock(step: Step, job: JobState, block: BlockState): void {
  const { phase } = block;
  if (isRightmost(job, block)) job.edge = undefined;
  // what it said of its last sweep counts for nothing without the rows that it is about
  if (phase === 'swept') block.phase = 'sweeping';
  // the rounds that it told of count, and are not counted again
  if (phase === 'advancing') block.round = job.tally.rounds + 1;
  job.wave = { ...job.wave, awaited: undefined };
  takeNewestBoundary(job, block);
  if (reassign(step, job, block)) {
    if (phase === 'advancing') sendAdvance(step, job, block);
    else if (phase === 'sweeping' || phase === 'swept') sendSweep(step, job, block);
    else if (planOf(job).method === 'parataa') {
      block.phase = 'absorbed';
      settle(step, job);
    }
  }
  roll(step, job);
}

/**
 * Where the wave has just passed its left neighbour, the frontier may be at the block already: its
 * new owner takes the boundary for final then, so it must be the one that is.
 */
function takeNewestBoundary({ blocks, wave }: JobState, block: BlockState): void {
  const at = blocks.indexOf(block);
  const before = blocks[at - 1];
  if (at === wave.next && before?.right && before.rightRow === block.begin) {
    block.left = before.right;
  }
}
