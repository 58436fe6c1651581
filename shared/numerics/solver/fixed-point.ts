/**
 * The Picard family: every method whose round is one scan with a scalar per row.
 *
 *   F_i = a_i x_i + b_i D(x_i, t_i) + c_i xi_i                                evaluate
 *   L_s = x_s,  L_{i+1} = F_i + J_i (L_i - x_i)                               scan
 *   P_s = 1,    P_{i+1} = J_i P_i
 *   x_i <- L_i + P_i (x_s new - x_s)                                          absorb
 *
 * numerics 3.2, the increment form: a row whose input did not move takes F_i bit for bit, so
 * after k rounds the first k rows are the sequential trajectory, whatever J is (numerics 2.5).
 *
 *   i  step or row   m  sample   s, e  block edges   J  slope   P  product   u  update norm
 */
import { assert } from '../../kernel/assert.ts';
import { TrajectoryError } from '../../kernel/outcome.ts';
import { gaussianPrior, picardEpsilon, picardX } from '../linearization.ts';
import * as vector from '../vector.ts';
import { createAnderson } from './anderson.ts';
import type {
  Absorption,
  BlockProblem,
  BlockSolver,
  BlockSummary,
  Cost,
  Edge,
  SweepRange,
} from './block-solver.ts';
import { noCost } from './block-solver.ts';
import { freezeTest } from './freeze.ts';
import { createRowStore, type RowStore } from './row-store.ts';
import { indexOf, type FixedPointState } from './fixed-point-state.ts';
import { enterRows } from './roll-out.ts';

/** A row that moves by more than this many times the unit scale of the data is started again. */
const UPDATE_MAX = 1e3;
const GAIN_MAX = 3;
const SECANT_MAX = 1.5;
/** Below this RMS the secant quotient is rounding noise (numerics 2.3, binary32 states). */
const SECANT_MOVEMENT_MIN = 1e-6;

export function createFixedPoint(problem: BlockProblem, left: Edge): BlockSolver {
  const state = initialState(problem, left);
  return {
    begin: problem.begin,
    end: problem.end,
    sweep: (range) => sweep(state, range),
    absorb: async (boundary, weight) => absorb(state, boundary, weight),
    correct: (prefix) => correct(state, prefix),
    edge: () => edge(state),
  };
}

function initialState(problem: BlockProblem, left: Edge): FixedPointState {
  const { begin, samples, dim, table, method } = problem;
  assert(left.row === begin, `the left boundary is row ${left.row}, the block begins at ${begin}`);
  const rows = createRowStore(problem);
  rows.state.set(left.state);
  const prior = gaussianPrior(table, method.priorStd);
  const denoised = new Float32Array(samples * dim);
  if (left.denoised) denoised.set(left.denoised);
  return {
    problem,
    rows,
    frontier: new Int32Array(samples).fill(begin),
    final: new Uint8Array(samples),
    activeEnd: begin,
    denoised,
    hasDenoised: left.denoised !== undefined,
    prior,
    closedForm: closedForm(problem, prior),
    anderson: method.name === 'parataa' ? createAnderson(problem, rows) : undefined,
  };
}

function closedForm({ table, method }: BlockProblem, prior: Float64Array): Float64Array {
  if (method.name === 'picard') return picardX(table);
  if (method.name === 'picard-eps' || method.name === 'parataa') return picardEpsilon(table);
  return prior;
}

async function sweep(state: FixedPointState, range: SweepRange): Promise<BlockSummary> {
  const { problem, frontier, final } = state;
  for (let m = 0; m < problem.samples; m++) {
    const row = range.frontier[m]!;
    final[m] = row >= problem.begin ? 1 : 0;
    frontier[m] = Math.min(Math.max(row, problem.begin), problem.end);
  }
  enterRows(state, Math.min(range.windowEnd, problem.end));
  const cost = await evaluate(state);
  const firstStep = Math.min(...frontier);
  const residualNorms = new Float32Array(state.activeEnd - firstStep);
  for (let i = firstStep; i < state.activeEnd; i++) {
    for (let m = 0; m < problem.samples; m++) {
      if (i < frontier[m]!) continue;
      finishStep(state, i, m);
      const residual = state.rows.residual[indexOf(state, i, m)]!;
      residualNorms[i - firstStep] = Math.max(residualNorms[i - firstStep]!, residual);
    }
  }
  for (let m = 0; m < problem.samples; m++) scan(state, m);
  return { ...summarize(state), cost, firstStep, residualNorms };
}

/** Evaluates the denoiser at every active row; its outputs land in `image`. */
async function evaluate(state: FixedPointState): Promise<Cost> {
  const { problem, rows, frontier, activeEnd } = state;
  const { table, samples, dim } = problem;
  [rows.image, rows.imageOld] = [rows.imageOld, rows.image];
  const first = Math.min(...frontier);
  const most = (activeEnd - first) * samples;
  const offsets = new Int32Array(most);
  const timesteps = new Float64Array(most);
  const sampleOf = new Int32Array(most);
  let count = 0;
  for (let i = first; i < activeEnd; i++) {
    for (let m = 0; m < samples; m++) {
      if (i < frontier[m]!) continue;
      offsets[count] = indexOf(state, i, m) * dim;
      timesteps[count] = table.timestep[i]!;
      sampleOf[count++] = m;
    }
  }
  if (count === 0) return noCost;
  const { state: states, image: outputs } = rows;
  const request = { count, dim, states, outputs, offsets, timesteps, samples: sampleOf };
  return { ...(await problem.denoiser.evaluate(request)), modelCalls: count };
}

/** From network output to F, its residual, slope and gain. */
function finishStep(state: FixedPointState, i: number, m: number): void {
  const { problem, rows } = state;
  const { dim } = problem;
  const row = indexOf(state, i, m);
  const at = row * dim;
  if (vector.firstNonFinite(rows.image, at, dim) >= 0) {
    repairStep(state, i, m);
    return;
  }
  if (i === state.activeEnd - 1) keepDenoised(state, i, m, at);
  applyStep(problem, i, rows, at);
  const next = indexOf(state, i + 1, m) * dim;
  rows.residual[row] = vector.rmsDifference(rows.image, at, rows.state, next, dim);
  linearize(state, i, row);
  rows.age[row]!++;
}

/** image = a x + b D + c xi, in place of D: the expression of `sequential.ts`, to the bit. */
function applyStep({ table, dim }: BlockProblem, i: number, rows: RowStore, at: number): void {
  const a = table.stateScale[i]!;
  const b = table.outputScale[i]!;
  const c = table.noiseScale[i]!;
  const { image, state, noise } = rows;
  if (c === 0) vector.combine2(image, at, a, state, at, b, image, at, dim);
  else vector.combine3(image, at, a, state, at, b, image, at, c, noise, at, dim);
}

function keepDenoised(state: FixedPointState, i: number, m: number, at: number): void {
  const { problem, rows, denoised } = state;
  const { table, dim } = problem;
  const fromState = table.denoisedFromState[i]!;
  const fromOutput = table.denoisedFromOutput[i]!;
  const { state: x, image } = rows;
  vector.combine2(denoised, m * dim, fromState, x, at, fromOutput, image, at, dim);
  state.hasDenoised = true;
}

/**
 * An iterate far from the solution may leave the model's range: the row then keeps its state for
 * this round and starts its history again. Where the input is final there is nothing to wait for.
 */
function repairStep(state: FixedPointState, i: number, m: number): void {
  const { rows, problem } = state;
  if (i === state.frontier[m] && state.final[m]) {
    throw new TrajectoryError('nonFinite', i, m, 'the model returned a value that is not finite');
  }
  const row = indexOf(state, i, m);
  const next = indexOf(state, i + 1, m) * problem.dim;
  vector.copyInto(rows.image, row * problem.dim, rows.state, next, problem.dim);
  rows.slope[row] = state.prior[i]!;
  rows.gain[row] = 1;
  rows.age[row] = 0;
  rows.residual[row] = Infinity;
}

const products = new Float64Array(3);

/** J and gain of one step from the last two evaluations of its row (numerics 2.3). */
function linearize(state: FixedPointState, i: number, row: number): void {
  const { problem, rows } = state;
  const { dim, method } = problem;
  const at = row * dim;
  rows.slope[row] = state.closedForm[i]!;
  if (rows.age[row] === 0) {
    rows.gain[row] = 1;
    return;
  }
  vector.differenceProducts(products, rows.state, rows.other, rows.image, rows.imageOld, at, dim);
  const [xx, xf, ff] = products as unknown as [number, number, number];
  const movement = Math.sqrt(xx / dim);
  const scale = movement < 1e-3 ? Math.max(1, vector.rms(rows.state, at, dim)) : 1;
  if (!(movement > SECANT_MOVEMENT_MIN * scale)) return;
  rows.gain[row] = Math.min(GAIN_MAX, Math.sqrt(ff / xx));
  if (method.name === 'secant') rows.slope[row] = Math.min(SECANT_MAX, Math.max(0, xf / xx));
}

/** The local linear scan of one sample, into `other`, with the left boundary held. */
function scan(state: FixedPointState, m: number): void {
  const { problem, rows, frontier, final, activeEnd } = state;
  const { dim } = problem;
  const { other, state: x, image } = rows;
  const first = frontier[m]!;
  let row = indexOf(state, first, m);
  vector.copyInto(other, row * dim, x, row * dim, dim);
  rows.product[row] = final[m] ? 0 : 1;
  for (let i = first; i < activeEnd; i++) {
    const next = indexOf(state, i + 1, m);
    const slope = rows.slope[row]!;
    const at = row * dim;
    vector.increment(other, next * dim, image, at, slope, other, at, x, at, dim);
    rows.product[next] = slope * rows.product[row]!;
    row = next;
  }
}

type Composition = Pick<BlockSummary, 'offset' | 'slope' | 'weightFloor' | 'weightScale'>;

function summarize(state: FixedPointState): Composition {
  const { problem, rows, frontier, activeEnd } = state;
  const { samples, dim, end } = problem;
  const slope = new Float64Array(samples);
  const weightFloor = new Float64Array(samples).fill(1);
  const weightScale = new Float64Array(samples).fill(1);
  for (let m = 0; m < samples; m++) {
    slope[m] = rows.product[indexOf(state, activeEnd, m)]!;
    for (let i = activeEnd - 1; i >= frontier[m]!; i--) {
      const gain = rows.gain[indexOf(state, i, m)]!;
      weightFloor[m] = Math.max(1, gain * weightFloor[m]!);
      weightScale[m]! *= gain;
    }
  }
  const summary = { slope, weightFloor, weightScale };
  if (activeEnd < end) return summary;
  const at = indexOf(state, end, 0) * dim;
  return { ...summary, offset: rows.other.slice(at, at + samples * dim) };
}

function absorb(
  state: FixedPointState,
  left: Float32Array | undefined,
  weight: Float64Array,
): Absorption {
  const { problem, final } = state;
  if (left) for (let m = 0; m < problem.samples; m++) if (!final[m]) moveRows(state, left, m);
  for (let m = 0; m < problem.samples; m++) guardRows(state, m);
  if (!state.anderson) return settle(state, weight);
  state.anderson.weight.set(weight);
  const moments = state.anderson.totals(state);
  return { ...untested(problem.samples), moments };
}

function correct(state: FixedPointState, prefix: Float64Array): Absorption {
  assert(state.anderson, 'correct is for methods with Anderson moments');
  state.anderson.correct(state, prefix);
  return settle(state, state.anderson.weight);
}

function untested(samples: number): Absorption {
  const passing = new Int32Array(samples);
  return { passing, updateNorm: 0, weightedUpdateSum: 0, cost: noCost };
}

/** x_i <- L_i + P_i (left - x_s); the boundary row itself takes the given bits. */
function moveRows(state: FixedPointState, left: Float32Array, m: number): void {
  const { problem, rows, activeEnd } = state;
  const { begin, dim } = problem;
  const old = indexOf(state, begin, m) * dim;
  for (let i = activeEnd; i > begin; i--) {
    const row = indexOf(state, i, m);
    const at = row * dim;
    const product = rows.product[row]!;
    const { other, state: x } = rows;
    vector.increment(other, at, other, at, product, left, m * dim, x, old, dim);
  }
  vector.copyInto(rows.other, old, left, m * dim, dim);
}

/** Starts rows again that ran away; only rows that are not exact can do so (numerics 2.5). */
function guardRows(state: FixedPointState, m: number): void {
  const { problem, rows, frontier, final, activeEnd } = state;
  const { dim, table } = problem;
  for (let i = frontier[m]!; i < activeEnd; i++) {
    const row = indexOf(state, i, m);
    const next = indexOf(state, i + 1, m);
    const moved = vector.rmsDifference(rows.other, next * dim, rows.state, next * dim, dim);
    rows.update[row] = moved;
    if (moved <= UPDATE_MAX) continue;
    if (i === frontier[m] && final[m]) {
      throw new TrajectoryError('diverged', i, m, `the sampler moved by ${moved} RMS`);
    }
    const [from, to] = [row * dim, next * dim];
    const c = rows.noise.length ? table.noiseScale[i]! : 0;
    const prior = state.prior[i]!;
    if (c === 0) vector.scaleInto(rows.other, to, prior, rows.other, from, dim);
    else vector.combine2(rows.other, to, prior, rows.other, from, c, rows.noise, from, dim);
    rows.age[row] = 0;
    rows.age[next] = 0;
  }
}

/** Tests what may freeze and makes the scanned states the current ones. */
function settle(state: FixedPointState, weight: Float64Array): Absorption {
  const { rows } = state;
  const tested = freezeTest(state, weight);
  [rows.state, rows.other] = [rows.other, rows.state];
  return { ...tested, cost: noCost };
}

function edge(state: FixedPointState): Edge {
  const { problem, rows, activeEnd } = state;
  const at = indexOf(state, activeEnd, 0) * problem.dim;
  const size = problem.samples * problem.dim;
  const right = { row: activeEnd, state: rows.state.slice(at, at + size) };
  return state.hasDenoised ? { ...right, denoised: state.denoised.slice() } : right;
}
