/**
 * What the coordinator and the workers say to each other about blocks, as plain data: the pure
 * cores speak these, `shared/protocol` puts them on the wire. Field by field the messages of
 * `proto/isochron/v1/fleet.proto`, where every one is documented.
 *
 * Latents are [samples * dim] float32; "per sample" arrays are [samples].
 */

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
  readonly dim: number;
  readonly seed: number;
  readonly method: string;
  readonly initialization: string;
  readonly priorStd: number;
  readonly memory: number;
  readonly regularization: number;
  readonly window: number;
  readonly tolerance: number;
  readonly guidance: number;
  /** The model runs in pairs, with and without condition. */
  readonly guided: boolean;
  /** Values of every condition, one per sample and element. */
  readonly conditions: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly prediction: string;
  /** [steps], [steps + 1], [steps]: the grid, numerics `Grid`. */
  readonly timesteps: Float64Array;
  readonly alphaBars: Float64Array;
  readonly noiseScales: Float64Array;
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
    }
  | {
      readonly kind: 'sweep';
      readonly fence: Fence;
      readonly frontier: Int32Array;
      readonly windowEnd: number;
      readonly rightmost: boolean;
    }
  | {
      readonly kind: 'advance';
      readonly fence: Fence;
      readonly frontier: Int32Array;
      readonly roundsMax: number;
      readonly previews: boolean;
    }
  | {
      readonly kind: 'absorb';
      readonly fence: Fence;
      readonly left?: Float32Array;
      readonly weight: Float64Array;
      readonly rightmost: boolean;
    }
  | {
      readonly kind: 'correct';
      readonly fence: Fence;
      readonly prefix: Float64Array;
      readonly rightmost: boolean;
    }
  | { readonly kind: 'releaseBlock'; readonly fence: Fence };

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

export interface ProgressReport {
  readonly rounds: readonly RoundResiduals[];
  readonly frontier: Int32Array;
  readonly cost: WorkCost;
  readonly updateNorm: number;
  readonly preview?: Float32Array;
}

export type FromBlock =
  | {
      readonly kind: 'swept';
      readonly fence: Fence;
      readonly offset?: Float32Array;
      readonly slope: Float64Array;
      readonly weightFloor: Float64Array;
      readonly weightScale: Float64Array;
      readonly cost: WorkCost;
      readonly residuals: RoundResiduals;
    }
  | {
      readonly kind: 'absorbed';
      readonly fence: Fence;
      readonly passing: Int32Array;
      readonly updateNorm: number;
      readonly weightedUpdateSum: number;
      readonly right?: Float32Array;
      readonly moments?: Float64Array;
      readonly cost: WorkCost;
      readonly edge?: RightEdge;
    }
  | { readonly kind: 'progress'; readonly fence: Fence; readonly progress: ProgressReport }
  | {
      readonly kind: 'advanced';
      readonly fence: Fence;
      readonly progress: ProgressReport;
      readonly rounds: number;
      readonly weightedUpdateSum: number;
      readonly edge: RightEdge;
    }
  | {
      readonly kind: 'blockFailed';
      readonly fence: Fence;
      readonly code: string;
      readonly message: string;
      readonly step?: number;
      readonly sample?: number;
      readonly retriable: boolean;
    };
