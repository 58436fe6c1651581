/**
 * What happens between the blocks: boundaries left to right, gain weights right to left, and the
 * frontier. Used by the coordinator and by `drive.ts`; nowhere else is a block told what to do.
 */
import * as vector from './vector.ts';
import type { BlockSummary } from './solver/block-solver.ts';

/** Right boundary = S + P (left new - left old), per sample; numerics 3.2. */
export function composeBoundary(
  summary: { readonly offset: Float32Array; readonly slope: Float64Array },
  leftNew: Float32Array,
  leftOld: Float32Array,
): Float32Array {
  const { offset, slope } = summary;
  const samples = slope.length;
  const dim = offset.length / samples;
  const right = new Float32Array(offset.length);
  for (let m = 0; m < samples; m++) {
    const at = m * dim;
    vector.increment(right, at, offset, at, slope[m]!, leftNew, at, leftOld, at, dim);
  }
  return right;
}

/** The gain weight right of each block, [blocks][samples]: 1 behind the last one (7.2). */
export function composeWeights(
  summaries: readonly Pick<BlockSummary, 'weightFloor' | 'weightScale'>[],
  samples: number,
): Float64Array[] {
  const weights: Float64Array[] = [];
  let weight = new Float64Array(samples).fill(1);
  for (const { weightFloor, weightScale } of [...summaries].reverse()) {
    weights.unshift(weight);
    weight = weight.map((w, m) => Math.max(weightFloor[m]!, weightScale[m]! * w));
  }
  return weights;
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
 * a block counts only if the frontier has reached it.
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
