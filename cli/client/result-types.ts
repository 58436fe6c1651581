/** What becomes of a job: its figures, its samples, and what is kept for whoever checks them. */
import type { Picture } from '../../shared/protocol/pipeline-wire.ts';
import type { InputTensor } from './input-tensor.ts';

export type { Picture } from '../../shared/protocol/pipeline-wire.ts';

/** Milliseconds of the wall clock, on the critical path. */
export interface TimeSplit {
  /** Inside the model, by the busiest worker. */
  readonly model: number;
  /** Waiting for the model while other jobs had it. */
  readonly queue: number;
  /** Messages: what is left of the wall clock. */
  readonly network: number;
  /** Composing and deciding. */
  readonly coordinator: number;
  /** Vector work of the blocks. */
  readonly scan: number;
}

/** The sequential sampler with the same noise, on one of the same workers. */
export interface Baseline {
  /** From the first dispatch to the last row. */
  readonly wallMs: number;
  /** Of the worst sample. */
  readonly rmsError: number;
  /** Largest difference of any element, in data units. */
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
  /** Id of the job. */
  readonly job: string;
  /** Model name. */
  readonly model: string;
  /** Of the model files, in hexadecimal. */
  readonly modelSha256: string;
  /** What ran; never auto. */
  readonly method: string;
  /** Solver name. */
  readonly solver: string;
  /** Sampling steps. */
  readonly steps: number;
  /** Evaluations that the sequential sampler makes of a sample: rows of the trajectory. */
  readonly rows: number;
  /** Samples drawn. */
  readonly samples: number;
  /** Of all noise. */
  readonly seed: number;
  /** 0 without guidance. */
  readonly guidance: number;
  /** RMS deviation from the sequential sample that was asked for, in data units. */
  readonly tolerance: number;
  /** The stopping rule; all but 'final' say nothing about the final sample. */
  readonly stop: string;
  /** Most rows that were live at once. */
  readonly window: number;
  /** Most blocks that were live at once. */
  readonly blocks: number;
  /** Workers that took part. */
  readonly workers: number;
  /** 'converged' or why the iteration ended without. */
  readonly outcome: string;
  /** Sweeps over the active rows, each followed by a composition. */
  readonly rounds: number;
  /** With `maxLag`: rounds that ended without a late block and those on its right. */
  readonly staleRounds: number;
  /** Evaluations of one row of one sample; a guided pair counts once. */
  readonly modelCalls: number;
  /** As `modelCalls`, a guided pair counting twice. */
  readonly forwardPasses: number;
  /** Longest chain of model calls that waited for one another. */
  readonly sequentialCalls: number;
  /** From the first dispatch to the last frozen row, on the coordinator's clock. */
  readonly wallMs: number;
  /** `wallMs`, split. */
  readonly timeMs: TimeSplit;
  /** Data messages as serialised. */
  readonly bytes: { readonly toWorkers: number; readonly fromWorkers: number };
  /** Largest residual of a row when it froze, RMS in data units, as far as it was recorded. */
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
  /** Null unless it was asked for. */
  readonly sequential: Baseline | null;
  /** What the planner chose or was told, and the wall clock it predicted. */
  readonly plan: PlanSummary | null;
  /** The row that the job went on from when the coordinator started anew; 0 if it did not. */
  readonly resumedFrom: number;
  /** What other workers recomputed. */
  readonly spotChecks: SpotChecks;
}

/** One way to run a job. */
export interface PlannedSetting {
  /** Method name. */
  readonly method: string;
  /** Most rows live at once. */
  readonly window: number;
  /** Live at once, in each group. */
  readonly blocks: number;
  /** Groups of samples that run apart from each other, side by side. */
  readonly groups: number;
  /** Workers that take part. */
  readonly workers: number;
  /** Predicted. */
  readonly rounds: number;
  /** Predicted evaluations of one row of one sample. */
  readonly modelCalls: number;
  /** Wall clock. */
  readonly predictedMs: number;
  /** Of a round. */
  readonly roundMs: number;
  /** Of all data messages, both ways. */
  readonly bytes: number;
  /** Against the best sequential plan. */
  readonly speedup: number;
  /** What submitting the request would run. */
  readonly chosen: boolean;
}

/** What a job is run with, and why. */
export interface PlanSummary {
  /** 'latency', 'throughput', or 'named' where the request names the method. */
  readonly mode: string;
  /** Method name. */
  readonly method: string;
  /** Most rows live at once. */
  readonly window: number;
  /** Live at once, in each group. */
  readonly blocks: number;
  /** Groups of samples that run apart from each other, side by side. */
  readonly groups: number;
  /** Workers that were to take part. */
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
  /** The chosen one. */
  readonly plan: PlanSummary;
  /** The fastest first. */
  readonly settings: readonly PlannedSetting[];
}

/** The figures of a finished job. */
export interface Report extends Figures {
  /** Latents of a row: its state, then the values of the model that its step may use. */
  readonly latentsPerRow: number;
  /** Of one sample. */
  readonly sampleShape: readonly number[];
  /** What data values lie between, for pictures. */
  readonly valueRange: readonly [minimum: number, maximum: number];
  /** Its samples are latents: workers that have the model make pictures of them. */
  readonly latents: boolean;
  /** Of a job that was certified, or of a trajectory that was verified. */
  readonly certificate: Certificate | null;
}

/** What one more round over all rows of the final trajectory found. */
export interface Certificate {
  /** Every residual is at most the tolerance. */
  readonly passed: boolean;
  /** Why not; empty if it passed. */
  readonly reason: string;
  /** RMS of x[i+1] - step(x[i]), in data units. */
  readonly residualMax: number;
  /** The step of the largest residual. */
  readonly residualRow: number;
  /** Its sample. */
  readonly residualSample: number;
  /** RMS movement of each sample when the scan propagates all residuals to it. */
  readonly increments: readonly number[];
  /** Of the deviation from the sequential sample, the worst sample, from the residuals. */
  readonly errorEstimate: number;
  /** Of that round; not in the figures of the job. */
  readonly modelCalls: number;
  /** Of that round, a guided pair counting twice. */
  readonly forwardPasses: number;
  /** From the last frozen row to the last residual. */
  readonly wallMs: number;
  /** Workers that took part. */
  readonly workers: number;
  /** Blocks that the rows were cut into. */
  readonly blocks: number;
  /** Stochasticity of the solver: 0 for ddim unless asked for, 1 for ddpm. */
  readonly eta: number;
  /** 'leading', 'trailing' or 'linspace'. */
  readonly spacing: string;
  /** Levels in place of those of the times, as submitted; empty where there are none. */
  readonly sigmas: string;
  /** JSON, as submitted; empty where nothing was told. */
  readonly solverOptions: string;
  /** Of the grid of times and levels, in hexadecimal; what is hashed is said in the proto. */
  readonly gridSha256: string;
  /** Weights of guidance over the steps; empty where there is one. */
  readonly guidanceSchedule: readonly number[];
  /** What the noise of the seed is multiplied with to be the first row. */
  readonly initialScale: number;
  /** What one unit of the network's output adds to a step's result, per step. */
  readonly outputScales: readonly number[];
  /** Largest of the workers that have the model. */
  readonly batchJitter: number;
}

/** Residuals of one round. */
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

/** What a finished job yields. */
export interface JobResult {
  /** The figures. */
  readonly report: Report;
  /** Row-major, in data units. */
  readonly samples: Float32Array;
  /** [samples, ...sample shape]. */
  readonly shape: readonly number[];
  /** Every round. */
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
  /** Conditions of the job. */
  readonly inputs: readonly InputTensor[];
}
