/**
 * Triangular Anderson acceleration (ParaTAA, Tang et al., ICML 2024, arXiv 2402.09970).
 *
 *   R_t    increment that the scan proposes for row t,   x_t -> x_t + R_t
 *   dX_k, dR_k   the k-th newest differences of x_t and R_t between rounds, k = 0 .. memory-1
 *
 *   Gram_t = sum_{s <= t} dR_s^T dR_s,   rhs_t = sum_{s <= t} dR_s^T R_s      (active rows s)
 *   gamma_t = (Gram_t + lambda tr(Gram_t) I)^{-1} rhs_t
 *   x_t <- x_t + R_t - (dX_t + dR_t) gamma_t
 *
 * Sums run over upstream rows only, so nothing flows from later rows to earlier ones. The first
 * active row of a sample takes gamma = 0: its increment is exact (the paper's safeguard), and so
 * does the last row of a block that is not the last block, because its neighbour holds a copy of
 * it that was composed (docs/NUMERICS.md, "ParaTAA across blocks"). Under ParaTAA's own stopping
 * rule the safeguard is the published one: gamma = 0 up to the first row that fails its test. A row
 * uses only differences of rounds in which it existed, newest first.
 */
import * as vector from '../vector.ts';
import { spanOf } from '../bundle.ts';
import type { BlockProblem } from './block-solver.ts';
import { bundleAt, indexOf, type Anderson, type FixedPointState } from './fixed-point-state.ts';
import { distance } from './groups.ts';
import type { RowStore } from './row-store.ts';
import { solveRegularized } from './small-solve.ts';
import { residualSettled } from './stop-rules.ts';

/** Scalars per sample: the Gram matrix, then the right-hand side. */
export function momentCount(memory: number): number {
  return memory * (memory + 1);
}

interface History {
  readonly memory: number;
  /** Differences by age slot: round mod memory. */
  readonly stateDifference: readonly Float32Array[];
  readonly incrementDifference: readonly Float32Array[];
  readonly increment: Float32Array;
  /** Rounds whose increment is in the history, per (row, sample). */
  readonly seen: Int32Array;
  /** Products of each row: Gram, then right-hand side, padded to `memory`. */
  readonly products: Float64Array;
  round: number;
}

export function createAnderson(problem: BlockProblem, rows: RowStore): Anderson {
  const { memory, regularization } = problem.method;
  const size = rows.state.length;
  const latents = () => Array.from({ length: memory }, () => new Float32Array(size));
  const history: History = {
    memory,
    stateDifference: latents(),
    incrementDifference: latents(),
    increment: new Float32Array(size),
    seen: new Int32Array(rows.age.length),
    products: new Float64Array(rows.age.length * momentCount(memory)),
    round: 0,
  };
  return {
    totals: (state) => totals(history, state),
    correct: (state, prefix) => {
      for (let m = 0; m < problem.samples; m++) {
        correctSample(history, state, { m, prefix, regularization });
      }
      history.round++;
    },
  };
}

function totals(history: History, state: FixedPointState): Float64Array {
  const { samples } = state.problem;
  const count = momentCount(history.memory);
  const sums = new Float64Array(samples * count);
  for (let m = 0; m < samples; m++) {
    for (let t = state.frontier[m]! + 1; t <= state.activeEnd; t++) {
      const row = indexOf(state, t, m);
      // a step evaluated for the first time has no earlier round to differ from
      if (state.rows.age[indexOf(state, t - 1, m)]! <= 1) history.seen[row] = 0;
      recordIncrement(history, state, row);
      rowProducts(history, row, spanOf(state.problem));
      for (let k = 0; k < count; k++) sums[m * count + k]! += history.products[row * count + k]!;
    }
  }
  return sums;
}

/** The slot of the k-th newest difference. */
function slotOf({ round, memory }: History, k: number): number {
  return (round - 1 - k + memory * (k + 1)) % memory;
}

function recordIncrement(history: History, { rows, problem }: FixedPointState, row: number): void {
  const span = spanOf(problem);
  const at = row * span;
  const { increment, seen } = history;
  const newest = history.incrementDifference[slotOf(history, 0)]!;
  // dR = (other - x) - R old, then R = other - x
  if (seen[row]! > 0) {
    vector.combine3(newest, at, 1, rows.other, at, -1, rows.state, at, -1, increment, at, span);
  }
  vector.combine2(increment, at, 1, rows.other, at, -1, rows.state, at, span);
}

/** Differences that the row may use. */
function depth({ seen, memory }: History, row: number): number {
  return Math.min(memory, seen[row]!);
}

function rowProducts(history: History, row: number, span: number): void {
  const { memory, products, incrementDifference, increment } = history;
  const base = row * momentCount(memory);
  const at = row * span;
  products.fill(0, base, base + momentCount(memory));
  const n = depth(history, row);
  for (let k = 0; k < n; k++) {
    const dk = incrementDifference[slotOf(history, k)]!;
    for (let l = 0; l <= k; l++) {
      const dl = incrementDifference[slotOf(history, l)]!;
      const product = vector.dot(dk, at, dl, at, span);
      products[base + k * memory + l] = product;
      products[base + l * memory + k] = product;
    }
    products[base + memory * memory + k] = vector.dot(dk, at, increment, at, span);
  }
}

interface Correction {
  readonly m: number;
  readonly prefix: Float64Array;
  readonly regularization: number;
}

function correctSample(history: History, state: FixedPointState, given: Correction): void {
  const { problem, rows, frontier, final, activeEnd } = state;
  const { m, prefix, regularization } = given;
  const { end, table } = problem;
  const span = spanOf(problem);
  const count = momentCount(history.memory);
  const sums = prefix.slice(m * count, (m + 1) * count);
  const safe = final[m] === 1 ? firstUnsettled(state, m) : 0;
  for (let t = frontier[m]! + 1; t <= activeEnd; t++) {
    const row = indexOf(state, t, m);
    const at = row * span;
    for (let k = 0; k < count; k++) sums[k]! += history.products[row * count + k]!;
    const exact = t <= safe;
    const shared = t === end && end < table.steps;
    const n = exact || shared ? 0 : depth(history, row);
    const gamma = solveRegularized(sums, n, history.memory, regularization);
    for (let k = 0; k < n; k++) {
      const slot = slotOf(history, k);
      const dX = history.stateDifference[slot]!;
      const dR = history.incrementDifference[slot]!;
      const g = -gamma[k]!;
      vector.combine3(rows.other, at, 1, rows.other, at, g, dX, at, g, dR, at, span);
    }
    measureUpdate(state, t, m);
    const slot = history.round % history.memory;
    const dX = history.stateDifference[slot]!;
    vector.combine2(dX, at, 1, rows.other, at, -1, rows.state, at, span);
    history.seen[row]!++;
  }
}

/** The row up to which nothing is corrected: the first active one, or the first that fails. */
function firstUnsettled(state: FixedPointState, m: number): number {
  const { stop, table, tolerance } = state.problem;
  let step = state.frontier[m]!;
  if (stop !== 'parataa') return step + 1;
  const settled = (i: number): boolean => {
    const residual = state.rows.residual[indexOf(state, i, m)]!;
    return residualSettled(residual, table.sigmaPosterior[i]!, tolerance);
  };
  while (step < state.activeEnd && settled(step)) step++;
  return step + 1;
}

/**
 * The freeze test sees the larger of the proposed and the corrected movement: a correction may
 * happen to cancel a movement that is not over.
 */
function measureUpdate(state: FixedPointState, t: number, m: number): void {
  const { rows } = state;
  const { dim } = state.problem;
  const at = bundleAt(state, t, m);
  const step = indexOf(state, t - 1, m);
  const { rms, peak } = distance({ data: rows.other, at }, { data: rows.state, at }, dim);
  rows.update[step] = Math.max(rows.update[step]!, rms);
  if (rows.peak.length > 0) rows.peak[step] = Math.max(rows.peak[step]!, peak);
}
