/**
 * What the coordinator and the workers say to each other about blocks, as plain data: the pure
 * cores speak these, `shared/protocol` puts them on the wire. Field by field the messages of
 * `proto/isochron/v1/fleet.proto`, where every one is documented.
 *
 * Latents are [samples * dim] float32; "per sample" arrays are [samples].
 */
import type { StepRule } from './step-rule.ts';
import type { ErrorState } from './error-state.ts';
import type { RowScalars } from './row-scalars.ts';

/** The proof that a message is about the present. */
export interface Fence {
  readonly job: string;
  readonly block: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly round: number;
}

/** Everything about a job that its blocks share. */
export interface JobSpec {
  readonly job: string;
  readonly model: string;
  readonly modelSha256: string;
  readonly samples: number;
  /** Number of the first of them, for their noise; 0 where absent. */
  readonly firstSample?: number;
  readonly dim: number;
  readonly seed: number;
  readonly method: string;
  readonly initialization: string;
  readonly priorStd: number;
  readonly memory: number;
  readonly order: number;
  readonly regularization: number;
  readonly window: number;
  readonly tolerance: number;
  readonly stop: string;
  readonly guidance: number;
  /** [steps] Weights that change along the way; `guidance` is the greatest. Absent: all have it. */
  readonly guidanceWeights?: Float64Array;
  /** The model runs in pairs, with and without condition. */
  readonly guided: boolean;
  /** Values of every condition, one per sample and element. */
  readonly conditions: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Latents travel as float16. */
  readonly half?: boolean;
  readonly prediction: string;
  /** [steps], [steps + 1] twice, [steps]: the grid, numerics `Grid`. */
  readonly timesteps: Float64Array;
  readonly signals: Float64Array;
  readonly sigmas: Float64Array;
  readonly noiseScales: Float64Array;
  /** x[0] is unit noise times this; absent: 1. */
  readonly initialScale?: number;
  /** What makes the next state; absent: the grid tells it. */
  readonly rule?: StepRule;
  /** [steps] Of an error behind each step, what reaches the sample; absent: all of it. */
  readonly contraction?: Float64Array;
  /** Rows whose x0-hat can be interpolated need not be called. */
  readonly interpolate?: boolean;
  /** All rows of a block are wanted when it is released. */
  readonly keepRows: boolean;
  /** Seed of the trajectory that blocks start from; absent where they start from none. */
  readonly givenSeed?: number;
}

export type ToBlock =
  | {
      readonly kind: 'assignBlock';
      readonly fence: Fence;
      readonly begin: number;
      readonly end: number;
      /** Absent for the first block: its left boundary is x[0], made from the seed. */
      readonly left?: Float32Array;
      readonly denoised?: Float32Array;
      /** sigma of the row in front of the block, per sample; -1 where it was not measured. */
      readonly volatility?: Float64Array;
      /** x[begin .. end] of a trajectory to start from. */
      readonly given?: Float32Array;
      /** One step of a spot check: its sweep brings x[end], whatever the method of the job. */
      readonly single?: boolean;
      /** Every row is called, whatever the job allows. */
      readonly everyRow?: boolean;
    }
  | {
      readonly kind: 'sweep';
      readonly fence: Fence;
      readonly frontier: Int32Array;
      readonly windowEnd: number;
      /** The left boundary, where it moved since the block was last told. */
      readonly left?: Float32Array;
      /** The answer brings x0-hat of the last evaluated row. */
      readonly wantsDenoised: boolean;
      /** The answer brings the row at the slowest sample's frontier. */
      readonly wantsFrozen?: boolean;
      /** The answer brings the step of the first active row. */
      readonly wantsStep?: boolean;
    }
  | {
      readonly kind: 'advance';
      readonly fence: Fence;
      readonly frontier: Int32Array;
      /** What the rows frozen so far may be off by, and how often the rounds started again. */
      readonly errors: ErrorState;
      readonly restarts: number;
      /** As in `Freezing`. */
      readonly roundsLost?: number;
      readonly roundsMax: number;
      readonly previews: boolean;
      /** Progress brings a frozen row after as many milliseconds; 0 is never. */
      readonly checkpointMs?: number;
      /** Progress brings one in so many of the steps that freeze; 0 is none. */
      readonly stepEvery?: number;
      /** The reply that ends the job brings a step of its last round. */
      readonly wantsLastStep?: boolean;
      /** The cluster has no other work: model calls may take the cores of idle workers. */
      readonly alone?: boolean;
      readonly left?: Float32Array;
    }
  | {
      readonly kind: 'absorb';
      readonly fence: Fence;
      readonly left?: Float32Array;
    }
  | {
      readonly kind: 'correct';
      readonly fence: Fence;
      readonly prefix: Float64Array;
      readonly rightmost: boolean;
    }
  | {
      readonly kind: 'releaseBlock';
      readonly fence: Fence;
      /** The answer brings the block's rows. */
      readonly collect: boolean;
      /** The answer brings the block's live rows, for others to go on with. */
      readonly handOver?: boolean;
      readonly left?: Float32Array;
    };

/** All that goes down the data stream. */
export type ToWorker =
  | ToBlock
  | { readonly kind: 'openJob'; readonly spec: JobSpec }
  | { readonly kind: 'closeJob'; readonly job: string };

export interface WorkCost {
  readonly modelCalls: number;
  readonly forwardPasses: number;
  readonly microBatches: number;
  readonly modelMs: number;
  /** What the described device would have taken; absent where the device is a real one. */
  readonly deviceMs?: number;
  readonly queueMs: number;
  readonly scanMs: number;
}

/** Residuals of one round: one code per step from `firstStep` (see `residual-code.ts`). */
export interface RoundResiduals {
  readonly round: number;
  readonly firstStep: number;
  readonly codes: Uint8Array;
  readonly frontier: number;
}

export interface RightEdge {
  readonly row: number;
  readonly state: Float32Array;
  readonly denoised?: Float32Array;
}

/** A row that is final for every sample. */
export interface FrozenRow {
  readonly row: number;
  readonly state: Float32Array;
  /** What the rows up to each sample's frontier may be off by. */
  readonly errors: ErrorState;
}

/** A step as a worker computed it from a row that is final, for others to compute again. */
export interface ComputedStep {
  readonly row: number;
  /** Those that it is the first active row of. */
  readonly samples: readonly number[];
  /** x[row] and x[row + 1] of all samples. */
  readonly from: Float32Array;
  readonly to: Float32Array;
}

export interface ProgressReport {
  readonly rounds: readonly RoundResiduals[];
  readonly frontier: Int32Array;
  readonly cost: WorkCost;
  readonly updateNorm: number;
  readonly preview?: Float32Array;
  readonly frozenRow?: FrozenRow;
  readonly step?: ComputedStep;
}

export type FromBlock =
  | {
      readonly kind: 'swept';
      readonly fence: Fence;
      /** Row of `offset`. */
      readonly row: number;
      readonly offset?: Float32Array;
      readonly slope: Float64Array;
      readonly rows?: RowScalars;
      readonly denoised?: Float32Array;
      /** sigma of the last row, per sample, with `denoised`. */
      readonly volatility?: Float64Array;
      /** The row at the frontier that the sweep was told of. */
      readonly frozen?: Float32Array;
      readonly step?: ComputedStep;
      readonly cost: WorkCost;
      readonly residuals: RoundResiduals;
    }
  | {
      /** Parareal: answer to absorb. */
      readonly kind: 'absorbed';
      readonly fence: Fence;
      readonly passing: Int32Array;
      readonly updateNorm: number;
      readonly weightedUpdateSum: number;
      readonly right: Float32Array;
      readonly cost: WorkCost;
    }
  | {
      /** Parataa: answer to absorb. */
      readonly kind: 'moments';
      readonly fence: Fence;
      readonly moments: Float64Array;
      readonly cost: WorkCost;
    }
  | {
      readonly kind: 'corrected';
      readonly fence: Fence;
      readonly rows: RowScalars;
      readonly cost: WorkCost;
      readonly edge?: RightEdge;
    }
  | { readonly kind: 'progress'; readonly fence: Fence; readonly progress: ProgressReport }
  | {
      readonly kind: 'advanced';
      readonly fence: Fence;
      readonly progress: ProgressReport;
      readonly rounds: number;
      readonly errors: ErrorState;
      readonly errorEstimate: number;
      /** The rounds are to start again with a stricter rule. */
      readonly distrusted: boolean;
      readonly edge: RightEdge;
    }
  | {
      /** x[begin + 1 .. end] of a block that is released, or its live rows. */
      readonly kind: 'rows';
      readonly fence: Fence;
      /** Of the first state. */
      readonly first: number;
      readonly states: Float32Array;
    }
  | ({ readonly kind: 'blockFailed'; readonly fence: Fence } & BlockFailure);

/** What a block ended with. */
export interface BlockFailure {
  readonly code: string;
  readonly message: string;
  readonly step?: number;
  readonly sample?: number;
  readonly element?: number;
  readonly retriable: boolean;
}
