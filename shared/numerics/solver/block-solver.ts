/**
 * The interface of every block method. A block owns the steps [begin, end) of one trajectory,
 * for all samples of the job, and keeps the states x[begin .. end] beside the model.
 *
 * One round of a block (docs/NUMERICS.md, "Blocks"):
 *
 *   sweep     apply the movement of the left boundary that the last composition found, evaluate
 *             the active rows and scan them; the reply says what the block does to a movement of
 *             its left boundary:  right = offset + slope (left - left it swept with)
 *   compose   the caller chains those replies left to right (`compose.ts`) and decides from their
 *             scalars which rows freeze (`freeze.ts`): it alone sees every block
 *
 * Methods that do more than that have it as a part of their own: `acceleration` (parataa) acts
 * between a composition and the freezing, `pipeline` (parareal) takes the place of both.
 *
 * A latent argument or result holds `samples x dim` float32 values; scalars "per sample" are
 * [samples].
 */
import type { RowScalars } from '../../kernel/row-scalars.ts';
import type { EvaluationCost, Denoiser } from '../denoiser.ts';
import type { NoiseAhead } from '../noise-ahead.ts';
import type { NoiseSource } from '../sequential.ts';
import type { StepTable } from '../step-table.ts';
import type { Buffers } from './buffers.ts';
import type { Method } from './method.ts';
import type { StopRule } from './stop-rules.ts';

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
  /** As in `FreezeRule`. */
  readonly spread?: number | undefined;
  /** Which rule decides what freezes, with that tolerance; `final` where absent. */
  readonly stop?: StopRule | undefined;
  /** As in `FreezeRule`. */
  readonly contraction?: Float64Array | undefined;
  /** [N] What leaving a row out may change its step by; absent: every row is called. */
  readonly interpolation?: Float64Array | undefined;
  readonly noise: NoiseSource;
  /** The same noise, drawn ahead for all blocks of the job that are here; else the block's own. */
  readonly ahead?: NoiseAhead | undefined;
  /** Rows [from, to) that will probably be asked for next, by another block. */
  readonly nextRows?: (() => readonly [from: number, to: number] | undefined) | undefined;
  readonly denoiser: Denoiser;
  /** Where rows take their memory from, and return it; new memory where absent. */
  readonly buffers?: Buffers | undefined;
  /** States to start from in place of a roll-out; may reach beyond the block. */
  readonly given?: GivenRows | undefined;
  /** All rows of the block are wanted in the end, not only those of the window. */
  readonly keepRows?: boolean | undefined;
}

/** Consecutive rows of a trajectory to start from. */
export interface GivenRows {
  /** Row of the first state. */
  readonly first: number;
  /** [rows x samples x dim] */
  readonly states: Float32Array;
  /** The noise that they were sampled with, where it is not the job's. */
  readonly noise?: NoiseSource | undefined;
}

/** The right end of the active rows: where the next rows grow from. */
export interface Edge {
  /** Row of `state`: the first row that has no step evaluated yet. */
  readonly row: number;
  readonly state: Float32Array;
  /** x0-hat of the last evaluated row; absent before any evaluation. */
  readonly denoised?: Float32Array;
  /** sigma there, per sample, -1 where it was not measured; absent: nowhere. */
  readonly volatility?: Float64Array;
}

/** What a sweep is told: which rows are final, and how far the window reaches. */
export interface SweepRange {
  /** First row that is not frozen, per sample; may lie left or right of the block. */
  readonly frontier: Int32Array;
  /** One past the last active step of the job. */
  readonly windowEnd: number;
  /** No neighbour waits for the right end. */
  readonly alone?: boolean;
}

/** Cost of one sweep or absorption. A guided pair is one model call and two forward passes. */
export interface Cost extends EvaluationCost {
  readonly modelCalls: number;
}

export interface BlockSummary {
  /** The row behind the last evaluated step. */
  readonly row: number;
  /** S: the state at `row` if the left boundary does not move; absent where nobody needs it. */
  readonly offset?: Float32Array;
  /** P: what a movement of the left boundary is multiplied with at `row`, per sample. */
  readonly slope: Float64Array;
  /** What freezing looks at; absent where it comes with the correction, and from Parareal. */
  readonly rows?: RowScalars;
  readonly cost: Cost;
  /** Largest residual over samples of each evaluated step, from `firstStep`. */
  readonly firstStep: number;
  readonly residualNorms: Float32Array;
}

export interface BlockSolver {
  readonly begin: number;
  readonly end: number;
  /** @param left the left boundary, where it moved since the last sweep */
  sweep(range: SweepRange, left?: Float32Array): Promise<BlockSummary>;
  /** x0-hat of the last evaluated row; absent before any evaluation. */
  denoised(): Float32Array | undefined;
  /** sigma there, per sample; absent where every row is called. */
  volatility?(): Float64Array;
  /** After a round in which the left boundary did not move, or is applied. */
  edge(): Edge;
  /**
   * x[row] of all samples, for a row that is final: not left of the slowest sample's frontier, and
   * not right of any. Methods that tell of whole blocks only have none.
   */
  frozenRow?(row: number): Float32Array;
  /** x[row] of all samples as the last sweep evaluated it, and what the step made of it. */
  evaluated?(row: number): { readonly from: Float32Array; readonly to: Float32Array };
  /**
   * With `keepRows`, once the block is frozen: x[begin + 1 .. end], [rows x samples x dim].
   * @param left the left boundary, where it moved since the last sweep
   */
  rows?(left?: Float32Array): Float32Array;
  /**
   * Between two rounds: the rows that others can go on with, from the last one that is frozen for
   * every sample (or the left boundary) to the last live one, [rows x samples x dim].
   * @param left the left boundary, where it moved since the last sweep
   */
  liveRows?(left?: Float32Array): { readonly first: number; readonly states: Float32Array };
  readonly acceleration?: Acceleration;
  readonly pipeline?: Pipeline;
  /** The end of the block: its memory goes back to `buffers`; nothing may be called any more. */
  dispose?(): void;
}

/** Parataa: the rows of a round are corrected once the boundaries are composed. */
export interface Acceleration {
  /**
   * @param left new left boundary, undefined when it did not move
   * @returns Gram totals of this block, [samples, moments]
   */
  absorb(left: Float32Array | undefined): Float64Array;
  /** @param prefix Gram totals of all active blocks left of this one */
  correct(prefix: Float64Array): RowScalars;
}

/** Parareal: a block makes its own right boundary from its left one. */
export interface Pipeline {
  /** @param left new left boundary, undefined when it did not move */
  absorb(left: Float32Array | undefined): Promise<Absorption>;
}

export interface Absorption {
  readonly right: Float32Array;
  /** How many leading active rows pass the freeze test if all rows left of them are final. */
  readonly passing: Int32Array;
  /** Largest update norm over samples. */
  readonly updateNorm: number;
  /** What the rows that pass inexactly may still be off by, the worst sample. */
  readonly weightedUpdateSum: number;
  readonly cost: Cost;
}

export const noCost: Cost = {
  modelCalls: 0,
  forwardPasses: 0,
  microBatches: 0,
  modelMs: 0,
  queueMs: 0,
  elapsedMs: 0,
};

type Time = Pick<Cost, 'modelMs' | 'deviceMs'>;

/** The sum, if either is of an emulated device: calls of a real one take what they take. */
export function deviceTime(a: Time, b: Time): { readonly deviceMs?: number } {
  if (a.deviceMs === undefined && b.deviceMs === undefined) return {};
  return { deviceMs: (a.deviceMs ?? a.modelMs) + (b.deviceMs ?? b.modelMs) };
}

export function addCost(a: Cost, b: Cost): Cost {
  return {
    modelCalls: a.modelCalls + b.modelCalls,
    forwardPasses: a.forwardPasses + b.forwardPasses,
    microBatches: a.microBatches + b.microBatches,
    modelMs: a.modelMs + b.modelMs,
    ...deviceTime(a, b),
    queueMs: a.queueMs + b.queueMs,
    elapsedMs: a.elapsedMs + b.elapsedMs,
  };
}
