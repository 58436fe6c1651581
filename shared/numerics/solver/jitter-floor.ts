/**
 * The smallest tolerance that convergence can reach where evaluating the same row twice may give
 * different bits (numerics 7.5). For every step i
 *
 *   3 |b_i| jitter    <= movement that the freezing rule allows
 *   1.5 |b_i| jitter  <= defect that it allows behind step i
 *
 * with b_i what one unit of the network's output adds to the step's result and jitter the
 * difference of two evaluations in that output: it moves a row that has converged, and the linear
 * part misses all of that movement. Below it such a row freezes only when every row before it has.
 * Movements may be proportional to the tolerance up to TOLERANCE_MAX and grow no further:
 * beyond, no tolerance is large enough.
 */
import type { StepTable } from '../step-table.ts';
import { DEFECT_MARGIN } from './error-bound.ts';
import { defectShares, expansionOf, MOVEMENT_SHARE } from './freeze.ts';
import { TOLERANCE_MAX } from './restarts.ts';

const JITTER_FACTOR = 3;

/**
 * Infinity where no tolerance is large enough.
 *
 * @param jitter of one evaluation of the network
 * @param spread `guidanceSpread` of the job: it amplifies the jitter and tightens the rule
 */
export function jitterFloor(
  table: Pick<StepTable, 'outputScale' | 'signal' | 'sigma' | 'valueWeight'>,
  jitter: number,
  spread = 1,
): number {
  const amplified = spread * expansionOf(spread) * jitter;
  let floor = 0;
  for (const [i, share] of defectShares(table).entries()) {
    const moved = Math.abs(table.outputScale[i]!) * amplified;
    const byMovement = (JITTER_FACTOR * moved) / MOVEMENT_SHARE;
    floor = Math.max(floor, byMovement, (DEFECT_MARGIN * moved) / share);
  }
  return floor <= TOLERANCE_MAX ? floor : Infinity;
}
