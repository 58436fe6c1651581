/**
 * Which N of the T training times a sampler visits, in sampling order (descending):
 *
 *   linspace   round(i (T-1)/(N-1)),        i = N-1 .. 0
 *   leading    j floor(T/N) + offset,       j = N-1 .. 0    (Stable Diffusion: offset 1)
 *   trailing   round(T - j T/N) - 1,        j = 0 .. N-1
 *
 * Lin, Liu, Li, Yang, "Common Diffusion Noise Schedules and Sample Steps are Flawed", WACV 2024,
 * table 2. Neighbours are not T/N apart unless N divides T: steps must carry pairs (t_i, t_{i+1}).
 */

import { unreachable } from '../kernel/assert.ts';
import { limits, requireInteger } from '../kernel/limits.ts';

export type Spacing = 'leading' | 'trailing' | 'linspace';

/** Rounds to the nearest integer, ties to the even one, as numpy does; Math.round goes up. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function leading(trainSteps: number, steps: number, offset: number): Int32Array {
  const ratio = Math.floor(trainSteps / steps);
  const largest = trainSteps - 1 - (steps - 1) * ratio;
  requireInteger('offset', offset, 0, largest);
  return Int32Array.from({ length: steps }, (_, i) => (steps - 1 - i) * ratio + offset);
}

/**
 * The products are formed as numpy's arange forms them (start + j times the rounded difference of
 * its first two values). Where T - j T/N ends in one half, this decides which way it rounds, and
 * then this grid is the one other libraries sample on (T = 1000, N = 48).
 */
function trailing(trainSteps: number, steps: number): Int32Array {
  const delta = trainSteps - trainSteps / steps - trainSteps;
  return Int32Array.from({ length: steps }, (_, j) => roundHalfEven(trainSteps + j * delta) - 1);
}

/** As numpy.linspace: i times the rounded step (N = 27 has such a tie); one step is time 0. */
function linspace(trainSteps: number, steps: number): Int32Array {
  const step = steps > 1 ? (trainSteps - 1) / (steps - 1) : 0;
  const times = Int32Array.from({ length: steps }, (_, i) => roundHalfEven((steps - 1 - i) * step));
  if (steps > 1) times[0] = trainSteps - 1;
  return times;
}

/**
 * Training times in sampling order, strictly descending, each from 0 to trainSteps - 1.
 * `offset` belongs to `leading`; the other spacings ignore it, as schedulers elsewhere do.
 */
export function timesteps(
  spacing: Spacing,
  trainSteps: number,
  steps: number,
  offset = 0,
): Int32Array {
  requireInteger('trainSteps', trainSteps, 1, limits.trainStepsMax);
  requireInteger('steps', steps, 1, Math.min(trainSteps, limits.stepsMax));
  switch (spacing) {
    case 'leading':
      return leading(trainSteps, steps, offset);
    case 'trailing':
      return trailing(trainSteps, steps);
    case 'linspace':
      return linspace(trainSteps, steps);
    default:
      return unreachable(spacing);
  }
}

/**
 * As `timesteps`, for solvers that count the end of the last step as a point of its own: N + 1
 * points for `linspace` and `leading`, of which the last, time 0, is dropped; `trailing` as it is.
 */
export function timestepsWithEnd(
  spacing: Spacing,
  trainSteps: number,
  steps: number,
  offset = 0,
): Int32Array {
  requireInteger('trainSteps', trainSteps, 2, limits.trainStepsMax);
  requireInteger('steps', steps, 1, Math.min(trainSteps - 1, limits.stepsMax));
  if (spacing === 'trailing') return trailing(trainSteps, steps);
  if (spacing === 'linspace') return linspace(trainSteps, steps + 1).subarray(0, steps);
  const ratio = Math.floor(trainSteps / (steps + 1));
  requireInteger('offset', offset, 0, trainSteps - 1 - steps * ratio);
  return Int32Array.from({ length: steps }, (_, i) => (steps - i) * ratio + offset);
}

/**
 * The N times of distilled models: every `trainSteps/originalSteps`-th training time, the last
 * included, thinned out to N. Luo et al., "Latent Consistency Models", 2023, section 4.3.
 */
export function distilledTimesteps(
  trainSteps: number,
  steps: number,
  originalSteps: number,
): Int32Array {
  requireInteger('solver.originalSteps', originalSteps, 1, trainSteps);
  requireInteger('steps', steps, 1, originalSteps);
  const ratio = Math.floor(trainSteps / originalSteps);
  const skip = originalSteps / steps;
  return Int32Array.from(
    { length: steps },
    (_, i) => (originalSteps - Math.floor(i * skip)) * ratio - 1,
  );
}
