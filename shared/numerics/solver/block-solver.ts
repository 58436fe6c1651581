/**
 * The interface of every block method. A block owns the steps [begin, end) of one trajectory,
 * for all samples of the job, and keeps the states x[begin .. end] beside the model.
 *
 * One round of a block (docs/NUMERICS.md, "One round"):
 *
 *   sweep     evaluate the active rows and scan them; the reply says what the block does to a
 *             movement of its left boundary:  right = offset + slope (left - left it swept with)
 *   compose   the caller chains those replies left to right (`compose.ts`)
 *   absorb    apply the movement of the left boundary, measure how far every row moved
 *   correct   only where the method accelerates across rows: apply the Anderson correction
 *
 * The caller decides what freezes: it alone sees every block. A latent argument or result holds
 * `samples x dim` float32 values; scalars "per sample" are [samples].
 */
import type { EvaluationCost, Denoiser } from '../denoiser.ts';
import type { NoiseSource } from '../sequential.ts';
import type { StepTable } from '../step-table.ts';
import type { Method } from './method.ts';

/** Everything a block needs to know; immutable. */
export interface BlockProblem {
  readonly table: StepTable;
  readonly begin: number;
  readonly end: number;
  readonly samples: number;
  /** Elements of one latent. */
  readonly dim: number;
  /** The most rows live at once in the whole job: bounds the storage of a block. */
  readonly window: number;
  readonly method: Method;
  /** Wanted RMS deviation of the final sample from the sequential one; 0 is exact mode. */
  readonly tolerance: number;
  readonly noise: NoiseSource;
  readonly denoiser: Denoiser;
}

/** The right end of the active rows: where the next rows grow from. */
export interface Edge {
  /** Row of `state`: the first row that has no step evaluated yet. */
  readonly row: number;
  readonly state: Float32Array;
  /** x0-hat of the last evaluated row; absent before any evaluation. */
  readonly denoised?: Float32Array;
}

/** What a sweep is told: which rows are final, and how far the window reaches. */
export interface SweepRange {
  /** First row that is not frozen, per sample; may lie left or right of the block. */
  readonly frontier: Int32Array;
  /** One past the last active step of the job. */
  readonly windowEnd: number;
}

/** Cost of one sweep or absorption. A guided pair is one model call and two forward passes. */
export interface Cost extends EvaluationCost {
  readonly modelCalls: number;
}

export interface BlockSummary {
  /** S: the right boundary if the left one does not move; absent when the rows end earlier. */
  readonly offset?: Float32Array;
  /** P: what a movement of the left boundary is multiplied with, per sample. */
  readonly slope: Float64Array;
  /** The block's map of gain weights from right to left, w -> max(floor, scale w), per sample. */
  readonly weightFloor: Float64Array;
  readonly weightScale: Float64Array;
  readonly cost: Cost;
  /** Largest residual over samples of each evaluated step, from `firstStep`. */
  readonly firstStep: number;
  readonly residualNorms: Float32Array;
}

export interface Absorption {
  /** How many leading active rows pass the freeze test if all rows left of them are final. */
  readonly passing: Int32Array;
  /** Largest gain-weighted update norm over samples and active rows. */
  readonly updateNorm: number;
  /** Sum of the gain-weighted update norms of the rows that pass inexactly, the worst sample. */
  readonly weightedUpdateSum: number;
  /** Parareal only: the new right boundary. */
  readonly right?: Float32Array;
  /** Parataa only: Gram totals of this block; the rows still await `correct`. */
  readonly moments?: Float64Array;
  readonly cost: Cost;
}

export interface BlockSolver {
  readonly begin: number;
  readonly end: number;
  sweep(range: SweepRange): Promise<BlockSummary>;
  /**
   * @param left new left boundary, undefined when it did not move
   * @param weight gain weight of everything right of this block, per sample
   */
  absorb(left: Float32Array | undefined, weight: Float64Array): Promise<Absorption>;
  /** @param prefix Gram totals of all active blocks left of this one */
  correct(prefix: Float64Array): Absorption;
  edge(): Edge;
}

export const noCost: Cost = {
  modelCalls: 0,
  forwardPasses: 0,
  microBatches: 0,
  modelMs: 0,
  queueMs: 0,
};

export function addCost(a: Cost, b: Cost): Cost {
  return {
    modelCalls: a.modelCalls + b.modelCalls,
    forwardPasses: a.forwardPasses + b.forwardPasses,
    microBatches: a.microBatches + b.microBatches,
    modelMs: a.modelMs + b.modelMs,
    queueMs: a.queueMs + b.queueMs,
  };
}
