/**
 * What survives the coordinator process: jobs, their newest checkpoint, their results. Everything
 * the coordinator promises is in here before it is said.
 *
 * Changes are committed in batches, each one transaction. Bytes that are too large for a row are
 * files, on disk before a change refers to them; a file that nothing refers to counts for nothing.
 * Written for one process: whoever opens a store owns it.
 */

/** How a job ended; undefined while it has not. */
export type JobEnd = 'done' | 'failed' | 'cancelled';

/** Bytes of a job. Small ones travel with the change that refers to them, others are files. */
export interface Blob {
  /** The job, and what of it: unique. */
  readonly name: string;
  readonly byteLength: number;
  readonly crc32: number;
  readonly inline: Uint8Array | undefined;
}

export interface AcceptedJob {
  readonly id: string;
  /** What the client calls the request, so that it can ask twice; undefined where it cannot. */
  readonly key: string | undefined;
  /** The request as serialised. */
  readonly request: Uint8Array;
  /** JSON of what else the job starts from. */
  readonly start: string | undefined;
  /** Of the trajectory that it starts from. */
  readonly given: Blob | undefined;
}

export interface StoredJob extends Omit<AcceptedJob, 'given'> {
  readonly end: JobEnd | undefined;
  /** As serialised, once it has ended. */
  readonly status: Uint8Array | undefined;
  readonly report: Uint8Array | undefined;
}

export interface StoredCheckpoint {
  /** The job that it belongs to: one that clients see, or a part or baseline of it. */
  readonly job: string;
  /** The one that clients see. */
  readonly whole: string;
  /** JSON of all but the latents. */
  readonly state: string;
  /** x[row] of all samples. */
  readonly latents: Blob;
}

export interface EndedJob {
  readonly job: string;
  readonly end: JobEnd;
  readonly status: Uint8Array;
  readonly report: Uint8Array | undefined;
  /** Of the result. */
  readonly blobs: readonly Blob[];
}

export type StoreChange =
  | { readonly kind: 'accepted'; readonly job: AcceptedJob }
  /** It goes on after a restart of the coordinator, from this row. */
  | { readonly kind: 'resumed'; readonly job: string; readonly row: number }
  | { readonly kind: 'checkpoint'; readonly checkpoint: StoredCheckpoint }
  /** Its rounds start again: there is nothing to go on from. */
  | { readonly kind: 'noCheckpoint'; readonly job: string }
  /** Its checkpoints go, and whatever it started from. */
  | { readonly kind: 'ended'; readonly ended: EndedJob }
  | { readonly kind: 'forgotten'; readonly job: string };

/** What is kept of jobs that have ended; the oldest go first. */
export interface Retention {
  readonly days: number;
  readonly jobs: number;
  readonly bytes: number;
}

export interface JobStore {
  /** Counts the processes that have opened the store. */
  readonly epoch: number;
  /** One transaction. Resolves once it is on disk; rejects with a `StoreError`. */
  commit(changes: readonly StoreChange[]): Promise<void>;
  /** Resolves once the bytes are on disk; rejects with a `StoreError`. */
  writeBlob(name: string, bytes: Uint8Array): Promise<Blob>;
  /** In pieces; @throws StoreError `damaged` where they are not what was written. */
  readBlob(blob: Blob): AsyncIterable<Uint8Array>;
  /** Of blobs that nothing refers to any more. */
  removeBlobs(names: readonly string[]): Promise<void>;
  find(job: string): StoredJob | undefined;
  findKey(key: string): StoredJob | undefined;
  /** Of a job that clients see, by name. */
  blobsOf(job: string): readonly Blob[];
  /** In the order of their submission. */
  unfinished(): readonly StoredJob[];
  checkpointsOf(whole: string): readonly StoredCheckpoint[];
  /** The last status of the newest jobs that have ended, in the order of their submission. */
  endedStatuses(most: number): readonly Uint8Array[];
  /** Jobs that are kept no longer. */
  expired(retention: Retention): readonly string[];
  close(): Promise<void>;
}

/** `full`: nothing was written, try again later. All others end the process. */
export type StoreFailure = 'full' | 'failed' | 'damaged';

export class StoreError extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.failure = failure;
  }
}
