/**
 * How many rows each live block evaluates in a round, from what a run in one block evaluated in
 * all: rows that may freeze next are called one by one, those behind them are mostly left out
 * (`solver/called-rows.ts`). So the blocks in front have more to do than their share, and every
 * block calls a few rows to measure by.
 */
import type { Block } from '../../../shared/numerics/partition.ts';
import type { RoundsEstimate } from './rounds-model.ts';

export interface LiveBlock {
  readonly index: number;
  /** Pairs of row and sample to evaluate. */
  readonly rows: number;
}

export interface Look {
  readonly steps: number;
  readonly window: number;
  readonly samples: number;
  readonly course: RoundsEstimate;
  /** Share of the rounds that is over. */
  readonly at: number;
}

/**
 * Of rows that will not freeze yet, the share that is called: 0.26 to 0.37 of the last quarter of
 * windows of 32 to 128 rows (both bundled models, DDPM-1000 and DDIM-100).
 */
const SPARSE = 0.3;

/** Blocks that have any, left to right. */
export function liveRows(blocks: readonly Block[], look: Look): LiveBlock[] {
  const { steps, window, course, at, samples } = look;
  const frontier = Math.min(steps - 1, Math.floor(profileAt(course.frontier, at) * steps));
  const end = Math.min(steps, frontier + window);
  const { dense, sparse } = densities(profileAt(course.rows, at) * window, end - frontier);
  const live: LiveBlock[] = [];
  for (let index = blockAt(blocks, frontier); index < blocks.length; index++) {
    const block = blocks[index];
    if (!block || block.begin >= end) break;
    const begin = Math.max(frontier, block.begin);
    const active = Math.min(end, block.end) - begin;
    const inFront = Math.min(active, Math.max(0, frontier + dense - begin));
    const called = Math.max(course.rowsLeast, inFront + sparse * (active - inFront));
    live.push({ index, rows: Math.max(1, Math.round(Math.min(active, called) * samples)) });
  }
  return live;
}

/** How many rows from the frontier on are all called, and which share of those behind them is. */
function densities(evaluated: number, active: number): { dense: number; sparse: number } {
  const share = Math.min(1, evaluated / Math.max(1, active));
  const sparse = Math.min(SPARSE, share);
  return { dense: ((share - sparse) / (1 - sparse)) * active, sparse };
}

/** A profile at a share of the rounds, on a line between its points. */
function profileAt(profile: readonly number[], at: number): number {
  const position = Math.min(profile.length - 1, Math.max(0, at * profile.length - 0.5));
  const low = Math.floor(position);
  const [left = 0, right = left] = [profile[low], profile[low + 1]];
  return left + (position - low) * (right - left);
}

/** The block that holds a step. */
function blockAt(blocks: readonly Block[], step: number): number {
  let [low, high] = [0, blocks.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle]?.end ?? 0) > step) high = middle;
    else low = middle + 1;
  }
  return low;
}
