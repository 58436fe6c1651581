/** A block starts again, by the way its method runs. */
import { recoverPipelineBlock } from './pipeline.ts';
import { recoverBlock } from './recovery.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';

export function recover(step: Step, job: JobState, block: BlockState): void {
  if (planOf(job).method === 'parareal') recoverPipelineBlock(step, job, block);
  else recoverBlock(step, job, block);
}
