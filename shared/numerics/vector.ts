/**
 * The only loops over latent elements, beside the sums of `differences.ts`.
 *
 * States are float32 in storage; every expression below is evaluated in float64 and rounded once,
 * by the store into a Float32Array. Reductions accumulate in ascending order in pieces of 4096
 * whose sums are added in ascending order, so that a result depends on the data alone and never
 * on who computed it (docs/NUMERICS.md, "Arithmetic").
 *
 * A latent is named by its buffer and its offset; `n` is its length. Long ones go through the
 * kernel, which gives the bits of the loops.
 */
import { vectorKernel, type VectorKernel } from '../kernel/vector-kernel.ts';

const PIECE = 4096;
/** Shorter latents are not worth the way into the kernel and back. */
const KERNEL_MIN = 256;
/** Shorter ones are copied sooner than named. */
const COPY_MIN = 64;
const kernel = vectorKernel();

/** A buffer of latents; each is `n` elements from its offset. */
export type Latents = Float32Array;

/** out = x. Both latents may live in one buffer if they do not overlap. */
export function copyInto(out: Latents, outAt: number, x: Latents, xAt: number, n: number): void {
  if (n >= COPY_MIN) out.set(x.subarray(xAt, xAt + n), outAt);
  else for (let e = 0; e < n; e++) out[outAt + e] = x[xAt + e]!;
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
  if (kernel && n >= KERNEL_MIN) {
    if (allFinite(kernel, x, at, n)) return -1;
  } else {
    // zero as long as all are finite, not a number after one that is not
    let sum = 0;
    for (let e = at; e < at + n; e++) sum += x[e]! - x[e]!;
    if (sum === 0) return -1;
  }
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
  if (kernel && n >= KERNEL_MIN) {
    for (let from = 0; from < n; from += kernel.room) {
      const count = Math.min(kernel.room, n - from);
      put(kernel, 0, x, xAt + from, count);
      put(kernel, 1, y, yAt + from, count);
      kernel.combine2(upToTurn(count), a, b);
      take(kernel, out, outAt + from, count);
    }
    return;
  }
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
  if (kernel && n >= KERNEL_MIN) {
    for (let from = 0; from < n; from += kernel.room) {
      const count = Math.min(kernel.room, n - from);
      put(kernel, 0, x, xAt + from, count);
      put(kernel, 1, y, yAt + from, count);
      put(kernel, 2, z, zAt + from, count);
      kernel.combine3(upToTurn(count), a, b, c);
      take(kernel, out, outAt + from, count);
    }
    return;
  }
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
  if (kernel && n >= KERNEL_MIN) {
    for (let first = 0; first < n; first += kernel.room) {
      const count = Math.min(kernel.room, n - first);
      put(kernel, 0, f, fAt + first, count);
      put(kernel, 1, to, toAt + first, count);
      put(kernel, 2, from, fromAt + first, count);
      kernel.increment(upToTurn(count), j);
      take(kernel, out, outAt + first, count);
    }
    return;
  }
  for (let e = 0; e < n; e++) {
    out[outAt + e] = f[fAt + e]! + j * (to[toAt + e]! - from[fromAt + e]!);
  }
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

function put({ slots }: VectorKernel, slot: number, x: Latents, at: number, n: number): void {
  slots[slot]!.set(x.subarray(at, at + n));
}

function take({ slots }: VectorKernel, out: Latents, at: number, n: number): void {
  out.set(slots[0]!.subarray(0, n), at);
}

/** What is behind the last element is computed with it, and not taken. */
function upToTurn(n: number): number {
  return n + ((4 - (n % 4)) % 4);
}

/** False also where something behind the last element is not: whoever asks looks closer then. */
function allFinite(vectors: VectorKernel, x: Latents, at: number, n: number): boolean {
  for (let from = 0; from < n; from += vectors.room) {
    const count = Math.min(vectors.room, n - from);
    put(vectors, 0, x, at + from, count);
    if (!vectors.finite(upToTurn(count))) return false;
  }
  return true;
}
