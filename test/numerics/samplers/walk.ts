import type { Bound } from '../../../shared/kernel/step-rule.ts';
import {
  toDenoised,
  toEpsilon,
  type Prediction,
} from '../../../shared/numerics/parameterization.ts';
import { stepTable, type Grid } from '../../../shared/numerics/step-table.ts';
import { at } from '../support.ts';

/** Modes of a Gaussian mixture, each isotropic. */
export type Mixture = {
  readonly weights: readonly number[];
  readonly means: readonly (readonly number[])[];
  readonly variances: readonly number[];
};

/** The network: its output for x at a level. */
export type Network = (x: readonly number[], signal: number, sigma: number) => number[];

/** E[x0 | x], x = al x0 + sg eps, in double precision. */
export function denoisedOf({ weights, means, variances }: Mixture): Network {
  return (x, al, sg) => {
    const modes = weights.map((weight, m) => {
      const total = al * al * at(variances, m) + sg * sg;
      const rest = x.map((value, d) => value - al * at(means[m] ?? [], d));
      const square = rest.reduce((sum, value) => sum + value * value, 0);
      const log = Math.log(weight) - (x.length / 2) * Math.log(total) - square / (2 * total);
      const gain = (al * at(variances, m)) / total;
      return { log, mean: rest.map((value, d) => at(means[m] ?? [], d) + gain * value) };
    });
    const most = Math.max(...modes.map(({ log }) => log));
    const parts = modes.map(({ log }) => Math.exp(log - most));
    const sum = parts.reduce((a, b) => a + b, 0);
    return x.map((_, d) =>
      modes.reduce((total, { mean }, m) => total + (at(parts, m) / sum) * at(mean, d), 0),
    );
  };
}

/** What a network of another type returns that knows the same. */
export function outputOf(denoised: Network, prediction: Prediction): Network {
  return (x, signal, sigma) => {
    const x0 = denoised(x, signal, sigma);
    if (prediction === 'denoised') return x0;
    if (prediction === 'epsilon') return x0.map((value, d) => (at(x, d) - signal * value) / sigma);
    const { fromState, fromOutput } = toDenoised(prediction, { signal, sigma });
    return x0.map((value, d) => (value - fromState * at(x, d)) / fromOutput);
  };
}

/** numpy.quantile of absolute values, linear between neighbours. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.map(Math.abs).toSorted((a, b) => a - b);
  const index = share * (sorted.length - 1);
  const low = Math.floor(index);
  const rest = index - low;
  return rest === 0 ? at(sorted, low) : at(sorted, low) * (1 - rest) + at(sorted, low + 1) * rest;
}

export function bounded(x0: readonly number[], bound: Bound | undefined): number[] {
  if (!bound) return [...x0];
  const clip = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
  if (bound.kind === 'clip') return x0.map((value) => clip(value, bound.range));
  const most = Math.min(bound.most, Math.max(1, quantile(x0, bound.quantile)));
  return x0.map((value) => clip(value, most) / most);
}

export type Walk = {
  readonly network: Network;
  readonly initial: readonly number[];
  /** xi by step. */
  readonly noise: readonly (readonly number[])[];
  /** What states, outputs and values are kept in; absent: double precision. */
  readonly kept?: (value: number) => number;
};

/** Rows x_0 .. x_N, in double precision, as the rule's definition says; no code of the product. */
export function walk(
  grid: Grid,
  { network, initial, noise, kept = (value) => value }: Walk,
): number[][] {
  const { rule } = grid;
  const table = stepTable(grid);
  const rows = [initial.map(kept)];
  const history: number[][] = [];
  for (let i = 0; i < table.steps; i++) {
    const x = rows[i] ?? [];
    const level = { signal: at(grid.signal, i), sigma: at(grid.sigma, i) };
    const output = network(x, level.signal, level.sigma).map(kept);
    const c = at(grid.noiseScale, i);
    let next: number[];
    if (!rule) {
      const [a, b] = [at(table.stateScale, i), at(table.outputScale, i)];
      next = x.map((value, d) => a * value + b * at(output, d));
    } else {
      const read = rule.value === 'denoised' ? toDenoised : toEpsilon;
      const { fromState, fromOutput } = read(grid.prediction, level);
      const value = x.map((state, d) => fromState * state + fromOutput * at(output, d));
      history.unshift(bounded(value, rule.bound).map(kept));
      const [a, b] = [at(rule.stateScale, i), at(rule.outputScale, i)];
      next = x.map((state, d) => a * state + b * at(output, d));
      for (const [k, past] of history.slice(0, rule.depth).entries()) {
        const scale = at(rule.valueScale, i * rule.depth + k);
        next = next.map((sum, d) => sum + scale * at(past, d));
      }
    }
    const stirred = c === 0 ? next : next.map((sum, d) => sum + c * at(noise[i] ?? [], d));
    rows.push(stirred.map(kept));
  }
  return rows;
}

/** The greatest difference, relative to the greatest number. */
export function relativeDifference(found: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, d) => Math.abs(at(found, d) - value))) / scale;
}
