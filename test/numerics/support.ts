import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import type { GaussianMixture } from '../../shared/numerics/analytic.ts';
import type { NoiseSource } from '../../shared/numerics/sequential.ts';
import { buildGrid, type GridOptions } from '../../shared/numerics/grid.ts';
import type { BetaSchedule } from '../../shared/numerics/schedule.ts';
import type { Level } from '../../shared/numerics/parameterization.ts';
import { stepTable, type StepTable } from '../../shared/numerics/step-table.ts';

/** Element i, which must exist. */
export function at(values: ArrayLike<number>, i: number): number {
  const value = values[i];
  if (value === undefined) throw new Error(`no element ${i} in ${values.length}`);
  return value;
}

/** A value that must be there. */
export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a block said less than it must');
  return value;
}

/** |found - expected| in units of max(1, |expected|). */
export function deviation(found: number, expected: number): number {
  return Math.abs(found - expected) / Math.max(1, Math.abs(expected));
}

/** The largest `deviation` of two arrays; infinite when lengths differ or a number is missing. */
export function largestDeviation(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < found.length; i++) {
    const here = deviation(at(found, i), at(expected, i));
    if (!(here <= largest)) largest = Number.isNaN(here) ? Infinity : here;
  }
  return largest;
}

/** Linear schedule of 1000 steps, linspace times, DDIM(0), terminal 1, epsilon. */
export const usual: GridOptions & { readonly schedule: BetaSchedule } = {
  schedule: { kind: 'linear', trainSteps: 1000, betaStart: 1e-4, betaEnd: 0.02 },
  spacing: 'linspace',
  offset: 0,
  terminalAlphaBar: 1,
  steps: 20,
  solver: { kind: 'ddim', eta: 0 },
  prediction: 'epsilon',
};

export function tableOf(changes: Partial<GridOptions> = {}): StepTable {
  return stepTable(buildGrid({ ...usual, ...changes }));
}

/** The level by model time, for the times of one table. */
export function levelsOf(table: StepTable): (t: number) => Level {
  const byTime = new Map<number, Level>();
  for (let i = 0; i < table.steps; i++) {
    const level = { signal: at(table.signal, i), sigma: at(table.sigma, i) };
    byTime.set(at(table.timestep, i), level);
  }
  return (t) => {
    const value = byTime.get(t);
    if (value === undefined) throw new Error(`no step at time ${t}`);
    return value;
  };
}

/** The project's noise for a seed: what every worker would regenerate. */
export function noiseOf(seed: number, dim: number): NoiseSource {
  const words = seedWords(seed);
  return (step, sample, out, start) =>
    fillNormal(out, start, dim, { seed: words, stream: noiseStream.step, sample, step });
}

/** x[0] of the given samples. */
export function initialOf(seed: number, samples: Int32Array, dim: number): Float32Array {
  const words = seedWords(seed);
  const states = new Float32Array(samples.length * dim);
  for (const [k, sample] of samples.entries()) {
    const key = { seed: words, stream: noiseStream.initial, sample, step: 0 };
    fillNormal(states, k * dim, dim, key);
  }
  return states;
}

/** The latent of one mode. */
export function modeOf(mixture: GaussianMixture, mode: number): Float32Array {
  return mixture.means.subarray(mode * mixture.dim, (mode + 1) * mixture.dim);
}
