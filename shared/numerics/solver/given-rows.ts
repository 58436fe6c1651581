/**
 * How rows enter along a given trajectory y, such as the result of an earlier job (ParaTAA):
 *
 *   x_{j+1} = y_{j+1} + rho_j (x_j - y_j) + p_j D + c_j (xi_j - xi~_j)
 *   p_j = al_{j+1} - rho_j al_j
 *   D = x0hat - z_r,     z_r = (y_{r+1} - rho_r y_r - c_r xi~_r) / p_r
 *
 * That is the roll-out of `roll-out.ts` with an x0-hat that changes from row to row as it did along
 * y, from where the job is now: x0hat was found at row r, z_r is the x0-hat of y there, and xi~ the
 * noise of y. Where x_j is y_j, the noise is the same and no x0hat is known, x_{j+1} is y_{j+1} bit
 * for bit: a certificate's round starts from exactly the states that it is about.
 */
import * as vector from '../vector.ts';
import { spanOf } from '../bundle.ts';
import type { BlockProblem, Edge, GivenRows } from './block-solver.ts';
import { bundleAt, indexOf, type FixedPointState } from './fixed-point-state.ts';

type Known = Pick<BlockProblem, 'table' | 'samples' | 'dim' | 'noise'>;

/** Below it z would be rounding noise: the states are float32. */
const PULL_MIN = 1e-4;

/** One step for all samples: x_{j+1} into `out`, which may be `x` in place. */
function stepAlong(
  problem: Known & { readonly given: GivenRows },
  j: number,
  shift: Float32Array | undefined,
  { x, xAt, out, outAt }: { x: Float32Array; xAt: number; out: Float32Array; outAt: number },
): void {
  const { table, samples, dim, noise, given } = problem;
  const { states, first } = given;
  const span = spanOf(problem);
  const size = samples * span;
  const rho = table.rolloutScale[j]!;
  const pull = pullOf(problem, j);
  for (let m = 0; m < samples; m++) {
    const [from, to] = [(j - first) * size + m * span, (j + 1 - first) * size + m * span];
    const at = outAt + m * span;
    vector.increment(out, at, states, to, rho, x, xAt + m * span, states, from, dim);
    if (shift) vector.combine2(out, at, 1, out, at, pull, shift, m * dim, dim);
    // what y remembers of its rows is a guess as good as any, and of a certificate it is the truth
    vector.copyInto(out, at + dim, states, to + dim, span - dim);
  }
  const c = table.noiseScale[j]!;
  if (!given.noise || c === 0) return;
  const [own, other] = [new Float32Array(dim), new Float32Array(dim)];
  for (let m = 0; m < samples; m++) {
    noise(j, m, own, 0);
    given.noise(j, m, other, 0);
    const at = outAt + m * span;
    vector.combine3(out, at, 1, out, at, c, own, 0, -c, other, 0, dim);
  }
}

function pullOf({ table }: Pick<Known, 'table'>, j: number): number {
  return table.signal[j + 1]! - table.rolloutScale[j]! * table.signal[j]!;
}

/** z at row r, [samples x dim]; undefined where the step says nothing about it. */
function denoisedOf(problem: Known, given: GivenRows, r: number): Float32Array | undefined {
  const { table, samples, dim } = problem;
  const pull = pullOf(problem, r);
  if (!(Math.abs(pull) >= PULL_MIN)) return undefined;
  const { states, first } = given;
  const span = spanOf(problem);
  const size = samples * span;
  const rho = table.rolloutScale[r]!;
  const z = new Float32Array(samples * dim);
  for (let m = 0; m < samples; m++) {
    const [from, to] = [(r - first) * size + m * span, (r + 1 - first) * size + m * span];
    vector.combine2(z, m * dim, 1 / pull, states, to, -rho / pull, states, from, dim);
  }
  const c = table.noiseScale[r]!;
  if (c === 0) return z;
  const drawn = new Float32Array(dim);
  for (let m = 0; m < samples; m++) {
    (given.noise ?? problem.noise)(r, m, drawn, 0);
    vector.combine2(z, m * dim, 1, z, m * dim, -c / pull, drawn, 0, dim);
  }
  return z;
}

/** D for an x0-hat found at row r. */
function shiftAt(
  problem: Known & { readonly given: GivenRows },
  r: number,
  denoised: Float32Array | undefined,
): Float32Array | undefined {
  const own = denoised && denoisedOf(problem, problem.given, r);
  if (!own || !denoised) return undefined;
  vector.combine2(own, 0, 1, denoised, 0, -1, own, 0, own.length);
  return own;
}

/** The edge at row `to`, from an edge to its left: its state, and the x0-hat for that row. */
export function followGiven(
  problem: Known & { readonly given: GivenRows },
  edge: Edge,
  to: number,
): Edge {
  const state = edge.state.slice();
  const shift = shiftAt(problem, Math.max(edge.row - 1, 0), edge.denoised);
  for (let j = edge.row; j < to; j++) {
    stepAlong(problem, j, shift, { x: state, xAt: 0, out: state, outAt: 0 });
  }
  const own = shift && denoisedOf(problem, problem.given, to);
  if (!shift || !own) return { ...edge, row: to, state };
  vector.combine2(own, 0, 1, own, 0, 1, shift, 0, own.length);
  return { row: to, state, denoised: own };
}

/** Lets the rows up to step `to` into the block, along the given ones. */
export function enterGiven(state: FixedPointState, given: GivenRows, to: number): void {
  const { rows, hasDenoised, denoised, activeEnd: from } = state;
  const { table, samples, dim, begin, noise } = state.problem;
  const problem = { ...state.problem, given };
  const known = hasDenoised ? denoised : undefined;
  const shift = to > from ? shiftAt(problem, Math.max(from - 1, begin), known) : undefined;
  for (let j = from; j < to; j++) {
    const row = indexOf(state, j, 0);
    const xAt = bundleAt(state, j, 0);
    const outAt = bundleAt(state, j + 1, 0);
    for (let m = 0; m < samples; m++) {
      rows.age[row + m] = 0;
      if (table.noiseScale[j] !== 0) noise(j, m, rows.noise, (row + m) * dim);
    }
    stepAlong(problem, j, shift, { x: rows.state, xAt, out: rows.state, outAt });
    state.activeEnd = j + 1;
  }
}
