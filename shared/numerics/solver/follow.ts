/**
 * How a row follows the movement D = left new - left old of its block's left boundary:
 *
 *   X = L + P D,        or L alone where that would throw the row out of the range of the data
 *
 * X, L and D are bundles and P is a matrix over their parts: a number where steps have no memory.
 *
 * The owner of a row and whoever composes call this with the same float32 values, so their copies
 * of a boundary agree bit for bit without being sent twice.
 */
import * as vector from '../vector.ts';

/** A row that moves by more than this many times the unit scale of the data is started again. */
export const UPDATE_MAX = 1e3;
/** The smallest movement that is not none, in float32. */
export const SMALLEST_MOVEMENT = 2 ** -149;

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
  /** Root of the sum of the squared RMS(to - from) of each part. */
  readonly norm: number;
  readonly dim: number;
}

/** P of one row: a matrix [parts x parts] from `at`. */
export interface Response {
  readonly data: Float64Array;
  readonly at: number;
  readonly parts: number;
}

/** What x, the first part, moves by at most where the left boundary moves by a norm of 1. */
export function responseNorm({ data, at, parts }: Response): number {
  if (parts === 1) return Math.abs(data[at]!);
  let square = 0;
  for (let k = 0; k < parts; k++) square += data[at + k]! * data[at + k]!;
  return Math.sqrt(square);
}

/** out = the row, from L at `x` and its response P; may be in place. */
export function follow(
  out: Place,
  x: Place,
  response: Response,
  { to, toAt, from, fromAt, norm, dim }: Moved,
): void {
  const { data: matrix, at: matrixAt, parts } = response;
  const moves = norm > 0 && responseNorm(response) * norm <= UPDATE_MAX;
  const [data, at] = [out.data, out.at];
  if (!moves) {
    if (data !== x.data || at !== x.at) vector.copyInto(data, at, x.data, x.at, parts * dim);
    return;
  }
  for (let p = 0; p < parts; p++) {
    const here = at + p * dim;
    vector.increment(
      data,
      here,
      x.data,
      x.at + p * dim,
      matrix[matrixAt + p * parts]!,
      to,
      toAt,
      from,
      fromAt,
      dim,
    );
    for (let q = 1; q < parts; q++) {
      const slope = matrix[matrixAt + p * parts + q]!;
      if (slope === 0) continue;
      vector.increment(
        data,
        here,
        data,
        here,
        slope,
        to,
        toAt + q * dim,
        from,
        fromAt + q * dim,
        dim,
      );
    }
  }
}
