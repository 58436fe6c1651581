/**
 * ParaTAA's order k (Tang et al., arXiv 2402.09970; numerics 4.2): a row hears of the k newest
 * residuals and of none before.
 *
 *   delta_{i+1} = sum_{j = i-k+1}^{i} (prod_{q = j+1}^{i} J_q) r_j,     x_{i+1} += delta_{i+1}
 *
 * k = 1 is Jacobi, k >= the number of live rows the full scan. Computed as that scan started k
 * steps before each row, so that a row whose inputs did not move takes F bit for bit; that is k
 * vector operations a row where the full scan has one.
 */
import * as vector from '../vector.ts';
import { bundleAt, indexOf, type FixedPointState } from './fixed-point-state.ts';

/**
 * The rows behind steps first + order .. activeEnd - 1 of one sample, into `other`. Those before
 * are the full scan's, which must have run: no more than `order` residuals reach them.
 */
export function truncateScan(state: FixedPointState, m: number, order: number): void {
  const { problem, rows, frontier, activeEnd } = state;
  const { dim } = problem;
  const { other, state: x, image, slope } = rows;
  const increment = new Float32Array(dim);
  for (let i = frontier[m]! + order; i < activeEnd; i++) {
    const begin = i - order + 1;
    vector.copyInto(increment, 0, x, bundleAt(state, begin, m), dim);
    for (let q = begin; q <= i; q++) {
      const row = indexOf(state, q, m);
      const at = bundleAt(state, q, m);
      vector.increment(increment, 0, image, at, slope[row]!, increment, 0, x, at, dim);
    }
    vector.copyInto(other, bundleAt(state, i + 1, m), increment, 0, dim);
  }
}
