/**
 * The Picard family: every method whose round is one scan with a scalar per row.
 *
 *   x_i <- L_i + P_i (x_s new - x_s)                 follow the left boundary of the last round
 *   F_i = a_i x_i + b_i D(x_i, t_i) + c_i xi_i       evaluate
 *   L_s = x_s,  L_{i+1} = F_i + J_i (L_i - x_i)      scan (`scan.ts`)
 *   P_s = 1,    P_{i+1} = J_i P_i
 *
 * where x stands for the bundle of a row if steps have a memory (`bundle.ts`).
 *
 * numerics 3.2, the increment form: a row whose input did not move takes F_i bit for bit, so
 * after k rounds the first k rows are the sequential trajectory, whatever J is (numerics 2.5).
 * A sweep ends with L in place; the movement of x_s, known once all blocks have swept, is applied
 * at the beginning of the next one. With Anderson acceleration it is applied by `absorb` instead,
 * and `correct` ends the round.
 *
 *   i  step or row   m  sample   s, e  block edges   J  slope   P  product   u  update norm
 */
import { assert } from '../../kernel/assert.ts';
import { TrajectoryError } from '../../kernel/outcome.ts';
import type { RowScalars } from '../../kernel/row-scalars.ts';
import { applyStep } from '../apply-step.ts';
import { spanOf } from '../bundle.ts';
import { gaussianPrior, picardEpsilon, picardX, valuePrior } from '../linearization.ts';
import { noiseAhead } from '../noise-ahead.ts';
import { rmsDifference } from '../differences.ts';
import * as vector from '../vector.ts';
import { createAnderson } from './anderson.ts';
import type {
  BlockProblem,
  BlockSolver,
  BlockSummary,
  Cost,
  Edge,
  SweepRange,
} from './block-solver.ts';
import { noCost } from './block-solver.ts';
import { bundleDistance, distance } from './groups.ts';
import { createRowStore, dropRowStore, source } from './row-store.ts';
import {
  bundleAt,
  indexOf,
  responseAt,
  type Anderson,
  type FixedPointState,
} from './fixed-point-state.ts';
import { follow, SMALLEST_MOVEMENT, UPDATE_MAX } from './follow.ts';
import { keepRows, takeRows } from './kept-rows.ts';
import { chooseCalls, noteReach } from './called-rows.ts';
import { interpolateRows } from './interpolated-rows.ts';
import { UNMEASURED_ROUGHNESS } from './neighbouring-rows.ts';
import { forget, linearize, resetGain } from './linearize.ts';
import { evaluatedRow, liveRows, rowOf, settleRows } from './live-rows.ts';
import { denoisedEdge, dropTrend, keepDenoised } from './denoised-trend.ts';
import { enterRows } from './roll-out.ts';
import { rowScalars } from './row-summary.ts';
import { scan } from './scan.ts';

export function createFixedPoint(problem: BlockProblem, left: Edge): BlockSolver {
  const state = initialState(problem, left);
  const { anderson } = state;
  return {
    begin: problem.begin,
    end: problem.end,
    sweep: (range, boundary) => sweep(state, range, boundary),
    denoised: () => (state.hasDenoised ? denoisedEdge(state) : undefined),
    ...(problem.interpolation && { volatility: () => state.volatility.slice() }),
    edge: () => edge(state),
    frozenRow: (row) => rowOf(state, row),
    dispose: () => dropRowStore(problem, state.rows),
    ...(state.kept && { rows: (boundary) => finalRows(state, boundary) }),
    ...(!anderson && {
      evaluated: (row) => evaluatedRow(state, row),
      liveRows: (boundary) => {
        if (boundary) followLeft(state, state.rows.state, boundary);
        return liveRows(state);
      },
    }),
    ...(anderson && {
      acceleration: {
        absorb: (boundary) => absorb(state, anderson, boundary),
        correct: (prefix) => correct(state, anderson, prefix),
      },
    }),
  };
}

function initialState(problem: BlockProblem, left: Edge): FixedPointState {
  const { begin, end, samples, dim, table, method } = problem;
  assert(left.row === begin, `the left boundary is row ${left.row}, the block begins at ${begin}`);
  // what a neighbour's rows would add to ours is not in the movement of the boundary
  const whole = begin === 0 && end === table.steps;
  assert(method.order === 0 || whole, 'an order needs one block that holds the whole trajectory');
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
    denoisedRow: begin,
    trendRow: new Int32Array(samples).fill(-1),
    denoisedSlope: new Float32Array(table.noiseScale.every((c) => c === 0) ? samples * dim : 0),
    hasTrend: new Uint8Array(samples),
    told: new Int32Array(samples).fill(-1),
    reach: new Int32Array(samples),
    volatility: left.volatility?.slice() ?? new Float64Array(samples).fill(-1),
    roughness: new Float64Array(samples).fill(UNMEASURED_ROUGHNESS),
    prior,
    closedForm: closedForm(problem, prior),
    valuePrior: valuePrior(table, method.priorStd),
    // published scans hold what else a step depends on fixed
    linked: method.name === 'secant',
    anderson: method.name === 'parataa' ? createAnderson(problem, rows) : undefined,
    noise: problem.ahead ?? noiseAhead(problem.noise, problem, table),
    kept: problem.keepRows
      ? new Float32Array((end - begin) * samples * spanOf(problem))
      : undefined,
  };
}

function closedForm({ table, method }: BlockProblem, prior: Float64Array): Float64Array {
  if (method.name === 'picard') return picardX(table);
  if (method.name === 'picard-eps' || method.name === 'parataa') return picardEpsilon(table);
  return prior;
}

async function sweep(
  state: FixedPointState,
  range: SweepRange,
  left: Float32Array | undefined,
): Promise<BlockSummary> {
  const { problem } = state;
  if (left) followLeft(state, state.rows.state, left);
  freeze(state, range.frontier);
  state.noise.forget(Math.min(...range.frontier));
  const entered = state.activeEnd;
  enterRows(state, Math.min(range.windowEnd, problem.end));
  // rows that were handed over may have been frozen before
  for (const [m, row] of state.frontier.entries()) {
    if (row > entered) settleRows(state, m, entered, row);
  }
  const cost = await evaluate(state);
  const residuals = finishSteps(state);
  for (let m = 0; m < problem.samples; m++) scan(state, m);
  if (state.anderson) return { ...summarize(state), ...residuals, cost };
  for (let m = 0; m < problem.samples; m++) guardRows(state, m);
  const summary = summarize(state, range.alone);
  swap(state);
  return { ...summary, ...residuals, cost, rows: rowScalars(state) };
}

function freeze(state: FixedPointState, given: Int32Array): void {
  const { problem, frontier, final } = state;
  for (let m = 0; m < problem.samples; m++) {
    const row = given[m]!;
    noteReach(state, m, row);
    final[m] = row >= problem.begin ? 1 : 0;
    const after = Math.min(Math.max(row, problem.begin), problem.end);
    keepRows(state, m, frontier[m]!, after);
    if (problem.samples > 1) settleRows(state, m, frontier[m]!, after);
    frontier[m] = after;
  }
}

function finalRows(state: FixedPointState, left: Float32Array | undefined): Float32Array {
  if (left) followLeft(state, state.rows.state, left);
  return takeRows(state);
}

/** F, residual, slope and gain of every active step; the largest residual of each over samples. */
function finishSteps(state: FixedPointState): Pick<BlockSummary, 'firstStep' | 'residualNorms'> {
  const { problem, frontier, activeEnd } = state;
  const firstStep = Math.min(...frontier);
  const residualNorms = new Float32Array(activeEnd - firstStep);
  for (let i = firstStep; i < activeEnd; i++) {
    for (let m = 0; m < problem.samples; m++) {
      if (i < frontier[m]!) continue;
      finishStep(state, i, m);
      const residual = state.rows.residual[indexOf(state, i, m)]!;
      residualNorms[i - firstStep] = Math.max(residualNorms[i - firstStep]!, residual);
    }
  }
  return { firstStep, residualNorms };
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
  const { interpolation } = problem;
  for (let m = 0; interpolation && m < samples; m++) chooseCalls(state, m, interpolation);
  for (let i = first; i < activeEnd; i++) {
    for (let m = 0; m < samples; m++) {
      if (i < frontier[m]! || rows.source[indexOf(state, i, m)] !== source.called) continue;
      offsets[count] = bundleAt(state, i, m);
      timesteps[count] = table.timestep[i]!;
      sampleOf[count++] = m;
    }
  }
  if (count === 0) return noCost;
  const { state: states, image: outputs } = rows;
  const request = { count, dim, states, outputs, offsets, timesteps, samples: sampleOf };
  // as many rows enter at most as have been here
  const meanwhile = (): void => drawNoise(state, activeEnd - first);
  const cost = await problem.denoiser.evaluate({ ...request, meanwhile });
  for (let m = 0; interpolation && m < samples; m++) interpolateRows(state, m);
  return { ...cost, modelCalls: count };
}

/** Noise of the rows that enter next: nobody waits for it while the model works. */
function drawNoise({ problem, noise, activeEnd }: FixedPointState, rows: number): void {
  // along a given trajectory rows enter by the difference of its noise and theirs
  if (problem.given) return;
  const to = Math.min(activeEnd + rows, problem.end);
  while (noise.draw(activeEnd, to));
  const next = problem.nextRows?.();
  if (next) while (noise.draw(...next));
}

/** From network output to F, its residual, slope and gain. */
function finishStep(state: FixedPointState, i: number, m: number): void {
  const { problem, rows } = state;
  const { dim } = problem;
  const row = indexOf(state, i, m);
  const at = bundleAt(state, i, m);
  const broken = vector.firstNonFinite(rows.image, at, dim);
  if (broken >= 0) {
    repairStep(state, i, m, broken);
    return;
  }
  if (i >= state.activeEnd - 2) keepDenoised(state, i, m);
  const image = { data: rows.image, at };
  const noise = { data: rows.noise, at: row * dim };
  const x = { data: rows.state, at };
  applyStep(problem.table, i, { x, output: image, noise, out: image }, dim);
  const next = bundleAt(state, i + 1, m);
  rows.residual[row] = rmsDifference(rows.image, at, rows.state, next, dim);
  linearize(state, i, row);
  rows.age[row]!++;
}

/**
 * An iterate far from the solution may leave the model's range: the row then keeps its state for
 * this round and starts its history again. Where the input is final there is nothing to wait for.
 */
function repairStep(state: FixedPointState, i: number, m: number, element: number): void {
  const { rows, problem } = state;
  if (i === state.frontier[m] && state.final[m]) {
    const at = { step: i, sample: m, element };
    throw new TrajectoryError('nonFinite', 'the model returned a value that is not finite', at);
  }
  const row = indexOf(state, i, m);
  const [at, next] = [bundleAt(state, i, m), bundleAt(state, i + 1, m)];
  vector.copyInto(rows.image, at, rows.state, next, spanOf(problem));
  rows.slope[row] = state.prior[i]!;
  if (rows.valueSlope.length > 0) rows.valueSlope[row] = state.valuePrior[i]!;
  resetGain(rows, row);
  rows.age[row] = 0;
  rows.residual[row] = Infinity;
  forget(rows, row);
  dropTrend(state, i, m);
}

type Composition = Pick<BlockSummary, 'row' | 'offset' | 'slope'>;

function summarize(state: FixedPointState, alone = false): Composition {
  const { problem, rows, activeEnd, anderson } = state;
  const { samples, end, table } = problem;
  const { at: first } = responseAt(state, activeEnd, 0);
  const slope = rows.product.slice(first, first + samples * table.parts * table.parts);
  const summary = { row: activeEnd, slope };
  // what is still corrected comes with the edge
  if (alone || (anderson && (activeEnd < end || end === table.steps))) return summary;
  const at = bundleAt(state, activeEnd, 0);
  return { ...summary, offset: rows.other.slice(at, at + samples * spanOf(problem)) };
}

/** The scanned states become the current ones. */
function swap({ rows }: FixedPointState): void {
  [rows.state, rows.other] = [rows.other, rows.state];
}

/** x_i <- L_i + P_i (left - x_s) in place; the boundary row itself takes the given bits. */
function followLeft(state: FixedPointState, x: Float32Array, left: Float32Array): void {
  const { problem, frontier, activeEnd } = state;
  const { begin, dim, samples, table } = problem;
  const { parts } = table;
  for (let m = 0; m < samples; m++) {
    // the boundary row of a sample that is frozen further on is nobody's input any more
    if (frontier[m]! > begin) continue;
    const [toAt, fromAt] = [m * parts * dim, bundleAt(state, begin, m)];
    const [to, from] = [
      { data: left, at: toAt },
      { data: x, at: fromAt },
    ];
    const { rms: norm } = bundleDistance(to, from, { dim, parts });
    const moved = { to: left, toAt, from: x, fromAt, norm, dim };
    for (let i = activeEnd; i > begin; i--) {
      const place = { data: x, at: bundleAt(state, i, m) };
      follow(place, place, responseAt(state, i, m), moved);
    }
    vector.copyInto(x, fromAt, left, toAt, parts * dim);
  }
}

/**
 * What a row remembers may move where its state does not: the next row was then made from other
 * values than it holds now, and in exact mode nothing behind it may freeze yet.
 */
function memoryMoved({ problem, rows }: FixedPointState, at: number): boolean {
  const { dim } = problem;
  const rest = spanOf(problem) - dim;
  return rest > 0 && !vector.equals(rows.other, at + dim, rows.state, at + dim, rest);
}

/** Starts rows again that ran away; only rows that are not exact can do so (numerics 2.5). */
function guardRows(state: FixedPointState, m: number): void {
  const { problem, rows, frontier, final, activeEnd } = state;
  const { dim, table } = problem;
  for (let i = frontier[m]!; i < activeEnd; i++) {
    const row = indexOf(state, i, m);
    const at = bundleAt(state, i + 1, m);
    const { rms: moved, peak } = distance({ data: rows.other, at }, { data: rows.state, at }, dim);
    rows.update[row] = moved === 0 && memoryMoved(state, at) ? SMALLEST_MOVEMENT : moved;
    if (rows.peak.length > 0) rows.peak[row] = peak;
    if (moved <= UPDATE_MAX) continue;
    if (i === frontier[m] && final[m]) {
      const place = { step: i, sample: m };
      throw new TrajectoryError('diverged', `the sampler moved by ${moved} RMS`, place);
    }
    const from = bundleAt(state, i, m);
    const c = rows.noise.length ? table.noiseScale[i]! : 0;
    const prior = state.prior[i]!;
    if (c === 0) vector.scaleInto(rows.other, at, prior, rows.other, from, dim);
    else vector.combine2(rows.other, at, prior, rows.other, from, c, rows.noise, row * dim, dim);
    rows.age[row] = 0;
    rows.age[indexOf(state, i + 1, m)] = 0;
  }
}

function absorb(
  state: FixedPointState,
  anderson: Anderson,
  left: Float32Array | undefined,
): Float64Array {
  if (left) followLeft(state, state.rows.other, left);
  for (let m = 0; m < state.problem.samples; m++) guardRows(state, m);
  return anderson.totals(state);
}

function correct(state: FixedPointState, anderson: Anderson, prefix: Float64Array): RowScalars {
  anderson.correct(state, prefix);
  swap(state);
  // the movements are final: nothing follows the left boundary any more
  const scalars = rowScalars(state);
  return { ...scalars, slope: new Float32Array(scalars.slope.length) };
}

function edge(state: FixedPointState): Edge {
  const { problem, rows, activeEnd } = state;
  const at = bundleAt(state, activeEnd, 0);
  const size = problem.samples * spanOf(problem);
  const volatility = problem.interpolation && { volatility: state.volatility.slice() };
  const right = { row: activeEnd, state: rows.state.slice(at, at + size), ...volatility };
  return state.hasDenoised ? { ...right, denoised: denoisedEdge(state) } : right;
}
