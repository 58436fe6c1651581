/** Half floats between the blocks of a job, and what they cost in accuracy. */
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { partition } from '../../shared/numerics/partition.ts';
import { invalid } from './invalid.ts';
import type { PlannedJob } from './planning.ts';

/** Greatest relative error of rounding to the 11 bits of a float16. */
const HALF_ERROR = 2 ** -11;

/**
 * What float16 on the wire adds to the error of a sample, RMS in data units, at most: every latent
 * that crosses from one block to the next, and the sample itself, is rounded once. States have a
 * scale of about 1 from noise to data, errors of different boundaries are independent of each
 * other, and a step behind them shrinks an error more often than not.
 */
export function halfError(boundaries: number): number {
  return HALF_ERROR * Math.sqrt(boundaries);
}

/** Boundaries of the blocks that a plan makes, and the end. */
export function boundariesOf(
  { timesteps, window, method }: Pick<JobSpec, 'timesteps' | 'window' | 'method'>,
  blocks: number,
): number {
  return method === 'sequential' ? 1 : partition(timesteps.length, window, blocks).length;
}

/** @throws SamplerError INVALID_REQUEST where the tolerance is less than float16 can carry */
export function checkHalf(spec: Omit<JobSpec, 'job'>, { plan }: PlannedJob): void {
  const boundaries = boundariesOf(spec, plan.setting.blocks);
  const error = halfError(boundaries);
  if (spec.tolerance >= error) return;
  const crossings = boundaries === 1 ? 'the sample' : `${boundaries} boundaries`;
  const least = error.toExponential(1);
  const why = `float16 on the wire, which rounds ${crossings}`;
  const expected = `at least ${least} with ${why}; use fewer blocks, or float32`;
  throw invalid('tolerance', spec.tolerance, expected);
}
