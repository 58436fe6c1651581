/** What a simulated coordinator writes down: the production ledger, on a disk that outlives it. */
import { pino } from 'pino';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { Checkpoint } from '../../coordinator/core/state.ts';
import type { Earlier, HeldCheckpoint } from '../../coordinator/shell/earlier.ts';
import type { JobRecord } from '../../coordinator/shell/job-record.ts';
import type { JobEnd, JobStore } from '../../coordinator/shell/job-store.ts';
import { createLedger, type Ledger } from '../../coordinator/shell/ledger.ts';
import { decodeCheckpoint } from '../../coordinator/shell/stored-checkpoint.ts';
import { decodeRequest, encodeRequest } from '../../coordinator/shell/stored-job.ts';
import type { Owner } from './clock.ts';
import type { Disk } from './disk.ts';

const retention = { days: Infinity, jobs: Infinity, bytes: Infinity };
const none = new Uint8Array();

export class Books {
  readonly #ledger: Ledger;

  /**
   * @param owner what a dead process would still write never arrives
   * @param fatal the store has failed, which a disk that is not full never does
   */
  constructor(disk: Disk, owner: Owner, fatal: (error: Error) => void) {
    const store = writtenBy(owner, disk.open());
    const log = pino({ level: 'silent' });
    this.#ledger = createLedger({ store, retention, fatal, log });
  }

  /** Counts the processes that have opened the disk. */
  get epoch(): number {
    return this.#ledger.store.epoch;
  }

  /**
   * Resolves once the job is on disk; a second request waits for the first. `onDisk` is called for
   * a new one.
   */
  async accept(id: string, spec: JobSpec, onDisk: () => void): Promise<void> {
    const request = requestOf(id, spec);
    const earlier = this.#ledger.earlier(request);
    if (earlier) await earlier;
    else await this.#ledger.accept({ id, request, start: undefined, given: undefined }, onDisk);
  }

  checkpoint(id: string, spec: JobSpec, checkpoint: HeldCheckpoint | undefined): void {
    const record = recordOf(id, spec);
    if (checkpoint) this.#ledger.checkpoint(record, figuresOf(spec), checkpoint);
    else this.#ledger.noCheckpoint(record);
  }

  /** Resolves once it is on disk. */
  async end(job: string, end: JobEnd, samples: Float32Array | undefined): Promise<void> {
    const blobs = samples ? [await this.#ledger.keep(`${job}.samples`, bytesOf(samples))] : [];
    await this.#ledger.end({ job, end, status: none, report: undefined, blobs });
  }

  hasEnded(job: string): boolean {
    return this.#ledger.ended(job) !== undefined;
  }

  /** What an earlier process had accepted and not ended, in its order. */
  async unfinished(): Promise<{ id: string; earlier: Earlier | undefined }[]> {
    const { store } = this.#ledger;
    const jobs: { id: string; earlier: Earlier | undefined }[] = [];
    for (const { id } of store.unfinished()) {
      let earlier: Earlier | undefined;
      for (const { state, latents } of store.checkpointsOf(id)) {
        const pieces: Uint8Array[] = [];
        for await (const piece of store.readBlob(latents)) pieces.push(piece);
        const bytes = Uint8Array.from(Buffer.concat(pieces));
        earlier = decodeCheckpoint(state, new Float32Array(bytes.buffer));
      }
      jobs.push({ id, earlier });
    }
    return jobs;
  }
}

/** The store as one process sees it: it ends with the process. */
function writtenBy(owner: Owner, store: JobStore): JobStore {
  const ifAlive = <T>(write: () => Promise<T>): Promise<T> =>
    owner.alive ? write() : new Promise<T>(() => undefined);
  return {
    ...store,
    commit: (changes) => ifAlive(() => store.commit(changes)),
    writeBlob: (name, bytes) => ifAlive(() => store.writeBlob(name, bytes)),
    removeBlobs: (names) => ifAlive(() => store.removeBlobs(names)),
  };
}

function requestOf(id: string, { seed, samples, tolerance }: JobSpec): SubmitRequest__Output {
  const empty = decodeRequest(none);
  const asked = { ...empty, model: 'mixture', idempotencyKey: id, seed, samples, tolerance };
  return decodeRequest(encodeRequest(asked));
}

/** As much of a record as the ledger looks at. */
function recordOf(id: string, spec: JobSpec): JobRecord {
  return { id, whole: id, resolved: { spec } } as unknown as JobRecord;
}

function figuresOf({ modelSha256, timesteps, window }: JobSpec): Omit<Earlier, 'checkpoint'> {
  return {
    setting: { method: 'secant', window, blocks: 1, groups: 1 },
    modelSha256,
    steps: timesteps.length,
    trace: [],
    bytes: { toWorkers: 0, fromWorkers: 0 },
    coordinatorMs: 0,
    emulated: false,
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** With latents in place of their handle. */
export function held(checkpoint: Checkpoint, state: Float32Array): HeldCheckpoint {
  return { ...checkpoint, state };
}
