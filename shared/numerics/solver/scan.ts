/**
 * The local linear scan of one sample, into `other`, with the left boundary held:
 *
 *   L_{i+1} = F_i + J_i (L_i - x_i)
 *
 * and where steps have a memory, for the parts of a bundle,
 *
 *   x:  L_{i+1} = F_i + J_i (L_i - x_i) + sum_k B_k (L_{i,k} - x_{i,k})
 *   M:  M_i + mu_i (L_i - x_i), then the values of the rows before as they are
 *
 * P_{i+1}, what the row makes of a movement of the left boundary, follows the same lines. A row
 * whose input did not move takes F bit for bit.
 */
import * as vector from '../vector.ts';
import { bundleAt, indexOf, responseAt, type FixedPointState } from './fixed-point-state.ts';
import { truncateScan } from './truncated-scan.ts';

export function scan(state: FixedPointState, m: number): void {
  const { problem, rows, frontier, activeEnd } = state;
  const { dim, begin, table, method } = problem;
  const first = frontier[m]!;
  const from = bundleAt(state, first, m);
  vector.copyInto(rows.other, from, rows.state, from, table.parts * dim);
  startResponse(state, first, m, first > begin ? 0 : 1);
  const advance = table.parts === 1 ? scanStep : scanBundle;
  for (let i = first; i < activeEnd; i++) advance(state, i, m);
  if (method.order > 0) truncateScan(state, m, method.order);
}

/** The identity at the left boundary; nothing behind a frozen row. */
function startResponse(state: FixedPointState, row: number, m: number, scale: number): void {
  const { data, at, parts } = responseAt(state, row, m);
  data.fill(0, at, at + parts * parts);
  for (let p = 0; p < parts; p++) data[at + p * (parts + 1)] = scale;
}

function scanStep(state: FixedPointState, i: number, m: number): void {
  const { rows, problem } = state;
  const { other, state: x, image } = rows;
  const { dim } = problem;
  const [row, next] = [indexOf(state, i, m), indexOf(state, i + 1, m)];
  const slope = rows.slope[row]!;
  const at = row * dim;
  vector.increment(other, next * dim, image, at, slope, other, at, x, at, dim);
  rows.product[next] = slope * rows.product[row]!;
}

function scanBundle(state: FixedPointState, i: number, m: number): void {
  const { rows, problem, linked } = state;
  const { other, state: x, image } = rows;
  const { dim, table } = problem;
  const { parts } = table;
  const scales = table.rule!.valueScale;
  const row = indexOf(state, i, m);
  const [at, next] = [bundleAt(state, i, m), bundleAt(state, i + 1, m)];
  const [slope, valueSlope] = [rows.slope[row]!, linked ? rows.valueSlope[row]! : 0];
  vector.increment(other, next, image, at, slope, other, at, x, at, dim);
  for (let k = 1; linked && k < parts; k++) {
    const [scale, from] = [scales[i * parts + k]!, at + k * dim];
    if (scale === 0) continue;
    vector.increment(other, next, other, next, scale, other, from, x, from, dim);
  }
  vector.increment(other, next + dim, image, at + dim, valueSlope, other, at, x, at, dim);
  for (let k = 2; k < parts; k++) {
    vector.copyInto(other, next + k * dim, other, at + (k - 1) * dim, dim);
  }
  respond(state, i, m, { slope, valueSlope });
}

/** P_{i+1} of a bundle. */
function respond(
  state: FixedPointState,
  i: number,
  m: number,
  { slope, valueSlope }: { readonly slope: number; readonly valueSlope: number },
): void {
  const { linked, problem } = state;
  const { parts, rule } = problem.table;
  const from = responseAt(state, i, m);
  const to = responseAt(state, i + 1, m);
  const entry = (p: number, q: number): number => from.data[from.at + p * parts + q]!;
  for (let q = 0; q < parts; q++) {
    let x = slope * entry(0, q);
    for (let k = 1; linked && k < parts; k++) x += rule!.valueScale[i * parts + k]! * entry(k, q);
    to.data[to.at + q] = x;
    to.data[to.at + parts + q] = valueSlope * entry(0, q);
    for (let k = 2; k < parts; k++) to.data[to.at + k * parts + q] = entry(k - 1, q);
  }
}
