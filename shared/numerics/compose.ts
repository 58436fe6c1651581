/**
 * What happens between the blocks: boundaries left to right, Gram totals left to right, and the
 * frontier. Used by the coordinator and by `round.ts`; nowhere else is a block told what to do.
 */
import { follow } from './solver/follow.ts';
import { bundleDistance, type Movement } from './solver/groups.ts';
import * as vector from './vector.ts';

/** A live block after its sweep, left to right. */
export interface SweptBlock {
  /** Row of the left boundary. */
  readonly begin: number;
  /** Row of the offset. */
  readonly row: number;
  readonly offset?: Float32Array | undefined;
  /** P, [samples x parts x parts] */
  readonly slope: Float64Array;
  /** Left boundary that it swept with; may be absent for the leftmost block. */
  readonly left?: Float32Array | undefined;
  /** What that has become since, in rounds that ended without the block; absent where none did. */
  readonly leftSince?: Float32Array | undefined;
}

/** Per block, left to right. */
export interface Composition {
  /** Bundle at the block's `row`: S + P D; where the neighbour begins, its new left boundary. */
  readonly rights: readonly (Float32Array | undefined)[];
  /** D of the block's left boundary. */
  readonly movements: readonly Movement[];
}

/** Live blocks at both ends of those that are composed. */
export interface Neighbours {
  /** The new left boundary of the first block; absent where it stays. */
  readonly before?: Float32Array | undefined;
  readonly after?: Pick<SweptBlock, 'begin' | 'left' | 'leftSince'> | undefined;
}

/**
 * Chains neighbouring blocks of a round; numerics 3.2. The boundary of the leftmost one of all is
 * final. A boundary that is frozen keeps its bits: for a sample that is further on than a block,
 * the block says nothing.
 */
export function composeBoundaries(
  blocks: readonly SweptBlock[],
  frontier: Int32Array,
  { before: first, after }: Neighbours = {},
): Composition {
  const rights: (Float32Array | undefined)[] = [];
  const movements: Movement[] = [];
  for (const [j, block] of blocks.entries()) {
    const before = blocks[j - 1];
    const chained = before?.row === block.begin ? rights[j - 1] : undefined;
    const leftNew = (j === 0 ? first : chained) ?? block.leftSince;
    const movement = movementOf(leftNew, block.left, partsOf({ frontier, slope: block.slope }));
    movements.push(movement);
    const right = rightOf(block, leftNew, movement);
    const next = blocks[j + 1] ?? after;
    rights.push(next?.begin === block.row ? keepFrozen(right, next, frontier) : right);
  }
  return { rights, movements };
}

/** The latents of a bundle. */
interface Parts {
  readonly samples: number;
  readonly parts: number;
}

function partsOf({ frontier, slope }: { frontier: Int32Array; slope: Float64Array }): Parts {
  const samples = frontier.length;
  return { samples, parts: Math.sqrt(slope.length / samples) };
}

function movementOf(
  to: Float32Array | undefined,
  from: Float32Array | undefined,
  { samples, parts }: Parts,
): Movement {
  const still = new Float64Array(samples);
  if (!to || !from) return { rms: still, peak: still };
  const dim = to.length / samples / parts;
  const peak = new Float64Array(samples);
  const rms = still.map((_, m) => {
    const moved = bundleDistance(
      { data: to, at: m * parts * dim },
      { data: from, at: m * parts * dim },
      { dim, parts },
    );
    peak[m] = moved.peak;
    return moved.rms;
  });
  return { rms, peak };
}

/** S where the left boundary stays, else S + P D. */
function rightOf(
  { offset, slope, left }: SweptBlock,
  leftNew: Float32Array | undefined,
  { rms }: Movement,
): Float32Array | undefined {
  if (!offset || !leftNew || !left || rms.every((norm) => norm === 0)) return offset;
  const samples = rms.length;
  const parts = Math.sqrt(slope.length / samples);
  const span = offset.length / samples;
  const right = new Float32Array(offset.length);
  for (let m = 0; m < samples; m++) {
    const at = m * span;
    const dim = span / parts;
    const moved = { to: leftNew, toAt: at, from: left, fromAt: at, norm: rms[m]!, dim };
    const response = { data: slope, at: m * parts * parts, parts };
    follow({ data: right, at }, { data: offset, at }, response, moved);
  }
  return right;
}

function keepFrozen(
  right: Float32Array | undefined,
  { begin, left: sweptWith, leftSince }: NonNullable<Neighbours['after']>,
  frontier: Int32Array,
): Float32Array | undefined {
  const left = leftSince ?? sweptWith;
  if (!right || !left || frontier.every((row) => row < begin)) return right;
  const kept = right.slice();
  const dim = right.length / frontier.length;
  for (const [m, row] of frontier.entries()) {
    if (row >= begin) vector.copyInto(kept, m * dim, left, m * dim, dim);
  }
  return kept;
}

/** Whether a movement of `composeBoundaries` is one: else the boundary kept every bit. */
export function hasMoved(movement: Movement | undefined): boolean {
  return movement?.rms.some((norm) => norm !== 0) ?? false;
}

/** Exclusive prefix sums of the Gram totals, left to right. */
export function composeMoments(totals: readonly Float64Array[]): Float64Array[] {
  let sum = new Float64Array(totals[0]?.length ?? 0);
  return totals.map((block) => {
    const prefix = sum;
    sum = sum.map((value, k) => value + block[k]!);
    return prefix;
  });
}

/**
 * Moves each sample's frontier over the rows that passed. Rows freeze only behind frozen rows, so
 * a block counts only if the frontier has reached it. For methods that freeze block by block.
 */
export function advanceFrontier(
  frontier: Int32Array,
  blocks: readonly { begin: number; end: number; passing: Int32Array }[],
): Int32Array {
  return frontier.map((from, m) => {
    let row = from;
    for (const { begin, end, passing } of blocks) {
      if (row < begin || row >= end) continue;
      row = Math.min(end, row + passing[m]!);
    }
    return row;
  });
}

/** One past the last active step: the slowest sample holds the window (7.2). */
export function windowEndOf(frontier: Int32Array, window: number, steps: number): number {
  return Math.min(steps, Math.min(...frontier) + window);
}
