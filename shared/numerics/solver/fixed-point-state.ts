/** State of a block of the Picard family, and where its rows are. */
import type { NoiseAhead } from '../noise-ahead.ts';
import { spanOf } from '../bundle.ts';
import type { BlockProblem } from './block-solver.ts';
import type { Response } from './follow.ts';
import type { RowStore } from './row-store.ts';

export interface FixedPointState {
  readonly problem: BlockProblem;
  readonly rows: RowStore;
  /** First active row of each sample, clamped to the block. */
  readonly frontier: Int32Array;
  /** 1 where the input of the sample's first active row is final. */
  readonly final: Uint8Array;
  /** One past the last step whose row has entered. */
  activeEnd: number;
  /** x0-hat of the last evaluated row, per sample. */
  readonly denoised: Float32Array;
  hasDenoised: boolean;
  /**
   * d x0-hat / d al between the last two evaluated rows, per sample: rows that enter follow it.
   * Empty where noise makes it meaningless.
   */
  readonly denoisedSlope: Float32Array;
  /** 1 where that slope is known, per sample: two neighbouring rows were evaluated. */
  readonly hasTrend: Uint8Array;
  /** The step that x0-hat is of; and during a sweep the one before, per sample. */
  denoisedRow: number;
  readonly trendRow: Int32Array;
  /** sigma where it was measured last, per sample; -1 before. */
  readonly volatility: Float64Array;
  /** tau where it was measured last, per sample. */
  readonly roughness: Float64Array;
  /** The job's frontier as it was told last, per sample; -1 before. */
  readonly told: Int32Array;
  /** Rows left of it may freeze in this round, per sample, if they move on as in the last one. */
  readonly reach: Int32Array;
  /** Gaussian prior and the method's own closed-form slope, per step of the table. */
  readonly prior: Float64Array;
  readonly closedForm: Float64Array;
  /** mu of the prior, per step. */
  readonly valuePrior: Float64Array;
  /** The scan carries what a row passes on by its value M as well; else M is held fixed. */
  readonly linked: boolean;
  readonly anderson: Anderson | undefined;
  /** The noise of rows that enter, some of it drawn before. */
  readonly noise: NoiseAhead;
  /** Rows that are final, x[begin + 1 .. end], where the job keeps them. */
  readonly kept: Float32Array | undefined;
}

/** No step adds noise: x0-hat goes on as it went. */
export function isSmooth({ denoisedSlope }: FixedPointState): boolean {
  return denoisedSlope.length > 0;
}

/** Index of (row, sample) in the scalars of the store; times span, in its bundles. */
export function indexOf(state: FixedPointState, row: number, sample: number): number {
  const { problem, rows } = state;
  return ((row - problem.begin) % rows.slots) * problem.samples + sample;
}

/** Where the bundle of (row, sample) starts. */
export function bundleAt(state: FixedPointState, row: number, sample: number): number {
  return indexOf(state, row, sample) * spanOf(state.problem);
}

/** P of (row, sample). */
export function responseAt(state: FixedPointState, row: number, sample: number): Response {
  const { parts } = state.problem.table;
  const at = indexOf(state, row, sample) * parts * parts;
  return { data: state.rows.product, at, parts };
}

/** Anderson acceleration of a block, see `anderson.ts`. */
export interface Anderson {
  /** Takes in this round's increments; Gram totals of the block's rows, [samples, moments]. */
  totals(state: FixedPointState): Float64Array;
  /** Corrects the scanned rows, given the totals of all blocks to the left. */
  correct(state: FixedPointState, prefix: Float64Array): void;
}
