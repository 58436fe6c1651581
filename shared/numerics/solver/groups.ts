/**
 * Groups of neighbouring elements that the error bound is kept for. A large latent decides many
 * things apart from each other, each at a noise level of its own: the gain of the whole latent is
 * that of whatever decides just then, and the product of all of them is what nothing has grown by.
 * So each group of a large latent has gains and a bound of its own, and freezes no sooner than it
 * would by itself. Small latents are one group.
 */
import { partStart, productSums, squareSums } from '../differences.ts';
import type { Latents } from '../vector.ts';
import type { Place } from './follow.ts';

/** Elements that one bound is enough for: the models that the rule was measured with have fewer. */
const GROUP = 1024;
export const GROUPS_MAX = 16;

export function groupsOf(dim: number): number {
  return Math.min(GROUPS_MAX, Math.max(1, Math.floor(dim / GROUP)));
}

/** How far a latent moved, per sample. */
export interface Movement {
  readonly rms: Float64Array;
  /** RMS of the group that moved most: a small part of a latent may be all that decides. */
  readonly peak: Float64Array;
}

const squares = new Float64Array(GROUPS_MAX);

/** RMS(x - y) of a latent, and of the group where it is largest, in one pass. */
export function distance(x: Place, y: Place, dim: number): { rms: number; peak: number } {
  const groups = groupsOf(dim);
  const cut = { n: dim, parts: groups };
  squareSums(squares, { x: x.data, xAt: x.at, y: y.data, yAt: y.at }, cut);
  let [sum, peak] = [0, 0];
  for (let g = 0; g < groups; g++) {
    sum += squares[g]!;
    const count = partStart(g + 1, cut) - partStart(g, cut);
    peak = Math.max(peak, squares[g]! / count);
  }
  return { rms: Math.sqrt(sum / dim), peak: Math.sqrt(peak) };
}

/**
 * The same of a bundle: the root of the sum over its parts, so that a row that passes on what
 * several of them moved by does so by no more than the norm of its response times this.
 */
export function bundleDistance(
  x: Place,
  y: Place,
  { dim, parts }: { readonly dim: number; readonly parts: number },
): { rms: number; peak: number } {
  if (parts === 1) return distance(x, y, dim);
  let [square, peakSquare] = [0, 0];
  for (let k = 0; k < parts; k++) {
    const from = { data: x.data, at: x.at + k * dim };
    const own = distance(from, { data: y.data, at: y.at + k * dim }, dim);
    square += own.rms * own.rms;
    peakSquare += own.peak * own.peak;
  }
  return { rms: Math.sqrt(square), peak: Math.sqrt(peakSquare) };
}

/** Two evaluations of a row: states and images. */
export interface Evaluations {
  readonly state: Latents;
  readonly other: Latents;
  readonly image: Latents;
  readonly imageOld: Latents;
}

/**
 * ||dx||^2, <dx, dF> and ||dF||^2 of every group of the latent at `at`, [groups x 3], and of the
 * whole latent in `total`.
 */
export function groupProducts(
  out: Float64Array,
  total: Float64Array,
  { state, other, image, imageOld }: Evaluations,
  { at, dim, groups }: { readonly at: number; readonly dim: number; readonly groups: number },
): void {
  const dx = { x: state, xAt: at, y: other, yAt: at };
  const df = { x: image, xAt: at, y: imageOld, yAt: at };
  productSums(out, { n: dim, parts: groups }, dx, df);
  total.fill(0);
  for (let k = 0; k < 3 * groups; k++) total[k % 3] = total[k % 3]! + out[k]!;
}

/**
 * ||dF|| / ||dx|| of a group, of which ||dx|| is taken for no less than the group's even part of
 * the whole movement: what others pass on to a group that hardly moves is no gain of its own.
 */
export function groupGain(products: Float64Array, g: number, xx: number, groups: number): number {
  return Math.sqrt(products[3 * g + 2]! / Math.max(products[3 * g]!, xx / groups));
}
