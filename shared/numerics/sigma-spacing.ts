/**
 * Levels by their ratio r = sg/al in place of their time, and the two ways between them.
 *
 *   karras        (max^{1/p} + i/(N-1) (min^{1/p} - max^{1/p}))^p, p = 7   Karras et al., 2022, (5)
 *   exponential   geometric from max to min
 *   beta          min + (max - min) Q(1 - i/(N-1)), Q the quantile of Beta(0.6, 0.6)
 *                                                              Lee, Lee, Kim et al., 2024
 *   sigmas        the N ratios themselves, times         the N model times themselves
 *                 (e.g. Sabour, Fidler, Kreis, "Align Your Steps", ICML 2024)
 */
import { unreachable } from '../kernel/assert.ts';
import { outOfRange, requireInteger } from '../kernel/limits.ts';
import { betaQuantile } from './incomplete-beta.ts';
import { linspace } from './schedule.ts';

export type SigmaSpacing =
  | { readonly kind: 'karras'; readonly rho?: number | undefined }
  | { readonly kind: 'exponential' }
  | { readonly kind: 'beta'; readonly a?: number | undefined; readonly b?: number | undefined }
  | { readonly kind: 'sigmas'; readonly values: readonly number[] }
  | { readonly kind: 'times'; readonly values: readonly number[] };

/** N values from `most` down to `least`. */
export function spacedSigmas(
  spacing: Exclude<SigmaSpacing, { kind: 'times' }>,
  most: number,
  least: number,
  steps: number,
): Float64Array {
  const ramp = linspace(0, 1, steps);
  switch (spacing.kind) {
    case 'karras': {
      const { rho = 7 } = spacing;
      requirePositive('sigmas.rho', rho);
      const [top, bottom] = [most ** (1 / rho), least ** (1 / rho)];
      return ramp.map((share) => (top + share * (bottom - top)) ** rho);
    }
    case 'exponential':
      return linspace(Math.log(most), Math.log(least), steps).map(Math.exp);
    case 'beta': {
      const { a = 0.6, b = 0.6 } = spacing;
      requirePositive('sigmas.a', a);
      requirePositive('sigmas.b', b);
      return ramp.map((share) => least + betaQuantile(1 - share, a, b) * (most - least));
    }
    case 'sigmas':
      return requireDescending('sigmas.values', spacing.values, steps);
    default:
      return unreachable(spacing);
  }
}

export function requirePositive(field: string, found: number): void {
  if (!(found > 0 && Number.isFinite(found))) throw outOfRange(field, found, 'a number above 0');
}

/** N finite numbers, each below the one before. */
export function requireDescending(
  field: string,
  values: readonly number[],
  steps: number,
): Float64Array {
  requireInteger(`${field}.length`, values.length, steps, steps);
  for (const [i, found] of values.entries()) {
    const most = i === 0 ? Infinity : values[i - 1]!;
    if (Number.isFinite(found) && found >= 0 && found < most) continue;
    throw outOfRange(`${field}[${i}]`, found, `from 0 to below ${most}, the one before it`);
  }
  return Float64Array.from(values);
}

/** Values at a fractional index, linear between neighbours. */
export function interpolated(values: Float64Array, index: number): number {
  const low = Math.min(Math.floor(index), values.length - 1);
  const rest = index - low;
  if (rest === 0) return values[low]!;
  return values[low]! + rest * (values[low + 1]! - values[low]!);
}

/** The fractional time of a ratio, linear in its logarithm; `ratios` ascend with time. */
export function timeOf(ratio: number, ratios: Float64Array): number {
  let low = 0;
  while (low < ratios.length - 2 && ratios[low + 1]! <= ratio) low++;
  const from = Math.log(ratios[low]!);
  const share = (Math.log(ratio) - from) / (Math.log(ratios[low + 1]!) - from);
  return low + Math.min(1, Math.max(0, share));
}
