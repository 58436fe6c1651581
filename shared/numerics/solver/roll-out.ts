/**
 * How rows that enter the window are filled.
 *
 * The x0-hat roll-out keeps the denoised estimate of the last evaluated row and follows the
 * sampler's own update with it and the pre-drawn noise (numerics 3.4; used as initialisation by
 * ParaSolver, Lu, Zhu, Hou, ICLR 2025):
 *
 *   x_{j+1} = rho_j x_j + (al_{j+1} - rho_j al_j) x0hat + c_j xi_j,   rho_j = sqrt(sg'^2 - c^2)/sg
 *
 * For c = 0 and a constant x0hat a whole roll-out is one DDIM jump. Rows that a block fills for
 * itself let x0hat follow its trend (`denoised-trend.ts`): a block that enters gets its value.
 */
import type { StepTable } from '../step-table.ts';
import * as vector from '../vector.ts';
import type { BlockProblem, Edge } from './block-solver.ts';
import { denoisedAt } from './denoised-trend.ts';
import { bundleAt, indexOf, type FixedPointState } from './fixed-point-state.ts';
import type { Place } from './follow.ts';
import { enterGiven, followGiven } from './given-rows.ts';

export interface RollOut {
  readonly x: Place;
  readonly denoised: Place;
  readonly noise: Place;
  /** May be `x` in place. */
  readonly out: Place;
  readonly dim: number;
}

/** out = the rolled-out bundle of row j + 1; what it remembers of row j is what x0-hat says. */
export function rollOutStep(table: StepTable, j: number, given: RollOut): void {
  if (table.parts > 1) rollOutValues(table, j, given);
  const { x, denoised, noise, out, dim } = given;
  const keep = table.rolloutScale[j]!;
  const pull = table.signal[j + 1]! - keep * table.signal[j]!;
  const c = table.noiseScale[j]!;
  const [data, at] = [out.data, out.at];
  const [hat, hatAt] = [denoised.data, denoised.at];
  if (c === 0) vector.combine2(data, at, keep, x.data, x.at, pull, hat, hatAt, dim);
  else {
    const [xi, xiAt] = [noise.data, noise.at];
    vector.combine3(data, at, keep, x.data, x.at, pull, hat, hatAt, c, xi, xiAt, dim);
  }
}

/** The parts of the bundle behind x, which may be in place: from the last one on. */
function rollOutValues(table: StepTable, j: number, { x, denoised, out, dim }: RollOut): void {
  for (let k = table.parts - 1; k > 1; k--) {
    vector.copyInto(out.data, out.at + k * dim, x.data, x.at + (k - 1) * dim, dim);
  }
  const [hat, hatAt, at] = [denoised.data, denoised.at, out.at + dim];
  if (table.rule?.value !== 'epsilon') return vector.copyInto(out.data, at, hat, hatAt, dim);
  const [al, sg] = [table.signal[j]!, table.sigma[j]!];
  vector.combine2(out.data, at, 1 / sg, x.data, x.at, -al / sg, hat, hatAt, dim);
}

/**
 * The edge at row `to`, rolled out from `edge` for all samples: what the caller gives a block
 * that enters.
 */
export function rollOutEdge(
  problem: Pick<BlockProblem, 'table' | 'samples' | 'dim' | 'noise' | 'method' | 'given'>,
  edge: Edge,
  to: number,
): Edge {
  const { table, samples, dim, noise, method, given } = problem;
  if (given) return followGiven({ ...problem, given }, edge, to);
  const state = edge.state.slice();
  if (method.initialization === 'constant' || !edge.denoised) return { ...edge, row: to, state };
  const drawn = { data: new Float32Array(dim), at: 0 };
  for (let j = edge.row; j < to; j++) {
    for (let m = 0; m < samples; m++) {
      if (table.noiseScale[j] !== 0) noise(j, m, drawn.data, 0);
      const x = { data: state, at: m * table.parts * dim };
      const denoised = { data: edge.denoised, at: m * dim };
      rollOutStep(table, j, { x, denoised, noise: drawn, out: x, dim });
    }
  }
  return { ...edge, row: to, state };
}

/**
 * Lets the rows up to step `to` into the block. Before the first evaluation there is no x0-hat
 * yet: then one row enters, and the rest follow in the next round.
 */
export function enterRows(state: FixedPointState, to: number): void {
  const { problem, rows } = state;
  const { table, samples, dim, method, begin, given } = problem;
  const { source: noise } = state.noise;
  if (given) return enterGiven(state, given, to);
  const rolled = method.initialization === 'denoised';
  const hat = { data: new Float32Array(to > state.activeEnd ? dim : 0), at: 0 };
  const until = rolled && !state.hasDenoised ? Math.min(to, begin + 1) : to;
  for (let j = state.activeEnd; j < until; j++) {
    for (let m = 0; m < samples; m++) {
      const row = indexOf(state, j, m);
      const [at, nextAt] = [bundleAt(state, j, m), bundleAt(state, j + 1, m)];
      rows.age[row] = 0;
      if (table.noiseScale[j] !== 0) noise(j, m, rows.noise, row * dim);
      if (!rolled || !state.hasDenoised) {
        vector.copyInto(rows.state, nextAt, rows.state, at, table.parts * dim);
        continue;
      }
      const x = { data: rows.state, at };
      const own = denoisedAt(state, j, m, hat);
      const xi = { data: rows.noise, at: row * dim };
      const out = { data: rows.state, at: nextAt };
      rollOutStep(table, j, { x, denoised: own, noise: xi, out, dim });
    }
    state.activeEnd = j + 1;
  }
}
