/**
 * The noise levels that a sampler walks along, before anything is said of how it walks.
 *
 *   al_i, sg_i    signal and sigma of level i as the network sees it, i = 0 .. n; n is the sample
 *   sg_i/al_i     the level in the terms of variance-exploding models, z = x/al
 *   lam_i         ln(al_i/sg_i), half the logarithm of the signal-to-noise ratio
 *
 * A sampler turns levels into rows: most have a row per level, some (Heun, PLMS) more.
 */
import type { Grid } from './step-table.ts';

export type Levels = {
  /** [n] model time. */
  readonly timestep: Float64Array;
  /** [n+1] al */
  readonly signal: Float64Array;
  /** [n+1] sg */
  readonly sigma: Float64Array;
  /** x_0 is unit noise times this. */
  readonly initialScale: number;
};

/** What a sampler makes of levels. */
export type Rows = Pick<Grid, 'timestep' | 'signal' | 'sigma' | 'noiseScale' | 'rule'>;

/** sg/al of one level. */
export function ratioAt({ signal, sigma }: Levels, i: number): number {
  return sigma[i]! / signal[i]!;
}

/** lam of one level; infinite at the sample when no noise is left. */
export function lambdaAt({ signal, sigma }: Levels, i: number): number {
  return Math.log(signal[i]! / sigma[i]!);
}

/** The levels of variance-preserving noise for sigma/alpha ratios. */
export function preservingLevel(ratio: number): { signal: number; sigma: number } {
  const signal = 1 / Math.sqrt(ratio * ratio + 1);
  return { signal, sigma: ratio * signal };
}

/** One row per level. */
export function rowsOf(levels: Levels, step: Pick<Rows, 'noiseScale' | 'rule'>): Rows {
  const { timestep, signal, sigma } = levels;
  return { timestep, signal, sigma, ...step };
}
