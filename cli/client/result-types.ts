/** What becomes of a job: its figures, its samples, and what is kept for whoever checks them. */
import type { Picture } from '../../shared/protocol/pipeline-wire.ts';
import type { InputTensor } from './input-tensor.ts';

export type { Picture } from '../../shared/protocol/pipeline-wire.ts';

/** Milliseconds of the wall clock, on the critical path. */
export interface TimeSplit {
  readonly model: number;
  readonly queue: number;
  readonly network: number;
  readonly coordinator: number;
  readonly scan: number;
}

/** The sequential sampler with the same noise, on one of the same workers. */
export interface Baseline {
  readonly wallMs: number;
  /** Of the worst sample. */
  readonly rmsError: number;
  readonly maxAbsError: number;
}

/** What other workers said of the numbers of a job. */
export interface SpotChecks {
  /** Steps that several workers computed, and agreed on. */
  readonly made: number;
  /** Workers whose numbers could not be checked. */
  readonly dropped: number;
  /** How often it began again, because a worker had computed wrong numbers. */
  readonly startedOver: number;
}

/**
 * The figures of a finished job that a report and `result.json` share;
 * `proto/isochron/v1/sampler.proto` says what each one counts.
 */
export interface Figures {
  readonly job: string;
  readonly model: string;
  readonly modelSha256: string;
  readonly method: string;
  readonly solver: string;
  readonly steps: number;
  /** Evaluations that the sequential sampler makes of a sample: rows of the trajectory. */
  readonly rows: number;
  readonly samples: number;
  readonly seed: number;
  /** 0 without guidance. */
  readonly guidance: number;
  readonly tolerance: number;
  /** The stopping rule; all but 'final' say nothing about the final sample. */
  readonly stop: string;
  readonly window: number;
  readonly blocks: number;
  readonly workers: number;
  /** 'converged' or why the iteration ended without. */
  readonly outcome: string;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly forwardPasses: number;
  readonly sequentialCalls: number;
  readonly wallMs: number;
  readonly timeMs: TimeSplit;
  readonly bytes: { readonly toWorkers: number; readonly fromWorkers: number };
  readonly residualMax: number;
  /** Estimate of the deviation from the sequential sample; at least that of the certificate. */
  readonly errorEstimate: number;
  /** True where an emulated device took part. */
  readonly emulated: boolean;
  /** Sum over the rounds of the slowest worker's model time; of an emulated device, its own. */
  readonly idealMs: number;
  /** By which calls of emulated devices were late, all workers together. */
  readonly hostLateMs: number;
  /** What latents travelled as: float32 or float16. */
  readonly wire: string;
  readonly sequential: Baseline | null;
  /** What the planner chose or was told, and the wall clock it predicted. */
  readonly plan: PlanSummary | null;
  /** The row that the job went on from when the coordinator started anew; 0 if it did not. */
  readonly resumedFrom: number;
  readonly spotChecks: SpotChecks;
}

/** One way to run a job. */
export interface PlannedSetting {
  readonly method: string;
  readonly window: number;
  /** Live at once, in each group. */
  readonly blocks: number;
  /** Groups of samples that run apart from each other, side by side. */
  readonly groups: number;
  readonly workers: number;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly predictedMs: number;
  readonly roundMs: number;
  /** Of all data messages, both ways. */
  readonly bytes: number;
  /** Against the best sequential plan. */
  readonly speedup: number;
  /** What submitting the request would run. */
  readonly chosen: boolean;
}

export interface PlanSummary {
  /** 'latency', 'throughput', or 'named' where the request names the method. */
  readonly mode: string;
  readonly method: string;
  readonly window: number;
  readonly blocks: number;
  readonly groups: number;
  readonly workers: number;
  /** Null where nobody knows how the method converges. */
  readonly predictedMs: number | null;
  /** Of the best sequential plan on the same workers. */
  readonly predictedSequentialMs: number;
  /** One sentence. */
  readonly reason: string;
}

/** What the planner thought of for a request. */
export interface JobPlan {
  readonly plan: PlanSummary;
  /** The fastest first. */
  readonly settings: readonly PlannedSetting[];
}

export interface Report extends Figures {
  /** Latents of a row: its state, then the values of the model that its step may use. */
  readonly latentsPerRow: number;
  readonly sampleShape: readonly number[];
  readonly valueRange: readonly [minimum: number, maximum: number];
  /** Its samples are latents: workers that have the model make pictures of them. */
  readonly latents: boolean;
  /** Of a job that was certified, or of a trajectory that was verified. */
  readonly certificate: Certificate | null;
}

/** What one more round over all rows of the final trajectory found. */
export interface Certificate {
  readonly passed: boolean;
  /** Why not; empty if it passed. */
  readonly reason: string;
  /** RMS of x[i+1] - step(x[i]), in data units. */
  readonly residualMax: number;
  readonly residualRow: number;
  readonly residualSample: number;
  /** RMS movement of each sample when the scan propagates all residuals to it. */
  readonly increments: readonly number[];
  /** Of the deviation from the sequential sample, the worst sample, from the residuals. */
  readonly errorEstimate: number;
  /** Of that round; not in the figures of the job. */
  readonly modelCalls: number;
  readonly forwardPasses: number;
  readonly wallMs: number;
  readonly workers: number;
  readonly blocks: number;
  readonly eta: number;
  readonly spacing: string;
  readonly sigmas: string;
  /** JSON, as submitted; empty where nothing was told. */
  readonly solverOptions: string;
  readonly gridSha256: string;
  /** Weights of guidance over the steps; empty where there is one. */
  readonly guidanceSchedule: readonly number[];
  /** What the noise of the seed is multiplied with to be the first row. */
  readonly initialScale: number;
  /** What one unit of the network's output adds to a step's result, per step. */
  readonly outputScales: readonly number[];
  readonly batchJitter: number;
}

export interface TraceRound {
  /** From 1. */
  readonly round: number;
  /** The first row that is not frozen after the round, of the slowest sample. */
  readonly frontier: number;
  /** The step of `residuals[0]`. */
  readonly firstStep: number;
  /** To 12 %: they travel as one byte each. */
  readonly residuals: Float32Array;
}

export interface JobResult {
  readonly report: Report;
  /** Row-major, in data units. */
  readonly samples: Float32Array;
  /** [samples, ...sample shape]. */
  readonly shape: readonly number[];
  readonly trace: readonly TraceRound[];
  /** Of samples that are latents, in their order; empty unless they were asked for. */
  readonly pictures: readonly Picture[];
  /** Why there are none; empty where there are, or where nobody asked. */
  readonly noPictures: string;
  /** Of a job that was certified, or of a trajectory that was verified. */
  readonly kept: KeptTrajectory | null;
}

/** What a certificate is about, for whoever wants to recompute it. */
export interface KeptTrajectory {
  /** [rows + 1, samples, latents per row, ...sample shape]; empty where they were not asked for. */
  readonly states: Float32Array;
  /** [rows, samples]: of every row, when the certificate was made. */
  readonly residuals: Float32Array;
  readonly inputs: readonly InputTensor[];
}
