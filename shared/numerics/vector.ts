/**
 * The only loops over latent elements.
 *
 * States are float32 in storage; every expression below is evaluated in float64 and rounded once,
 * by the store into a Float32Array. Reductions accumulate in ascending order in pieces of 4096
 * whose sums are added in ascending order, so that a result depends on the data alone and never
 * on who computed it (docs/NUMERICS.md, "Arithmetic").
 *
 * A latent is named by its buffer and its offset; `n` is its length. Nothing here allocates.
 */

const PIECE = 4096;

/** A buffer of latents; each is `n` elements from its offset. */
export type Latents = Float32Array;

/** out = x. Both latents may live in one buffer if they do not overlap. */
export function copyInto(out: Latents, outAt: number, x: Latents, xAt: number, n: number): void {
  for (let e = 0; e < n; e++) out[outAt + e] = x[xAt + e]!;
}

/** <x, y> */
export function dot(x: Latents, xAt: number, y: Latents, yAt: number, n: number): number {
  let total = 0;
  for (let start = 0; start < n; start += PIECE) {
    const end = Math.min(n, start + PIECE);
    let sum = 0;
    for (let e = start; e < end; e++) sum += x[xAt + e]! * y[yAt + e]!;
    total += sum;
  }
  return total;
}

/** sqrt(mean x^2) */
export function rms(x: Latents, at: number, n: number): number {
  return Math.sqrt(dot(x, at, x, at, n) / n);
}

/** sqrt(mean (x - y)^2) */
export function rmsDifference(x: Latents, xAt: number, y: Latents, yAt: number, n: number): number {
  let total = 0;
  for (let start = 0; start < n; start += PIECE) {
    const end = Math.min(n, start + PIECE);
    let sum = 0;
    for (let e = start; e < end; e++) {
      const difference = x[xAt + e]! - y[yAt + e]!;
      sum += difference * difference;
    }
    total += sum;
  }
  return Math.sqrt(total / n);
}

/** max |x - y|; NaN if any difference is. */
export function maxDifference(x: Latents, xAt: number, y: Latents, yAt: number, n: number): number {
  let max = 0;
  for (let e = 0; e < n; e++) {
    const difference = Math.abs(x[xAt + e]! - y[yAt + e]!);
    if (Number.isNaN(difference)) return NaN;
    if (difference > max) max = difference;
  }
  return max;
}

/** True when x and y hold the same numbers; +0 and -0 count as equal, NaN as different. */
export function equals(x: Latents, xAt: number, y: Latents, yAt: number, n: number): boolean {
  for (let e = 0; e < n; e++) if (x[xAt + e] !== y[yAt + e]) return false;
  return true;
}

/** The index of the first element that is not finite, or -1. */
export function firstNonFinite(x: Latents, at: number, n: number): number {
  // zero as long as all are finite, not a number after one that is not
  let sum = 0;
  for (let e = at; e < at + n; e++) sum += x[e]! - x[e]!;
  if (sum === 0) return -1;
  for (let e = 0; e < n; e++) if (!Number.isFinite(x[at + e]!)) return e;
  return -1;
}

/** out = a x */
export function scaleInto(
  out: Latents,
  outAt: number,
  a: number,
  x: Latents,
  xAt: number,
  n: number,
): void {
  for (let e = 0; e < n; e++) out[outAt + e] = a * x[xAt + e]!;
}

/** out = a x + b y; `out` may be `x` or `y` in place. */
export function combine2(
  out: Latents,
  outAt: number,
  a: number,
  x: Latents,
  xAt: number,
  b: number,
  y: Latents,
  yAt: number,
  n: number,
): void {
  for (let e = 0; e < n; e++) out[outAt + e] = a * x[xAt + e]! + b * y[yAt + e]!;
}

/** out = a x + b y + c z; `out` may be any of the three in place. */
export function combine3(
  out: Latents,
  outAt: number,
  a: number,
  x: Latents,
  xAt: number,
  b: number,
  y: Latents,
  yAt: number,
  c: number,
  z: Latents,
  zAt: number,
  n: number,
): void {
  for (let e = 0; e < n; e++) {
    out[outAt + e] = a * x[xAt + e]! + b * y[yAt + e]! + c * z[zAt + e]!;
  }
}

/**
 * out = f + j (to - from), the increment form of every scan, composition and absorption.
 * Where `to` equals `from` the result is `f` bit for bit, which is what makes rows exact.
 */
export function increment(
  out: Latents,
  outAt: number,
  f: Latents,
  fAt: number,
  j: number,
  to: Latents,
  toAt: number,
  from: Latents,
  fromAt: number,
  n: number,
): void {
  for (let e = 0; e < n; e++) {
    out[outAt + e] = f[fAt + e]! + j * (to[toAt + e]! - from[fromAt + e]!);
  }
}

/**
 * The inner products of two differences, dx = x - xOld and dF = f - fOld, the latter from `fAt`:
 * out[0] = <dx, dx>, out[1] = <dx, dF>, out[2] = <dF, dF>.
 */
export function differenceProducts(
  out: Float64Array,
  x: Latents,
  xOld: Latents,
  f: Latents,
  fOld: Latents,
  at: number,
  n: number,
  fAt = at,
): void {
  const shift = fAt - at;
  let xx = 0;
  let xf = 0;
  let ff = 0;
  for (let start = 0; start < n; start += PIECE) {
    const end = Math.min(n, start + PIECE);
    let sumXX = 0;
    let sumXF = 0;
    let sumFF = 0;
    for (let e = at + start; e < at + end; e++) {
      const dx = x[e]! - xOld[e]!;
      const df = f[e + shift]! - fOld[e + shift]!;
      sumXX += dx * dx;
      sumXF += dx * df;
      sumFF += df * df;
    }
    xx += sumXX;
    xf += sumXF;
    ff += sumFF;
  }
  out[0] = xx;
  out[1] = xf;
  out[2] = ff;
}

/**
 * out[j] = <x, row j> for the `rows` latents stored one after the other in `matrix`, each sum in
 * the order of `dot`. Four rows advance together, so that no addition waits for another row's.
 */
export function projections(
  out: Float64Array,
  x: Latents,
  xAt: number,
  matrix: Latents,
  rows: number,
  n: number,
): void {
  const grouped = rows - (rows % 4);
  out.fill(0, 0, rows);
  for (let j = 0; j < grouped; j += 4) {
    const at = j * n;
    for (let start = 0; start < n; start += PIECE) {
      const end = Math.min(n, start + PIECE);
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let e = start; e < end; e++) {
        const value = x[xAt + e]!;
        sum0 += value * matrix[at + e]!;
        sum1 += value * matrix[at + n + e]!;
        sum2 += value * matrix[at + 2 * n + e]!;
        sum3 += value * matrix[at + 3 * n + e]!;
      }
      out[j] = out[j]! + sum0;
      out[j + 1] = out[j + 1]! + sum1;
      out[j + 2] = out[j + 2]! + sum2;
      out[j + 3] = out[j + 3]! + sum3;
    }
  }
  for (let j = grouped; j < rows; j++) out[j] = dot(x, xAt, matrix, j * n, n);
}

/** out += a x, kept in float64: `out` is a sum in progress and not a state. */
export function accumulate(out: Float64Array, a: number, x: Latents, xAt: number, n: number): void {
  for (let e = 0; e < n; e++) out[e] = out[e]! + a * x[xAt + e]!;
}

/** out = a x + b y where y is a float64 sum of `accumulate`; rounded once, by the store. */
export function combineWide(
  out: Latents,
  outAt: number,
  a: number,
  x: Latents,
  xAt: number,
  b: number,
  y: Float64Array,
  n: number,
): void {
  for (let e = 0; e < n; e++) out[outAt + e] = a * x[xAt + e]! + b * y[e]!;
}

/** out = sum, rounded. */
export function storeWide(out: Latents, outAt: number, sum: Float64Array, n: number): void {
  for (let e = 0; e < n; e++) out[outAt + e] = sum[e]!;
}
