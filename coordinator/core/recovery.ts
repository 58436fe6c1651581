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
  job.wave = { ...job.wave, awaited: undefined };
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
