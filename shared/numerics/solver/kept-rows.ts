/**
 * The rows of a block beyond its window. Only live rows are in the ring of `row-store.ts`; a job
 * whose trajectory is kept copies each row out of it when the row freezes.
 */
import * as vector from '../vector.ts';
import { spanOf } from '../bundle.ts';
import { bundleAt, type FixedPointState } from './fixed-point-state.ts';

/** Keeps the rows (from, to] of one sample, which have just become final. */
export function keepRows(state: FixedPointState, m: number, from: number, to: number): void {
  const { kept, problem, rows, activeEnd } = state;
  if (!kept) return;
  const { begin, samples } = problem;
  const span = spanOf(problem);
  for (let row = from + 1; row <= Math.min(to, activeEnd); row++) {
    const at = ((row - begin - 1) * samples + m) * span;
    vector.copyInto(kept, at, rows.state, bundleAt(state, row, m), span);
  }
}

/** All rows of the block, which is frozen, as [rows x samples x span] from x[begin + 1]. */
export function takeRows(state: FixedPointState): Float32Array {
  const { kept, problem, frontier } = state;
  for (const [m, row] of frontier.entries()) keepRows(state, m, row, problem.end);
  return kept ?? new Float32Array();
}
