/**
 * How the rows of a sweep are cut into model calls. The worker's batcher cuts here and the
 * coordinator's planner predicts with the same cuts.
 *
 *   model row   one row of a call; a guided row is two of them, next to each other
 *   batch       consecutive model rows, at most `maxBatch`, never half a pair where two fit
 */
import { bestBatches, type LatencyCurve } from './latency-curve.ts';

export interface Batch {
  /** First model row. */
  readonly from: number;
  readonly count: number;
}

export interface CallShape {
  readonly guided: boolean;
  /** One call takes one timestep for all its rows. */
  readonly sharedTimestep: boolean;
}

/** The batches of a sweep, in model rows. `timesteps` are read for a shared timestep only. */
export function batchesOf(
  rows: { readonly count: number; readonly timesteps: ArrayLike<number> },
  { guided, sharedTimestep }: CallShape,
  maxBatch: number,
): Batch[] {
  const perRow = guided ? 2 : 1;
  // With room for one model row only, a pair needs two calls.
  const unit = Math.min(perRow, maxBatch);
  const most = Math.floor(maxBatch / unit);
  const batches: Batch[] = [];
  for (const [from, to] of stretches(rows, sharedTimestep)) {
    let at = from * perRow;
    for (const units of evenly(((to - from) * perRow) / unit, most)) {
      batches.push({ from: at, count: units * unit });
      at += units * unit;
    }
  }
  return batches;
}

/** Rows [from, to) that may share calls. */
function stretches(
  { count, timesteps }: { readonly count: number; readonly timesteps: ArrayLike<number> },
  split: boolean,
) {
  if (!split) return count === 0 ? [] : [[0, count] as const];
  const found: (readonly [from: number, to: number])[] = [];
  let from = 0;
  for (let row = 1; row <= count; row++) {
    if (row < count && timesteps[row] === timesteps[from]) continue;
    found.push([from, row]);
    from = row;
  }
  return found;
}

/** `count` in the fewest pieces of at most `most`, the larger ones first; they differ by one. */
function evenly(count: number, most: number): number[] {
  const pieces = Math.ceil(count / most);
  const least = Math.floor(count / pieces);
  const larger = count - pieces * least;
  return Array.from({ length: pieces }, (_, k) => least + (k < larger ? 1 : 0));
}

/** What the worker's batcher and the planner need to know of a model. */
export interface BatchedModel {
  readonly maxBatch: number;
  readonly batchJitter: number;
  readonly latencyCurve: LatencyCurve;
}

/**
 * Most model rows of a call that still pays. Beyond its best batch a device gains nothing per row
 * (measured: fashion-unet on one core, 2.6 ms a row in batches of 4, 2.8 ms in batches of 32). A
 * model whose rows depend on the batch they are in keeps the full batch: its cuts must not follow
 * a measurement that varies.
 */
export function worthwhileBatch(model: BatchedModel, guided: boolean): number {
  if (model.batchJitter > 0) return model.maxBatch;
  const { smallest } = bestBatches(model.latencyCurve);
  return Math.min(model.maxBatch, Math.max(guided ? 2 : 1, smallest));
}

/**
 * Most model rows of a call that blocks and jobs share: as long as a row costs no more than alone,
 * one call is worth the way to the model that it saves. Which rows share one is chance: so not
 * where their bits depend on it, nor where all rows of a call have one timestep.
 */
export function sharedBatch(model: BatchedModel & { readonly sharedTimestep: boolean }): number {
  if (model.batchJitter > 0 || model.sharedTimestep) return 0;
  return Math.min(model.maxBatch, bestBatches(model.latencyCurve).largest);
}
