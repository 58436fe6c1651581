/** What the client library takes and gives. Plain data; nothing here knows gRPC. */
import type { ErrorCode } from '../../shared/protocol/errors.ts';
import type {
  ConditionDescription,
  LatencyCurve,
  ModelDescription,
} from '../../shared/protocol/model-description.ts';

import type { InputTensor } from './input-tensor.ts';
import type { TraceRound } from './result-types.ts';

export type { ConditionDtype, LatencyCurve } from '../../shared/protocol/model-description.ts';
export type { InputTensor } from './input-tensor.ts';
export type {
  Baseline,
  Certificate,
  Figures,
  JobPlan,
  JobResult,
  KeptTrajectory,
  Picture,
  PlanSummary,
  PlannedSetting,
  Report,
  SpotChecks,
  TimeSplit,
  TraceRound,
} from './result-types.ts';

/** Where the coordinator is, and how long to wait for it. */
export interface ClientOptions {
  /** HOST:PORT; default 127.0.0.1:7400. */
  readonly coordinator?: string;
  /**
   * As `isochron token create` printed it; default the operator's, where a coordinator on this
   * machine has left it for its user.
   */
  readonly token?: string | undefined;
  /** PEM of the authority that signed the coordinator's certificate; the connection is TLS then. */
  readonly ca?: string | undefined;
  /**
   * The longest that a call may take, connecting included, and the longest silence of a result
   * stream. Watching a job has no such end: a long job is no failure.
   */
  readonly timeoutMs?: number;
  /**
   * How long a coordinator that was reached before may be away, as when it is started anew, until
   * submitting, watching and fetching a result give up; default as `timeoutMs`.
   */
  readonly outageMs?: number;
}

/** [...sample shape], [samples, ...sample shape], or a picture [channels, h, w] from -1 to 1. */
export interface ImageTensor {
  /** One of these three; of a mask [height, width]. */
  readonly shape: readonly number[];
  /** Of bytes 0 to 255 are -1 to 1, and of a mask 0 to 1. */
  readonly data: Float32Array | Uint8Array;
}

/** One job. What is left out takes the coordinator's default, named here. */
export interface SubmitRequest {
  /** Name of a model that workers have. */
  readonly model: string;
  /** One of docs/SAMPLERS.md, such as 'ddim' or 'dpmpp-2m'. */
  readonly solver: string;
  /** What else it is told, such as { order: 3 }. */
  readonly solverOptions?: Readonly<Record<string, unknown>> | undefined;
  /** 'karras', 'exponential', 'beta' or numbers: levels in place of those of the times. */
  readonly sigmas?: string | undefined;
  /** Sampling steps. */
  readonly steps: number;
  /** Stochasticity of ddim, 0 to 1; default 0. */
  readonly eta?: number | undefined;
  /** Default 1. */
  readonly samples?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** 'auto' (default), 'sequential', 'picard', 'picard-eps', 'secant', 'parataa' or 'parareal'. */
  readonly method?: string | undefined;
  /** Most rows live at once; default all steps. */
  readonly window?: number | undefined;
  /** Blocks live at once; default one per worker. */
  readonly blocks?: number | undefined;
  /** RMS deviation from the sequential sample, in data units; default 0.01, 0 is exact. */
  readonly tolerance?: number | undefined;
  /** Conditions, by the names of the model's. */
  readonly inputs?: readonly InputTensor[] | undefined;
  /** In their place, of a model that takes prompts: one for all samples, or one per sample. */
  readonly prompts?: readonly string[] | undefined;
  /** What a guided job is guided away from, likewise; default what the pipeline has for none. */
  readonly negativePrompts?: readonly string[] | undefined;
  /** What the samples start from, with noise on it: latents of the model, or a picture. */
  readonly image?: ImageTensor | undefined;
  /** With an image, [height, width]: 1 where samples are drawn, 0 where they are the image. */
  readonly mask?: ImageTensor | undefined;
  /** Share of the steps that such a job takes, the last ones; default 0.8, with a mask 1. */
  readonly strength?: number | undefined;
  /** Classifier-free guidance weight; default the model's. */
  readonly guidance?: number | undefined;
  /** In its place: weights at even shares of the steps, linear in between. */
  readonly guidanceSchedule?: readonly number[] | undefined;
  /** Also run the sequential sampler on the same workers and report the true error. */
  readonly compareSequential?: boolean | undefined;
  /** Give up after this many rounds; default the number of steps. */
  readonly roundsMax?: number | undefined;
  /**
   * Rounds in a row that blocks may go on for when one on their right is late; default 0. Rounds,
   * and bits of the samples within the tolerance, then depend on who was fast.
   */
  readonly maxLag?: number | undefined;
  /** Call the model at every row, also where x0-hat could be interpolated within the tolerance. */
  readonly everyRow?: boolean | undefined;
  /** 'denoised' or 'constant': how rows enter the window; default as the method was published. */
  readonly initialization?: string | undefined;
  /** Anderson differences of parataa; default 1. */
  readonly memory?: number | undefined;
  /** 'leading', 'trailing' or 'linspace'; default the model's. */
  readonly spacing?: string | undefined;
  /** 'final' (default), or for comparisons 'paradigms', 'parataa' or 'srds'. */
  readonly stop?: string | undefined;
  /** What latents travel as: float32, the default, or float16. */
  readonly wire?: string | undefined;
  /** Newest residuals that a scan of parataa carries; default all. Needs one block. */
  readonly order?: number | undefined;
  /**
   * Names the request: sent again, also after the coordinator started anew, it is the job that it
   * made before. Default one that nobody else has.
   */
  readonly idempotencyKey?: string | undefined;
  /** Keep the trajectory, and spend one more parallel round on the residual of every row. */
  readonly certify?: boolean | undefined;
  /** Who asks: clients get equal shares of a busy cluster; default anonymous. */
  readonly client?: string | undefined;
  /** 0 (default) to 9: which of the client's own jobs start first. */
  readonly priority?: number | undefined;
}

/** States x[0] .. x[rows] of every sample, to start a job from or to verify. */
export interface StartTrajectory {
  /** Row-major [rows + 1, samples, latents per row, ...sample shape]. */
  readonly states: Float32Array;
  /** The job that they came from. */
  readonly source: SubmitRequest;
}

/** What `submit` gives. */
export interface Submitted {
  /** Id of the job. */
  readonly job: string;
  /** Why the job cannot start yet, for people; undefined if it can. */
  readonly waitingFor: string | undefined;
}

/** Queued, running, or over: done, failed, cancelled. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** A job as it stands. */
export interface JobStatus {
  /** Id of the job. */
  readonly job: string;
  /** Where it is. */
  readonly state: JobState;
  /** Model name. */
  readonly model: string;
  /** Solver name. */
  readonly solver: string;
  /** What was asked for, and once it is planned what runs. */
  readonly method: string;
  /** Sampling steps. */
  readonly steps: number;
  /** Evaluations that the sequential sampler makes of a sample; 0 before the job is planned. */
  readonly rows: number;
  /** Samples to draw. */
  readonly samples: number;
  /** So far. */
  readonly rounds: number;
  /** The first row that is not frozen, of the slowest sample. */
  readonly frontier: number;
  /** One past the last active step. */
  readonly windowEnd: number;
  /** So far: evaluations of one row of one sample. */
  readonly modelCalls: number;
  /** The largest of the last round. */
  readonly residual: number;
  /** Since the first block was dispatched. */
  readonly elapsedMs: number;
  /** Why a queued job waits, or why a failed job failed. */
  readonly message: string;
  /** Of a failed job. */
  readonly errorCode: ErrorCode | undefined;
  /** Rounds of the sequential baseline, which runs first when it was asked for. */
  readonly baselineRounds: number;
  /** Who asked for it. */
  readonly client: string;
  /** 0 (least) to 9, among the jobs of the same client. */
  readonly priority: number;
}

/** Which jobs to list; nothing asks for the newest 1000 of all clients. */
export interface JobsAsked {
  /** Only its jobs. */
  readonly client?: string;
  /** The newest so many, at most 1000. */
  readonly limit?: number;
  /** Those submitted before this job. */
  readonly before?: string;
}

/** Counters of a coordinator. */
export interface CoordinatorLoad {
  /** Jobs that have not started, baselines and audits included. */
  readonly waiting: number;
  /** Jobs that run. */
  readonly running: number;
  /** Jobs whose records are in memory. */
  readonly remembered: number;
  /** Jobs that clients submitted to this process, and how those that are over ended. */
  readonly submitted: number;
  /** Of those submitted, ended with a result. */
  readonly done: number;
  /** Ended with an error. */
  readonly failed: number;
  /** Ended by `cancel`. */
  readonly cancelled: number;
  /** Blocks that workers hold or should. */
  readonly blocks: number;
  /** Latents of running jobs in memory. */
  readonly latents: number;
  /** Open `watch` calls. */
  readonly watchers: number;
  /** Bytes of trajectories in memory, or reserved. */
  readonly trajectoryBytes: number;
  /** Clients that have something to do, or had while others still have. */
  readonly clients: readonly ClientLoad[];
}

/** Steps that a worker holds. */
export interface HeldBlock {
  /** The first one. */
  readonly begin: number;
  /** One past the last one. */
  readonly end: number;
  /** Its name; empty while nobody has the block. */
  readonly worker: string;
}

/** What one client has waiting and running. */
export interface ClientLoad {
  /** Its name. */
  readonly client: string;
  /** Jobs that have not started. */
  readonly waiting: number;
  /** Jobs that run. */
  readonly running: number;
  /** Model milliseconds over the client's weight, since it last had nothing to do. */
  readonly standingMs: number;
  /** What it counts for beside others; 1 unless the operator says otherwise. */
  readonly weight: number;
}

/** One step of progress. */
export interface JobEvent {
  /** The job now. */
  readonly status: JobStatus;
  /** Of what the rows frozen so far are off by, RMS, the worst sample; absent before any. */
  readonly errorEstimate?: number;
  /**
   * If the trace was asked for: rounds that are new, or that have changed and are whole now. A slow
   * reader gets several at once, and misses none.
   */
  readonly rounds?: readonly TraceRound[];
  /** Likewise: who holds what now, where that has changed since the last event. */
  readonly blocks?: readonly HeldBlock[];
  /** The current estimate of the samples, where it is new, if asked for. */
  readonly preview?: Float32Array;
  /** [samples, ...sample shape] */
  readonly previewShape?: readonly number[];
}

/** An input of a model besides state and time. */
export type ConditionInfo = ConditionDescription;

/** A model as a worker registered it. */
export interface ModelInfo extends Omit<ModelDescription, 'dim' | 'convergence'> {
  /** Measured when the worker registered. */
  readonly latencyCurve: LatencyCurve;
  /** Largest absolute difference between a row alone and the same row in a full batch. */
  readonly batchJitter: number;
}

/** A model, and how many workers have it. */
export interface AvailableModel extends ModelInfo {
  /** Number of workers that can run it. */
  readonly workers: number;
}

/** A registered worker. */
export interface WorkerInfo {
  /** Made by the coordinator. */
  readonly id: string;
  /** Its own; the same after it was started again. */
  readonly name: string;
  /** As the models' `backend`. */
  readonly backend: string;
  /** 'connecting', 'ready' or 'draining'. */
  readonly state: string;
  /** Blocks that the coordinator gave it. */
  readonly blocks: number;
  /** Since it registered. */
  readonly modelCalls: number;
  /** What it can run. */
  readonly models: readonly ModelInfo[];
  /** Since a model call last made progress. */
  readonly progressAgeMs: number;
  /** Blocks that it said it held with its last heartbeat, and jobs that were open on it. */
  readonly heldBlocks: number;
  /** Jobs that were open on it. */
  readonly openJobs: number;
  /** For people; empty where there was none. */
  readonly lastError: string;
  /** True where its device is emulated. */
  readonly emulated: boolean;
}

/** The workers of a coordinator. */
export interface Fleet {
  /** Those that are registered. */
  readonly workers: readonly WorkerInfo[];
  /** Replies of any worker that were dropped as late or repeated. */
  readonly staleReplies: number;
  /** The coordinator lets in whoever reaches its ports. */
  readonly insecure: boolean;
}
