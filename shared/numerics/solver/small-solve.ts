/**
 * Solves (G + lambda tr(G) I) gamma = r for the leading n x n part of a small Gram matrix by
 * Cholesky. `sums` holds G (stride x stride, row-major), then r. Returns zeros where the matrix
 * is not positive definite at working precision: no correction is always a valid correction.
 */
export function solveRegularized(
  sums: Float64Array,
  n: number,
  stride: number,
  lambda: number,
): Float64Array {
  const gamma = new Float64Array(n);
  let trace = 0;
  for (let k = 0; k < n; k++) trace += sums[k * stride + k]!;
  if (!(trace > 0) || !Number.isFinite(trace)) return gamma;
  const factor = cholesky(sums, n, stride, lambda * trace);
  if (!factor) return gamma;
  for (let k = 0; k < n; k++) {
    let sum = sums[stride * stride + k]!;
    for (let l = 0; l < k; l++) sum -= factor[k * n + l]! * gamma[l]!;
    gamma[k] = sum / factor[k * n + k]!;
  }
  for (let k = n - 1; k >= 0; k--) {
    let sum = gamma[k]!;
    for (let l = k + 1; l < n; l++) sum -= factor[l * n + k]! * gamma[l]!;
    gamma[k] = sum / factor[k * n + k]!;
  }
  return gamma;
}

/** Lower factor of G + shift I, or undefined where a pivot is not positive. */
function cholesky(
  sums: Float64Array,
  n: number,
  stride: number,
  shift: number,
): Float64Array | undefined {
  const factor = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    for (let l = 0; l <= k; l++) {
      let sum = sums[k * stride + l]! + (k === l ? shift : 0);
      for (let p = 0; p < l; p++) sum -= factor[k * n + p]! * factor[l * n + p]!;
      if (k !== l) factor[k * n + l] = sum / factor[l * n + l]!;
      else if (sum > 0) factor[k * n + k] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return factor;
}
