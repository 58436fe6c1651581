/** What the shell keeps of a job beside the core's state: bytes, clocks, watchers, result. */
import type { Certificate } from '../../proto/generated/isochron/v1/Certificate.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { GridRequest } from './request-grid.ts';
import type { PlannedJob } from './planning.ts';
import type { Earlier } from './earlier.ts';
import { createTrace, type Trace } from './trace.ts';

/** What is known of a job once its model is. */
export interface Resolved {
  readonly spec: JobSpec;
  readonly model: RegisteredModel;
  readonly table: StepTable;
  /** First guess of x0-hat, where the model allows one. */
  readonly guess: Float32Array | undefined;
  /** What samples start from beside noise, [samples x dim]. */
  readonly start?: Float32Array | undefined;
  readonly planned: PlannedJob;
  /** What the request says of sampling, with what the model's own sampler adds. */
  readonly sampler: GridRequest;
}

/** States that a job starts from. */
export interface GivenTrajectory {
  /** [rows x samples x dim], from x[0] on. */
  readonly states: Float32Array;
  /** Seed of the noise that they were sampled with. */
  readonly seed: number;
  /** Their job had the same conditions, so what is known of them is known of this one's. */
  readonly sameConditions: boolean;
}

export interface JobRecord {
  readonly id: string;
  /** The job that clients see: this one, or the one that it is a part, baseline or audit of. */
  readonly whole: string;
  readonly request: SubmitRequest__Output;
  /** Set when the model is known. */
  resolved: Resolved | undefined;
  readonly trace: Trace;
  /** As serialised, data stream only. */
  readonly bytes: { toWorkers: number; fromWorkers: number };
  readonly workersUsed: Set<string>;
  /** Time that this process spent on the job. */
  coordinatorMs: number;
  /** Current estimate of the samples. */
  preview: Float32Array | undefined;
  samples: Float32Array | undefined;
  /** Starts from it; dropped when the job is over. */
  given: GivenTrajectory | undefined;
  /** Rows of blocks that were released; on disk once the result is stored. */
  trajectory: Float32Array | undefined;
  /** Of an audit, [steps x samples]; of a certified job until its result is stored. */
  residuals: Float32Array | undefined;
  certificate: Certificate | undefined;
  /** Of trajectories, now or later in this job. */
  heldBytes: number;
  /** How it ended is on its way to the disk. */
  closing: boolean;
  /** How it ended is on disk, with its result. */
  stored: boolean;
  /** What an earlier process left of this job, its parts and its baseline, by id. */
  readonly earlier: ReadonlyMap<string, Earlier>;
  /** The sequential job of a comparison. */
  readonly baseline: string | undefined;
  /** The audit of a job that is certified. */
  readonly audit: string | undefined;
  /** It samples nothing: one round over a given trajectory; `of` is the job that it certifies. */
  readonly audits: { readonly of: string | undefined } | undefined;
  /** Records of the jobs that run some of the samples each. */
  parts: readonly JobRecord[];
  /** It is planned once the workers were measured beside each other, if that is about to be. */
  readonly waitsForFigures: boolean;
  /** The samples of this job are part of another one's. */
  readonly isPart: boolean;
  /** A baseline or an audit is nobody's job: it is not listed. */
  readonly hidden: boolean;
  readonly watchers: Set<() => void>;
}

export interface JobRecordOptions {
  readonly baseline?: JobRecord | undefined;
  readonly given?: GivenTrajectory | undefined;
  readonly audit?: string | undefined;
  readonly audits?: JobRecord['audits'];
  readonly hidden?: boolean;
  readonly waitsForFigures?: boolean;
  readonly whole?: string;
  readonly earlier?: ReadonlyMap<string, Earlier>;
}

/** What is chosen for it is as good as what is known of the workers. */
export function isAuto({ method }: SubmitRequest__Output): boolean {
  return method === '' || method === 'auto';
}

export function createJobRecord(
  id: string,
  request: SubmitRequest__Output,
  options: JobRecordOptions = {},
): JobRecord {
  return {
    id,
    whole: options.whole ?? id,
    request,
    resolved: undefined,
    trace: createTrace(),
    bytes: { toWorkers: 0, fromWorkers: 0 },
    workersUsed: new Set(),
    coordinatorMs: 0,
    preview: undefined,
    samples: undefined,
    given: options.given,
    trajectory: undefined,
    residuals: undefined,
    certificate: undefined,
    heldBytes: options.given?.states.byteLength ?? 0,
    closing: false,
    stored: false,
    earlier: options.earlier ?? new Map(),
    baseline: options.baseline?.id,
    audit: options.audit,
    audits: options.audits,
    parts: [],
    waitsForFigures: options.waitsForFigures ?? isAuto(request),
    isPart: false,
    hidden: options.hidden ?? false,
    // who watches a comparison watches its baseline first
    watchers: options.baseline?.watchers ?? new Set(),
  };
}
