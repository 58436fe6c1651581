/** Bookkeeping of a job: what its rounds cost and what is known of its error. */
import type { RoundResiduals, WorkCost } from '../../shared/kernel/block-messages.ts';
import { residualOf } from '../../shared/kernel/residual-code.ts';
import type { BlockState, JobState } from './state.ts';

/** Counts the work of one reply; `critical` where the job waited for it. */
export function countWork(
  job: JobState,
  block: BlockState,
  cost: WorkCost,
  critical: boolean,
): void {
  const { tally } = job;
  const busyUntil = Math.max(job.callClock[block.worker] ?? 0, block.ready) + cost.microBatches;
  if (cost.microBatches > 0) {
    job.callClock = { ...job.callClock, [block.worker]: busyUntil };
    block.ready = busyUntil;
  }
  job.tally = {
    ...tally,
    modelCalls: tally.modelCalls + cost.modelCalls,
    forwardPasses: tally.forwardPasses + cost.forwardPasses,
    sequentialCalls: Math.max(tally.sequentialCalls, block.ready),
    modelMs: tally.modelMs + (critical ? cost.modelMs : 0),
    queueMs: tally.queueMs + (critical ? cost.queueMs : 0),
    scanMs: tally.scanMs + (critical ? cost.scanMs : 0),
  };
}

/**
 * Largest residual among the rows that froze in a round: from behind the old frontier, whose first
 * row is exact whatever its residual was, up to the new one.
 */
export function frozenResidual(round: RoundResiduals, from: number, to: number): number {
  let max = 0;
  for (let step = Math.max(from + 1, round.firstStep); step < to; step++) {
    const code = round.codes[step - round.firstStep];
    if (code !== undefined) max = Math.max(max, residualOf(code));
  }
  return max;
}

export function countFrozen(job: JobState, round: RoundResiduals, from: number, to: number): void {
  const residual = frozenResidual(round, from, to);
  job.tally = { ...job.tally, residualMax: Math.max(job.tally.residualMax, residual) };
}
