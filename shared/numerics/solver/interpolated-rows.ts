/**
 * x0-hat of rows that a round did not call (`called-rows.ts`), from called rows l and r beside
 * them:
 *
 *   between   x0hat_i = (1 - t) x0hat_l + t x0hat_r,    t = (i - l)/(r - l)
 *   moved     x0hat_i = x0hat_i old + (1 - t)(x0hat_l - x0hat_l old) + t (x0hat_r - x0hat_r old)
 *
 * sigma, the RMS of its change per row, is measured wherever a called row lies between two others,
 * by what the line would have made of it; so is tau, that of its change since the round before, per
 * movement of the row. Everything behind the network takes the output made here as it would take
 * the network's.
 */
import * as vector from '../vector.ts';
import { callsLeast } from './called-rows.ts';
import { bundleAt, indexOf, isSmooth, type FixedPointState } from './fixed-point-state.ts';
import { distance as groupDistance } from './groups.ts';
import {
  distance,
  missedBetween,
  missedMoving,
  neighbours,
  type Neighbours,
} from './neighbouring-rows.ts';
import { source } from './row-store.ts';

let scratch = new Float32Array();

/** Fills in the outputs of the rows that were not called, and measures where it can. */
export function interpolateRows(state: FixedPointState, m: number): void {
  const { rows, frontier, activeEnd, problem } = state;
  if (scratch.length < problem.dim) scratch = new Float32Array(problem.dim);
  measureAll(state, m);
  for (let i = frontier[m]!; i < activeEnd; i++) leaveOut(state, m, i);
  if (rows.denoised.length === 0) return;
  const { dim, table } = problem;
  const { denoisedFromState: p, denoisedFromOutput: q } = table;
  for (let i = frontier[m]!; i < activeEnd; i++) {
    const at = bundleAt(state, i, m);
    vector.combine2(rows.denoised, at, p[i]!, rows.state, at, q[i]!, rows.image, at, dim);
  }
}

function leaveOut(state: FixedPointState, m: number, i: number): void {
  const { rows } = state;
  const row = indexOf(state, i, m);
  const as = rows.source[row]!;
  if (as === source.called) {
    rows.interpolated[row] = 0;
    return;
  }
  const theirs = neighbours(state, m, i, as)!;
  const missedBy = as === source.moved ? missedMoving : missedBetween;
  rows.interpolated[row] = missedBy(state, m, theirs);
  interpolate(state, m, { ...theirs, as, out: rows.image, at: bundleAt(state, i, m) });
}

/** At every called row between two others, which stands for the rows around it. */
function measureAll(state: FixedPointState, m: number): void {
  const { rows, volatility, frontier, activeEnd } = state;
  let [before, l] = [-1, frontier[m]!];
  let count = 1;
  for (let r = l + 1; r < activeEnd; r++) {
    if (rows.source[indexOf(state, r, m)] !== source.called) continue;
    count++;
    if (before >= 0) measure(state, m, { l: before, i: l, r });
    [before, l] = [l, r];
  }
  // two rows of a noisy chain: x0-hat stays where it is, but for what it changes by
  if (count === 2 && !isSmooth(state)) measure(state, m, { l: before, i: l, r: before });
  if (count < callsLeast(isSmooth(state))) return;
  // no row is measured behind the last one
  for (let k = l + 1; k < activeEnd; k++) rows.volatility[indexOf(state, k, m)] = volatility[m]!;
}

/** sigma and tau at row i, for itself and the rows around it. */
function measure(state: FixedPointState, m: number, theirs: Neighbours): void {
  const { rows, volatility, roughness, frontier } = state;
  const sigma = missed(state, m, theirs, source.between) / distance(theirs);
  const tau = roughnessAt(state, m, theirs);
  volatility[m] = sigma;
  if (tau !== undefined) roughness[m] = tau;
  // rows left of this one have that of the called row before, if there was one
  const from = theirs.l === frontier[m] ? theirs.l : theirs.l + 1;
  for (let k = from; k <= Math.max(theirs.i, theirs.r); k++) {
    const row = indexOf(state, k, m);
    rows.volatility[row] = sigma;
    if (tau !== undefined) rows.roughness[row] = tau;
  }
}

/** undefined where one of the rows has no x0-hat of its own to have changed. */
function roughnessAt(state: FixedPointState, m: number, theirs: Neighbours): number | undefined {
  const { rows } = state;
  const { l, i, r } = theirs;
  const moved = rows.inputMoved[indexOf(state, i, m)]!;
  for (const k of [l, i, r]) {
    if (rows.sourceBefore[indexOf(state, k, m)] === source.between) return undefined;
  }
  if (rows.denoised.length === 0 || !(moved > 0)) return undefined;
  return missed(state, m, theirs, source.moved) / distance(theirs) / moved;
}

/** RMS of what x0-hat of a called row would be off by, of the group that is off most. */
function missed(state: FixedPointState, m: number, theirs: Neighbours, as: number): number {
  const { rows, problem } = state;
  interpolate(state, m, { ...theirs, as, out: scratch, at: 0 });
  const called = { data: rows.image, at: bundleAt(state, theirs.i, m) };
  const { peak } = groupDistance({ data: scratch, at: 0 }, called, problem.dim);
  return Math.abs(problem.table.denoisedFromOutput[theirs.i]!) * peak;
}

interface Interpolated extends Neighbours {
  readonly as: number;
  readonly out: Float32Array;
  readonly at: number;
}

/** The network's output at row i that says the interpolated x0-hat. */
function interpolate(
  state: FixedPointState,
  m: number,
  { l, i, r, as, out, at }: Interpolated,
): void {
  const { rows, problem } = state;
  const { dim, table } = problem;
  const { denoisedFromState: p, denoisedFromOutput: q } = table;
  const t = r === l ? 0 : (i - l) / (r - l);
  const [own, left, right] = [1 / q[i]!, (1 - t) / q[i]!, t / q[i]!];
  const { state: x, image: d, denoised } = rows;
  const [atL, atI, atR] = [bundleAt(state, l, m), bundleAt(state, i, m), bundleAt(state, r, m)];
  vector.combine3(out, at, left * p[l]!, x, atL, left * q[l]!, d, atL, right * p[r]!, x, atR, dim);
  vector.combine3(out, at, 1, out, at, right * q[r]!, d, atR, -own * p[i]!, x, atI, dim);
  if (as === source.between) return;
  vector.combine3(out, at, 1, out, at, own, denoised, atI, -left, denoised, atL, dim);
  vector.combine2(out, at, 1, out, at, -right, denoised, atR, dim);
}
