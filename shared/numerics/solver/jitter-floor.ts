/**
 * The smallest tolerance that convergence can reach where evaluating the same row twice may give
 * different bits (numerics 7.5):
 *
 *   3 |b_i| jitter <= threshold_i(tolerance)   for every step i
 *
 * with b_i what one unit of the network's output adds to the step's result, jitter the difference
 * of two evaluations in that output, and threshold_i what the freezing rule allows the row to move
 * by. Below it a row that has converged still moves by more than the rule allows, round after
 * round, and freezes only when every row before it has. The thresholds are proportional to the
 * tolerance up to TOLERANCE_MAX and grow no further, so the smallest tolerance is a maximum over
 * steps, or none.
 */
import type { StepTable } from '../step-table.ts';
import { freezeShare, randomnessOf, TOLERANCE_MAX } from './freeze.ts';

const JITTER_FACTOR = 3;

/** What classifier-free guidance makes of a difference in both of its evaluations. */
export function guidedJitter(jitter: number, guided: boolean, guidance: number): number {
  return guided ? jitter * (Math.abs(guidance) + Math.abs(1 - guidance)) : jitter;
}

/** Infinity where no tolerance is large enough. */
export function jitterFloor(
  table: Pick<StepTable, 'steps' | 'outputScale' | 'sigmaPosterior' | 'noiseScale'>,
  jitter: number,
): number {
  const { steps, outputScale, sigmaPosterior } = table;
  const rule = { steps, sigmaPosterior, randomness: randomnessOf(table) };
  let floor = 0;
  if (jitter === 0) return floor;
  for (let i = 0; i < steps; i++) {
    const movement = JITTER_FACTOR * Math.abs(outputScale[i]!) * jitter;
    // a step that the network has no say in moves nothing, even where nothing may move
    if (movement > 0) floor = Math.max(floor, movement / freezeShare(rule, i));
  }
  return floor <= TOLERANCE_MAX ? floor : Infinity;
}
