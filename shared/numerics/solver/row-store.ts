/**
 * Storage of a block's live rows.
 *
 * Only rows between the frontier and the edge of the window are needed, so rows live in a ring of
 * min(block length, window) + 1 slots: the memory of a block does not grow with the trajectory.
 * The bundle of row i, sample m starts at offset ((i - begin) mod slots * samples + m) span, its
 * noise at that index times dim; scalars per (row, sample) use the index itself.
 */
import { assert } from '../../kernel/assert.ts';
import { groupsOf } from './groups.ts';
import { spanOf } from '../bundle.ts';
import type { BlockProblem } from './block-solver.ts';

/** Where a row's network output is from. */
export const source = { undecided: -1, between: 0, moved: 1, called: 2 } as const;

export interface RowStore {
  readonly slots: number;
  /** X: the states of this round, bundles. */
  state: Float32Array;
  /** The states of the previous round until the scan, the scanned states after it. */
  other: Float32Array;
  /** F: the next row's bundle as made from this one, written over the network output. */
  image: Float32Array;
  /** F of the previous round. */
  imageOld: Float32Array;
  /** Noise of each step, drawn once when its row enters; empty for deterministic tables. */
  readonly noise: Float32Array;
  /** Rounds in which the row was evaluated. */
  readonly age: Int32Array;
  /** Where the network's output of this round is from (`called-rows.ts`). */
  readonly source: Int8Array;
  /** The same of the round before; `between` where there was none. */
  readonly sourceBefore: Int8Array;
  /** x0-hat of the round before, [rows x dim]; empty where no row takes a change of it. */
  readonly denoised: Float32Array;
  /** sigma: RMS of what x0-hat changes by from row to row; -1 before it was measured. */
  readonly volatility: Float64Array;
  /** tau: what interpolated changes of x0-hat miss per movement of a row. */
  readonly roughness: Float64Array;
  /** RMS of what the row's input moved by since the round before. */
  readonly inputMoved: Float64Array;
  /** What the row's step is off by because it was not called in this round. */
  readonly interpolated: Float64Array;
  /** J: the linear part of the step in x. */
  readonly slope: Float64Array;
  /** mu: the linear part of M_i in x_i; empty where steps have no memory. */
  readonly valueSlope: Float64Array;
  /**
   * P: product of the linear parts since the left boundary, [rows x parts x parts] from part to
   * part of a bundle; 0 behind a frozen row.
   */
  readonly product: Float64Array;
  /** ||dF|| / ||dx||, last measured value, 1 before. */
  readonly gain: Float64Array;
  /** Largest gain along a small movement since the row began; 0 before. */
  readonly nearGain: Float64Array;
  /** The gain of every group of elements, [rows x groups]; empty where there is one group. */
  readonly groupGain: Float64Array;
  /** RMS(F_i - x_{i+1}) per step. */
  readonly residual: Float64Array;
  /** ||dF - J dx|| / ||dx|| of the last two evaluations, for J and for its closed form; or -1. */
  readonly departure: Float64Array;
  readonly closedFormDeparture: Float64Array;
  /** RMS of the last movement, indexed by the step that leads to the row. */
  readonly update: Float64Array;
  /** The same of the group of elements that moved most; empty where there is one group. */
  readonly peak: Float64Array;
}

export function createRowStore(problem: BlockProblem): RowStore {
  const { begin, end, samples, dim, table } = problem;
  assert(0 <= begin && begin < end && end <= table.steps, `block [${begin}, ${end}) out of range`);
  const slots = Math.min(end - begin, problem.window) + 1;
  const rows = slots * samples;
  const latents = rows * spanOf(problem);
  const { parts } = table;
  const groups = groupsOf(dim);
  const latent = (length: number): Float32Array =>
    problem.buffers?.take(length) ?? new Float32Array(length);
  return {
    slots,
    state: latent(latents),
    other: latent(latents),
    image: latent(latents),
    imageOld: latent(latents),
    noise: isStochastic(problem) ? latent(rows * dim) : new Float32Array(),
    age: new Int32Array(rows),
    source: new Int8Array(rows).fill(source.called),
    sourceBefore: new Int8Array(rows).fill(source.called),
    denoised: latent(problem.interpolation && isStochastic(problem) ? rows * dim : 0),
    volatility: new Float64Array(rows).fill(-1),
    roughness: new Float64Array(rows),
    inputMoved: new Float64Array(rows),
    interpolated: new Float64Array(rows),
    slope: new Float64Array(rows),
    valueSlope: new Float64Array(parts > 1 ? rows : 0),
    product: new Float64Array(rows * parts * parts),
    gain: new Float64Array(rows).fill(1),
    nearGain: new Float64Array(rows),
    groupGain: new Float64Array(groups > 1 ? rows * groups : 0).fill(1),
    residual: new Float64Array(rows),
    departure: new Float64Array(rows).fill(-1),
    closedFormDeparture: new Float64Array(rows).fill(-1),
    update: new Float64Array(rows),
    peak: new Float64Array(groups > 1 ? rows : 0),
  };
}

/** The latents go back to where they came from; the rows are not to be used any more. */
export function dropRowStore({ buffers }: BlockProblem, rows: RowStore): void {
  if (!buffers) return;
  const { state, other, image, imageOld, noise, denoised } = rows;
  for (const latents of [state, other, image, imageOld, noise, denoised]) {
    if (latents.length > 0) buffers.give(latents);
  }
}

function isStochastic({ table, begin, end }: BlockProblem): boolean {
  for (let i = begin; i < end; i++) if (table.noiseScale[i] !== 0) return true;
  return false;
}
