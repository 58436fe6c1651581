/**
 * How rows that enter the window are filled.
 *
 * The x0-hat roll-out keeps the denoised estimate of the last evaluated row and follows the
 * sampler's own update with it and the pre-drawn noise (numerics 3.4; used as initialisation by
 * ParaSolver, Lu, Zhu, Hou, ICLR 2025):
 *
 *   x_{j+1} = rho_j x_j + (al_{j+1} - rho_j al_j) x0hat + c_j xi_j,   rho_j = sqrt(sg'^2 - c^2)/sg
 *
 * For c = 0 a whole roll-out is one DDIM jump.
 */
import type { StepTable } from '../step-table.ts';
import * as vector from '../vector.ts';
import type { NoiseSource } from '../sequential.ts';
import type { BlockProblem, Edge } from './block-solver.ts';
import { indexOf, type FixedPointState } from './fixed-point-state.ts';

/** Writes the rolled-out x_{j+1} to `out`; `noise` may be `out`'s own place for scratch. */
export function rollOutStep(
  table: StepTable,
  j: number,
  x: { readonly data: Float32Array; readonly at: number },
  denoised: { readonly data: Float32Array; readonly at: number },
  noise: { readonly data: Float32Array; readonly at: number },
  out: { readonly data: Float32Array; readonly at: number; readonly dim: number },
): void {
  const keep = table.rolloutScale[j]!;
  const pull = table.signal[j + 1]! - keep * table.signal[j]!;
  const c = table.noiseScale[j]!;
  const { data, at, dim } = out;
  if (c === 0) {
    vector.combine2(data, at, keep, x.data, x.at, pull, denoised.data, denoised.at, dim);
    return;
  }
  vector.combine3(
    data,
    at,
    keep,
    x.data,
    x.at,
    pull,
    denoised.data,
    denoised.at,
    c,
    noise.data,
    noise.at,
    dim,
  );
}

/**
 * The state at row `to`, rolled out from `edge` for all samples: what the caller gives a block
 * that enters. Bit for bit the same as the rows a block fills for itself.
 */
export function rollOutBoundary(
  problem: Pick<BlockProblem, 'table' | 'samples' | 'dim' | 'noise' | 'method'>,
  edge: Edge,
  to: number,
): Float32Array {
  const { table, samples, dim, noise, method } = problem;
  const state = edge.state.slice();
  if (method.initialization === 'constant' || !edge.denoised) return state;
  const drawn = new Float32Array(dim);
  for (let j = edge.row; j < to; j++) {
    for (let m = 0; m < samples; m++) {
      drawNoise(table, noise, j, m, drawn, 0);
      const x = { data: state, at: m * dim };
      const denoised = { data: edge.denoised, at: m * dim };
      rollOutStep(table, j, x, denoised, { data: drawn, at: 0 }, { ...x, dim });
    }
  }
  return state;
}

function drawNoise(
  table: StepTable,
  noise: NoiseSource,
  step: number,
  sample: number,
  out: Float32Array,
  at: number,
): void {
  if (table.noiseScale[step] !== 0) noise(step, sample, out, at);
}

/**
 * Lets the rows up to step `to` into the block. Before the first evaluation there is no x0-hat
 * yet: then one row enters, and the rest follow in the next round.
 */
export function enterRows(state: FixedPointState, to: number): void {
  const { problem, rows, denoised } = state;
  const { table, samples, dim, method, begin, noise } = problem;
  const rolled = method.initialization === 'denoised';
  const until = rolled && !state.hasDenoised ? Math.min(to, begin + 1) : to;
  for (let j = state.activeEnd; j < until; j++) {
    for (let m = 0; m < samples; m++) {
      const row = indexOf(state, j, m);
      const next = indexOf(state, j + 1, m);
      const [at, nextAt] = [row * dim, next * dim];
      rows.age[row] = 0;
      if (rows.noise.length > 0) drawNoise(table, noise, j, m, rows.noise, at);
      if (!rolled || !state.hasDenoised) {
        vector.copyInto(rows.state, nextAt, rows.state, at, dim);
        continue;
      }
      const x = { data: rows.state, at };
      const own = { data: denoised, at: m * dim };
      const out = { data: rows.state, at: nextAt, dim };
      rollOutStep(table, j, x, own, { data: rows.noise, at }, out);
    }
    state.activeEnd = j + 1;
  }
}
