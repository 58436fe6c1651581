/** Rows of a block that others ask for between two sweeps, whatever its samples have frozen. */
import * as vector from '../vector.ts';
import { spanOf } from '../bundle.ts';
import { bundleAt, type FixedPointState } from './fixed-point-state.ts';

/**
 * Final rows in both buffers, which trade places with every sweep: another sample may still be
 * here, and somebody asks for the row of all of them. With one sample nobody can.
 */
export function settleRows(state: FixedPointState, m: number, from: number, to: number): void {
  const { problem, rows, activeEnd } = state;
  for (let row = from; row <= Math.min(to, activeEnd); row++) {
    const at = bundleAt(state, row, m);
    vector.copyInto(rows.other, at, rows.state, at, spanOf(problem));
  }
}

/** The states of one row, all samples. */
export function rowOf(state: FixedPointState, row: number): Float32Array {
  const { problem, rows } = state;
  const at = bundleAt(state, row, 0);
  return rows.state.slice(at, at + problem.samples * spanOf(problem));
}

/** A row as the last sweep found it, which its scan has left behind, and F of it. */
export function evaluatedRow(state: FixedPointState, row: number) {
  const { problem, rows } = state;
  const at = bundleAt(state, row, 0);
  const size = problem.samples * spanOf(problem);
  return { from: rows.other.slice(at, at + size), to: rows.image.slice(at, at + size) };
}

/** From the last row that all samples have frozen, or the left boundary, to the last live one. */
export function liveRows(state: FixedPointState) {
  const { problem, rows, frontier, activeEnd } = state;
  const first = Math.min(...frontier);
  const size = problem.samples * spanOf(problem);
  const states = new Float32Array((activeEnd + 1 - first) * size);
  for (let row = first; row <= activeEnd; row++) {
    const at = bundleAt(state, row, 0);
    vector.copyInto(states, (row - first) * size, rows.state, at, size);
  }
  return { first, states };
}
