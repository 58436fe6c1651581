/**
 * How a row follows the movement D = left new - left old of its block's left boundary:
 *
 *   x = L + P D,        or L alone where that would throw the row out of the range of the data
 *
 * The owner of a row and whoever composes call this with the same float32 values, so their copies
 * of a boundary agree bit for bit without being sent twice.
 */
import * as vector from '../vector.ts';

/** A row that moves by more than this many times the unit scale of the data is started again. */
export const UPDATE_MAX = 1e3;

/** One latent: elements of `data` from `at`. */
export interface Place {
  readonly data: Float32Array;
  readonly at: number;
}

/** The movement of one sample's left boundary. */
export interface Moved {
  readonly to: Float32Array;
  readonly toAt: number;
  readonly from: Float32Array;
  readonly fromAt: number;
  /** RMS(to - from). */
  readonly norm: number;
  readonly dim: number;
}

/** out = the row, from L at `x` and its slope P; may be in place. */
export function follow(
  out: Place,
  x: Place,
  slope: number,
  { to, toAt, from, fromAt, norm, dim }: Moved,
): void {
  const moves = norm > 0 && Math.abs(slope) * norm <= UPDATE_MAX;
  if (moves) {
    const [data, at] = [out.data, out.at];
    vector.increment(data, at, x.data, x.at, slope, to, toAt, from, fromAt, dim);
  } else if (out.data !== x.data || out.at !== x.at) {
    vector.copyInto(out.data, out.at, x.data, x.at, dim);
  }
}
