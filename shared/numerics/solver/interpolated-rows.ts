/**
 * Rows that a round leaves out: their x0-hat is interpolated between the called rows l and r beside
 * them, which are called for a reason of their own.
 *
 *   x0hat_i = (1 - t) x0hat_l + t x0hat_r,    t = (i - l)/(r - l)
 *   d_i = sigma_i sqrt((i - l)(r - i)/(r - l))
 *   B_i d_i                                   defect: what the step behind the row misses
 *
 * x0-hat along a noisy chain is a martingale, so what interpolation misses is a Brownian bridge,
 * and defects of different rows are independent: they add up as squares (docs/NUMERICS.md, "Rows
 * that are not called"). sigma, the RMS of its change per row, is measured wherever a called
 * row lies between two others, by what interpolation would have made of it. Smooth trajectories
 * miss less than that says.
 *
 * A row is left out where its defect is small against what it may leave for good, or, where it will
 * not freeze yet, against what the row still has to move. Everything behind the network takes the
 * interpolated output as it would take the network's. The first active row and the last one are
 * always called.
 */
import * as vector from '../vector.ts';
import { rmsDifference } from '../differences.ts';
import type { StepTable } from '../step-table.ts';
import { bundleAt, indexOf, type FixedPointState } from './fixed-point-state.ts';
import type { MethodName } from './method.ts';
import { expansionOf, TOLERANCE_MAX, type FreezeRule } from './freeze.ts';

/** Of the tolerance, what all interpolated rows may leave: the root of the sum of squares. */
const SHARE = 0.2;
/** Of its square, what rows get in equal parts; the rest goes by al^3, by their signal. */
const EVENLY = 0.01;
/** Rows that will not freeze in this round may be off by more: those that enter ... */
const ENTERING = 4;
/** ... and others by this much of what their equation missed in the round before. */
const OF_RESIDUAL = 0.1;
/** As many rows as froze in the round before, and a few more, may freeze in this one. */
const REACH = 1.2;
/** Distances of called rows. Their places are the same in every round and block. */
const STRIDES = [4, 2] as const;

/**
 * Published methods call every row, and so does whoever wants each bit. Steps with a memory make
 * more of an x0-hat than B says, with either sign, and stages do not lie on a line.
 */
export function interpolatesRows(
  method: MethodName,
  { stop, tolerance, parts }: Pick<FreezeRule, 'stop' | 'tolerance'> & Pick<StepTable, 'parts'>,
): boolean {
  return method === 'secant' && stop === 'final' && tolerance > 0 && parts === 1;
}

/** [N] What leaving a row out for good may change the state behind it by. */
export function interpolationLimits(
  { steps, signal, sigma }: Pick<StepTable, 'steps' | 'signal' | 'sigma'>,
  { tolerance, spread }: Pick<FreezeRule, 'tolerance' | 'spread'>,
): Float64Array {
  const cubes = Float64Array.from({ length: steps }, (_, i) => {
    const [al, sg] = [signal[i + 1]!, sigma[i + 1]!];
    const square = (al * al) / (al * al + sg * sg);
    return square * Math.sqrt(square);
  });
  const sum = cubes.reduce((total, cube) => total + cube, 0);
  const most = (SHARE * Math.min(tolerance, TOLERANCE_MAX)) / expansionOf(spread);
  return cubes.map((cube) => {
    return most * Math.sqrt(EVENLY / steps + ((1 - EVENLY) * cube) / sum);
  });
}

/** How far the job's frontier moved, told before each sweep, says which rows may freeze next. */
export function noteReach({ told, reach }: FixedPointState, m: number, frontier: number): void {
  reach[m] = told[m]! < 0 ? 0 : frontier + REACH * (frontier - told[m]!);
  told[m] = frontier;
}

/** Decides for every active row of sample m whether it is called. */
export function chooseCalls(state: FixedPointState, m: number, limits: Float64Array): void {
  const { rows, frontier, activeEnd, volatility } = state;
  for (let i = frontier[m]!; i < activeEnd; i++) {
    const row = indexOf(state, i, m);
    rows.calledBefore[row] = rows.called[row]!;
    if (rows.age[row] === 0) rows.volatility[row] = volatility[m]!;
  }
  let count = 0;
  for (let l = frontier[m]!; l < activeEnd; count++) {
    rows.called[indexOf(state, l, m)] = 1;
    const r = nextCall(state, m, { l, limits });
    for (let i = l + 1; i < r; i++) rows.called[indexOf(state, i, m)] = 0;
    l = r;
  }
  // or nothing would be measured, and what was measured elsewhere says nothing of a bend
  if (count === 2) rows.called[indexOf(state, (frontier[m]! + activeEnd) >> 1, m)] = 1;
}

function nextCall(
  state: FixedPointState,
  m: number,
  { l, limits }: { readonly l: number; readonly limits: Float64Array },
): number {
  const last = state.activeEnd - 1;
  for (const stride of STRIDES) {
    const r = Math.min(last, (Math.floor(l / stride) + 1) * stride);
    let fits = r > l + 1;
    for (let i = l + 1; fits && i < r; i++) fits = mayBeLeftOut(state, m, { i, l, r, limits });
    if (fits) return r;
  }
  return l + 1;
}

interface Between {
  readonly i: number;
  readonly l: number;
  readonly r: number;
}

function mayBeLeftOut(
  state: FixedPointState,
  m: number,
  { i, l, r, limits }: Between & { readonly limits: Float64Array },
): boolean {
  const { rows } = state;
  const row = indexOf(state, i, m);
  const young = rows.age[row] === 0;
  const sigma = known(state, rows.volatility[row]!, i);
  const limit = limits[i]!;
  const later = young ? ENTERING * limit : Math.max(limit, OF_RESIDUAL * rows.residual[row]!);
  const most = i < state.reach[m]! ? limit : later;
  return state.problem.table.valueWeight[i]! * missed(sigma, { i, l, r }) <= most;
}

/** d of a row between two called ones. */
function missed(sigma: number, { i, l, r }: Between): number {
  return sigma * Math.sqrt(((i - l) * (r - i)) / (r - l));
}

/** What was measured; before, that of data N(mu, s^2), by the variance of x0 that a step takes. */
function known({ problem }: FixedPointState, measured: number, i: number): number {
  if (measured >= 0) return measured;
  const { table, method } = problem;
  const data = method.priorStd * method.priorStd;
  const variance = (row: number): number => {
    const [al, sg] = [table.signal[row]!, table.sigma[row]!];
    return (data * sg * sg) / (al * al * data + sg * sg);
  };
  return Math.sqrt(Math.max(0, variance(i) - variance(i + 1)));
}

let scratch = new Float32Array();

/** Fills in the outputs of the rows that were not called, and measures sigma where it can. */
export function interpolateRows(state: FixedPointState, m: number): void {
  const { rows, frontier, activeEnd, problem } = state;
  if (scratch.length < problem.dim) scratch = new Float32Array(problem.dim);
  const first = frontier[m]!;
  let [before, l] = [-1, first];
  for (let r = first + 1; r < activeEnd; r++) {
    if (rows.called[indexOf(state, r, m)] === 0) continue;
    if (before >= 0) measure(state, m, { l: before, i: l, r });
    [before, l] = [l, r];
  }
  l = first;
  for (let r = first + 1; r < activeEnd; r++) {
    if (rows.called[indexOf(state, r, m)] === 0) continue;
    for (let i = l + 1; i < r; i++) leaveOut(state, m, { l, i, r });
    l = r;
  }
}

/** sigma at a called row between two others, which stands for the rows around it. */
function measure(state: FixedPointState, m: number, { l, i, r }: Between): void {
  const { rows, problem, frontier, volatility } = state;
  const { dim, table } = problem;
  interpolate(state, m, { l, i, r, out: scratch, at: 0 });
  const off = rmsDifference(scratch, 0, rows.image, bundleAt(state, i, m), dim);
  const sigma = (Math.abs(table.denoisedFromOutput[i]!) * off) / missed(1, { l, i, r });
  volatility[m] = sigma;
  // rows left of this one have that of the called row before, if there was one
  for (let k = l === frontier[m] ? l : l + 1; k <= r; k++) {
    rows.volatility[indexOf(state, k, m)] = sigma;
  }
}

function leaveOut(state: FixedPointState, m: number, between: Between): void {
  const { rows, problem } = state;
  const { i } = between;
  const row = indexOf(state, i, m);
  interpolate(state, m, { ...between, out: rows.image, at: bundleAt(state, i, m) });
  const sigma = known(state, rows.volatility[row]!, i);
  rows.interpolated[row] = problem.table.valueWeight[i]! * missed(sigma, between);
}

/** The network's output at row i that says the interpolated x0-hat. */
function interpolate(
  state: FixedPointState,
  m: number,
  { l, i, r, out, at }: Between & { readonly out: Float32Array; readonly at: number },
): void {
  const { rows, problem } = state;
  const { dim, table } = problem;
  const { denoisedFromState: p, denoisedFromOutput: q } = table;
  const t = (i - l) / (r - l);
  const [left, right] = [(1 - t) / q[i]!, t / q[i]!];
  const { state: x, image: d } = rows;
  const [atL, atI, atR] = [bundleAt(state, l, m), bundleAt(state, i, m), bundleAt(state, r, m)];
  vector.combine3(out, at, left * p[l]!, x, atL, left * q[l]!, d, atL, right * p[r]!, x, atR, dim);
  vector.combine3(out, at, 1, out, at, right * q[r]!, d, atR, -p[i]! / q[i]!, x, atI, dim);
}
