/**
 * Sums over what latents differ by, of the whole or of each of its parts of about equal length.
 *
 * The order is part of the definition, so that a result depends on the data alone and never on who
 * computed it: a part is cut into pieces of 4096 elements; in a piece element e is added to lane
 * e mod 4, in ascending order; the piece is (lane 0 + lane 1) + (lane 2 + lane 3); pieces are added
 * in ascending order. Four sums that do not wait for each other are what vector instructions need.
 */
import { LANES, vectorKernel, type VectorKernel } from '../kernel/vector-kernel.ts';
import type { Latents } from './vector.ts';

const PIECE = 4096;
/** Shorter latents are not worth the way into the kernel and back. */
const KERNEL_MIN = 256;
const kernel = vectorKernel();
/** The sums of a piece, `LANES` each: where the kernel leaves them. */
const lanes = kernel?.sums ?? new Float64Array(3 * LANES);

/** x - y, each from its offset. */
export interface Difference {
  readonly x: Latents;
  readonly xAt: number;
  readonly y: Latents;
  readonly yAt: number;
}

/** Elements of a latent, and how many parts it is cut into. */
export interface Cut {
  readonly n: number;
  readonly parts: number;
}

/** Elements from `from` to `to`; lanes are counted from `origin`. */
interface Span {
  readonly origin: number;
  readonly from: number;
  readonly to: number;
}

const whole = new Float64Array(1);

/** sqrt(mean (x - y)^2) */
export function rmsDifference(x: Latents, xAt: number, y: Latents, yAt: number, n: number): number {
  squareSums(whole, { x, xAt, y, yAt }, { n, parts: 1 });
  return Math.sqrt(whole[0]! / n);
}

/** out[g] = the sum of (x - y)^2 over part g. */
export function squareSums(out: Float64Array, dx: Difference, cut: Cut): void {
  sumParts(out, cut, dx);
}

/**
 * The inner products of two differences over part g: <dx, dx> in out[3 g], then <dx, df> and
 * <df, df>.
 */
export function productSums(out: Float64Array, cut: Cut, dx: Difference, df: Difference): void {
  sumParts(out, cut, dx, df);
}

/** Where part g begins. */
export function partStart(g: number, { n, parts }: Cut): number {
  return Math.floor((g * n) / parts);
}

function sumParts(out: Float64Array, cut: Cut, dx: Difference, df?: Difference): void {
  const { n, parts } = cut;
  const terms = df ? 3 : 1;
  const used = n >= KERNEL_MIN ? kernel : undefined;
  let staged = { from: 0, to: 0 };
  for (let g = 0; g < parts; g++) {
    const end = partStart(g + 1, cut);
    out.fill(0, g * terms, (g + 1) * terms);
    for (let from = partStart(g, cut); from < end; from += PIECE) {
      const to = Math.min(end, from + PIECE);
      const turned = used ? to - ((to - from) % LANES) : from;
      lanes.fill(0);
      if (used && turned > from) {
        if (to > staged.to) {
          staged = { from, to: Math.min(n, from + used.room) };
          stage(used, staged, dx, df);
        }
        if (df) used.products(from - staged.from, turned - staged.from);
        else used.squares(from - staged.from, turned - staged.from);
      }
      const rest = { origin: from, from: turned, to };
      if (df) addProducts(rest, dx, df);
      else addSquares(rest, dx);
      for (let k = 0; k < terms; k++) out[g * terms + k] = out[g * terms + k]! + ofLanes(k);
    }
  }
}

function ofLanes(k: number): number {
  const at = k * LANES;
  return lanes[at]! + lanes[at + 1]! + (lanes[at + 2]! + lanes[at + 3]!);
}

function stage(
  { slots }: VectorKernel,
  { from, to }: { readonly from: number; readonly to: number },
  dx: Difference,
  df: Difference | undefined,
): void {
  slots[0]!.set(dx.x.subarray(dx.xAt + from, dx.xAt + to));
  slots[1]!.set(dx.y.subarray(dx.yAt + from, dx.yAt + to));
  if (!df) return;
  slots[2]!.set(df.x.subarray(df.xAt + from, df.xAt + to));
  slots[3]!.set(df.y.subarray(df.yAt + from, df.yAt + to));
}

function addSquares({ origin, from, to }: Span, { x, xAt, y, yAt }: Difference): void {
  for (let e = from; e < to; e++) {
    const difference = x[xAt + e]! - y[yAt + e]!;
    const lane = (e - origin) % LANES;
    lanes[lane] = lanes[lane]! + difference * difference;
  }
}

function addProducts(
  { origin, from, to }: Span,
  { x, xAt, y, yAt }: Difference,
  df: Difference,
): void {
  for (let e = from; e < to; e++) {
    const moved = x[xAt + e]! - y[yAt + e]!;
    const image = df.x[df.xAt + e]! - df.y[df.yAt + e]!;
    const lane = (e - origin) % LANES;
    lanes[lane] = lanes[lane]! + moved * moved;
    lanes[LANES + lane] = lanes[LANES + lane]! + moved * image;
    lanes[2 * LANES + lane] = lanes[2 * LANES + lane]! + image * image;
  }
}
