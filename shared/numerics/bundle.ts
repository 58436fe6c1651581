/**
 * The state of a row as samplers with a memory need it: x, then the values M of the rows before
 * that its step may use, newest first.
 *
 *   X_i = (x_i, M_{i-1}, .., M_{i-K+1})          K latents of `dim` elements, a bundle
 *   X_{i+1} = (f_i(X_i), M_i, .., M_{i-K+2})
 *
 * With it every sampler is a one-step map again: rows, blocks, boundaries and everything proven of
 * them speak of bundles. A sampler without memory has K = 1, and the bundle is the state.
 */
import type { StepTable } from './step-table.ts';

/** Elements of one row's state. */
export function spanOf({ table, dim }: { readonly table: Pick<StepTable, 'parts'>; dim: number }) {
  return table.parts * dim;
}

/** Bundles without a memory yet, [samples x span], from states [samples x dim]. */
export function bundlesOf(states: Float32Array, samples: number, parts: number): Float32Array {
  if (parts === 1) return states;
  const dim = states.length / samples;
  const bundles = new Float32Array(states.length * parts);
  for (let m = 0; m < samples; m++) {
    bundles.set(states.subarray(m * dim, (m + 1) * dim), m * parts * dim);
  }
  return bundles;
}

/** The states x, [samples x dim], of bundles. */
export function statesOf(bundles: Float32Array, samples: number, parts: number): Float32Array {
  if (parts === 1) return bundles;
  const span = bundles.length / samples;
  const dim = span / parts;
  const states = new Float32Array(samples * dim);
  for (let m = 0; m < samples; m++) {
    states.set(bundles.subarray(m * span, m * span + dim), m * dim);
  }
  return states;
}
