/**
 * What a network may predict, and how each is read as another.
 *
 *   x = al x0 + sg eps
 *
 *   epsilon   eps, the noise              x0 = (x - sg eps)/al,       eps = (x - al x0)/sg
 *   denoised  x0, the clean sample
 *   velocity  v = al eps - sg x0          x0 = al x - sg v,           eps = sg x + al v
 *             where al^2 + sg^2 = 1 (Salimans, Ho, ICLR 2022)
 *   flow      u = eps - x0                x0 = x - sg u,              eps = x + al u
 *             where al + sg = 1 (Lipman et al., ICLR 2023; Esser et al., ICML 2024)
 *   edm       F, preconditioned by the deviation s of the data, al = 1/sqrt(sigma^2 + s^2):
 *             x0 = s^2 al x + s sg F,     eps = sg x - s al F
 *             with s al = sqrt(1 - sg^2)  (Karras et al., NeurIPS 2022, table 1)
 *
 * Every conversion is linear: target = fromState x + fromOutput D. The two numbers are computed
 * once in float64; a latent is never divided by al or sg.
 */

import { unreachable } from '../kernel/assert.ts';
import type { Prediction } from '../kernel/noise-schedule.ts';

export { predictions, type Prediction } from '../kernel/noise-schedule.ts';

/** al and sg of a row; sqrt(alphaBar) and sqrt(1 - alphaBar) where noise preserves variance. */
export type Level = { readonly signal: number; readonly sigma: number };

/** target = fromState x + fromOutput D, D being the network's output: a latent is never divided. */
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
    case 'flow':
      return { fromState: 1, fromOutput: -sigma };
    case 'edm': {
      const rest = 1 - sigma * sigma;
      return { fromState: rest / signal, fromOutput: (sigma * Math.sqrt(rest)) / signal };
    }
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
    case 'flow':
      return { fromState: 1, fromOutput: signal };
    case 'edm':
      return { fromState: sigma, fromOutput: -Math.sqrt(1 - sigma * sigma) };
    default:
      return unreachable(from);
  }
}
