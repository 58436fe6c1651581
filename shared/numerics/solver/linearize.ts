/** The linear part of a step and what departs from it, from the last two evaluations of its row. */
import { spanOf } from '../bundle.ts';
import { productSums } from '../differences.ts';
import * as vector from '../vector.ts';
import { indexOf, type FixedPointState } from './fixed-point-state.ts';
import { groupGain, groupProducts, groupsOf, GROUPS_MAX } from './groups.ts';
import { source, type RowStore } from './row-store.ts';

const GAIN_MAX = 3;
const SECANT_MAX = 1.5;
/** Of x0-hat in x / al, and of eps in x / sg: 1 is what data without any noise of its own has. */
const VALUE_SLOPE_MAX = 1.5;
/** Below this RMS the secant quotient is rounding noise (numerics 2.3, binary32 states). */
const SECANT_MOVEMENT_MIN = 1e-6;
/**
 * What a step makes of a larger movement says little about small errors: along it a row may have
 * passed from one mode to another. In units of the data (docs/NUMERICS.md, "Error control").
 */
const NEAR_MOVEMENT = 0.05;

const products = new Float64Array(3);
const ofGroups = new Float64Array(3 * GROUPS_MAX);

/**
 * J and gain of one step from the last two evaluations of its row (numerics 2.3). Where steps have
 * a memory it is M whose slope is measured: F also moved by what the rows before did.
 */
export function linearize(state: FixedPointState, i: number, row: number): void {
  const { problem, rows } = state;
  const { dim, method } = problem;
  const at = row * spanOf(problem);
  const closedForm = state.closedForm[i]!;
  rows.slope[row] = closedForm;
  const remembers = rows.valueSlope.length > 0;
  if (remembers) rows.valueSlope[row] = state.valuePrior[i]!;
  forget(rows, row);
  if (rows.age[row] === 0) {
    resetGain(rows, row);
    return;
  }
  const called = rows.source[row] === source.called;
  if (!called || rows.sourceBefore[row] !== source.called) return inherit(state, i, row);
  groupProducts(ofGroups, products, rows, { at, dim, groups: groupsOf(dim) });
  const [xx, xf, ff] = products as unknown as [number, number, number];
  const movement = Math.sqrt(xx / dim);
  const scale = movement < 1e-3 ? Math.max(1, vector.rms(rows.state, at, dim)) : 1;
  if (!(movement > SECANT_MOVEMENT_MIN * scale)) return;
  rows.gain[row] = Math.min(GAIN_MAX, Math.sqrt(ff / xx));
  if (movement <= NEAR_MOVEMENT) {
    rows.nearGain[row] = Math.max(rows.nearGain[row]!, rows.gain[row]);
  }
  keepGroupGains(rows, row, xx);
  if (remembers) return linearizeValue(state, i, row);
  if (method.name === 'secant') rows.slope[row] = Math.min(SECANT_MAX, Math.max(0, xf / xx));
  rows.departure[row] = departure(rows.slope[row], xx, xf, ff);
  rows.closedFormDeparture[row] = departure(closedForm, xx, xf, ff);
}

/**
 * What interpolation missed in one round and not in the other is not what the step makes of a
 * movement: such a row departs from its closed form as the one before it does.
 */
function inherit(state: FixedPointState, i: number, row: number): void {
  const { rows, closedForm, problem } = state;
  const { samples, table } = problem;
  const m = row % samples;
  if (i === state.frontier[m]) return;
  const from = indexOf(state, i - 1, m);
  const scale = table.valueWeight[i]! / table.valueWeight[i - 1]!;
  if (!(scale < Infinity)) return;
  rows.slope[row] = closedForm[i]! + scale * (rows.slope[from]! - closedForm[i - 1]!);
  rows.gain[row] = rows.gain[from]!;
  const groups = groupsIn(rows);
  rows.groupGain.copyWithin(row * groups, from * groups, (from + 1) * groups);
  if (rows.departure[from]! < 0) return;
  rows.departure[row] = scale * rows.departure[from]!;
  rows.closedFormDeparture[row] = scale * rows.closedFormDeparture[from]!;
}

/** mu and with it J, from what M made of the movement of x. */
function linearizeValue(state: FixedPointState, i: number, row: number): void {
  const { problem, rows, valuePrior, linked } = state;
  const { dim, table } = problem;
  const at = row * spanOf(problem);
  const { state: x, other, image, imageOld } = rows;
  const dx = { x, xAt: at, y: other, yAt: at };
  const dM = { x: image, xAt: at + dim, y: imageOld, yAt: at + dim };
  productSums(products, { n: dim, parts: 1 }, dx, dM);
  const [xx, xv, vv] = products as unknown as [number, number, number];
  const prior = valuePrior[i]!;
  const weight = table.valueWeight[i]!;
  if (linked) {
    const { stateScale, valueScale, value } = table.rule!;
    const scale = value === 'denoised' ? table.signal[i]! : table.sigma[i]!;
    const slope = Math.max(0, xv / xx);
    rows.valueSlope[row] = scale * slope > VALUE_SLOPE_MAX ? VALUE_SLOPE_MAX / scale : slope;
    rows.slope[row] = stateScale[i]! + valueScale[i * table.parts]! * rows.valueSlope[row];
  }
  rows.departure[row] = weight * departure(rows.valueSlope[row]!, xx, xv, vv);
  rows.closedFormDeparture[row] = weight * departure(prior, xx, xv, vv);
}

/** A row that was evaluated once has no gain of its own. */
export function resetGain(rows: RowStore, row: number): void {
  const groups = groupsIn(rows);
  rows.gain[row] = 1;
  rows.nearGain[row] = 0;
  rows.groupGain.fill(1, row * groups, (row + 1) * groups);
}

function keepGroupGains(rows: RowStore, row: number, xx: number): void {
  const groups = groupsIn(rows);
  for (let g = 0; g < groups; g++) {
    const gain = groupGain(ofGroups, g, xx, groups);
    rows.groupGain[row * groups + g] = Math.min(GAIN_MAX, gain);
  }
}

/** 0 where the only group is the whole latent. */
function groupsIn({ gain, groupGain: gains }: RowStore): number {
  return gains.length / gain.length;
}

/** ||dF - J dx|| / ||dx||, from the products of the two. */
function departure(slope: number, xx: number, xf: number, ff: number): number {
  return Math.sqrt(Math.max(0, ff - slope * (2 * xf - slope * xx)) / xx);
}

/** How far the row's step departs from its linear part is not known. */
export function forget(rows: RowStore, row: number): void {
  rows.departure[row] = -1;
  rows.closedFormDeparture[row] = -1;
}
