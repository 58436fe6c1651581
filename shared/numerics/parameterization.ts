/**
 * The three things a network may predict, and how each is read as another.
 *
 *   x = al x0 + sg eps,   al^2 + sg^2 = 1   (variance preserving: al^2 = alphaBar)
 *
 *   x0  = (x - sg eps)/al = al x - sg v         epsilon  = eps, the noise
 *   eps = (x - al x0)/sg  = sg x + al v         denoised = x0, the clean sample
 *   v   = al eps - sg x0                        velocity = v   (Salimans, Ho, ICLR 2022)
 *
 * Every conversion is linear: target = fromState x + fromOutput D. The two numbers are computed
 * once in float64; a latent is never divided by al or sg.
 */

import { unreachable } from '../kernel/assert.ts';
import { combine2 } from './vector.ts';
import type { Latents } from './vector.ts';

export type Prediction = 'epsilon' | 'denoised' | 'velocity';

/** sqrt(alphaBar) and sqrt(1 - alphaBar). */
export type Level = { readonly signal: number; readonly sigma: number };

/** target = fromState x + fromOutput D, D being the network's output. */
export type Conversion = { readonly fromState: number; readonly fromOutput: number };

const IDENTITY: Conversion = { fromState: 0, fromOutput: 1 };

/** al and sg of one alphaBar. */
export function levelOf(alphaBar: number): Level {
  return { signal: Math.sqrt(alphaBar), sigma: Math.sqrt(1 - alphaBar) };
}

/** x0 from the state and an output of type `from`; an epsilon output needs al > 0. */
export function toDenoised(from: Prediction, { signal, sigma }: Level): Conversion {
  switch (from) {
    case 'epsilon':
      return { fromState: 1 / signal, fromOutput: -sigma / signal };
    case 'denoised':
      return IDENTITY;
    case 'velocity':
      return { fromState: signal, fromOutput: -sigma };
    default:
      return unreachable(from);
  }
}

/** eps from the state and an output of type `from`; a denoised output needs sg > 0. */
export function toEpsilon(from: Prediction, { signal, sigma }: Level): Conversion {
  switch (from) {
    case 'epsilon':
      return IDENTITY;
    case 'denoised':
      return { fromState: 1 / sigma, fromOutput: -signal / sigma };
    case 'velocity':
      return { fromState: sigma, fromOutput: signal };
    default:
      return unreachable(from);
  }
}

/** v from the state and an output of type `from`. */
export function toVelocity(from: Prediction, { signal, sigma }: Level): Conversion {
  switch (from) {
    case 'epsilon':
      return { fromState: -sigma / signal, fromOutput: 1 / signal };
    case 'denoised':
      return { fromState: signal / sigma, fromOutput: -1 / sigma };
    case 'velocity':
      return IDENTITY;
    default:
      return unreachable(from);
  }
}

/** The conversion between any two predictions at one level. */
export function conversion(from: Prediction, to: Prediction, level: Level): Conversion {
  switch (to) {
    case 'epsilon':
      return toEpsilon(from, level);
    case 'denoised':
      return toDenoised(from, level);
    case 'velocity':
      return toVelocity(from, level);
    default:
      return unreachable(to);
  }
}

/** The buffers of an element-wise conversion; all three may be one. Each latent starts at `at`. */
export type ConvertOperands = {
  readonly out: Latents;
  readonly state: Latents;
  readonly output: Latents;
  readonly at: number;
  readonly dim: number;
};

/** out = fromState x + fromOutput D, element by element. */
export function convertInto(operands: ConvertOperands, by: Conversion): void {
  const { out, state, output, at, dim } = operands;
  combine2(out, at, by.fromState, state, at, by.fromOutput, output, at, dim);
}
