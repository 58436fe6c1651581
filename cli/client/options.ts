/** What a call is told besides what it is about. */
import type { JobStatus, StartTrajectory } from './types.ts';

/** Of every call. */
export interface CallOptions {
  /** Ends the call, which rejects with CANCELLED; what the coordinator does goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Of `submit`. */
export interface SubmitOptions extends CallOptions {
  /** The job starts from it, in place of noise alone. */
  readonly trajectory?: StartTrajectory | undefined;
}

/** Of `watch`. */
export interface WatchOptions {
  /** Also send the current estimate of the samples now and then. */
  readonly previews?: boolean;
  /** Also send the convergence trace and the blocks as they come. */
  readonly trace?: boolean;
  /** Ends the iteration, quietly; the job goes on. */
  readonly signal?: AbortSignal;
}

/** Of `result`. */
export interface ResultOptions extends CallOptions {
  /** Of a certified job, every row. */
  readonly trajectory?: boolean;
  /** Of samples that are latents; a worker makes them, which may take its time. */
  readonly pictures?: boolean;
}

/** Of `sample`. */
export interface SampleOptions {
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the job's state now and when it changes; what it throws ends the call. */
  readonly onProgress?: ((status: JobStatus) => void) | undefined;
  /** The job starts from it, in place of noise alone. */
  readonly trajectory?: StartTrajectory | undefined;
  /** Of samples that are latents: also their pictures. */
  readonly pictures?: boolean;
}
