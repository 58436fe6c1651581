/**
 * A job store in memory that loses what was not synced, as a machine whose power fails. No
 * clock and no disk of its own: whoever simulates says when a sync is done and the power goes.
 */
import { crc32 } from 'node:zlib';
import type {
  Blob,
  JobStore,
  Retention,
  StoreChange,
  StoredCheckpoint,
  StoredJob,
} from '../../coordinator/shell/job-store.ts';
import { StoreError } from '../../coordinator/shell/job-store.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface DiskOptions {
  readonly nowMs: () => number;
  /** Calls `done` when a sync is over; the machine may be gone by then. At once where absent. */
  readonly sync?: (done: () => void) => void;
}

interface Row extends StoredJob {
  readonly endedMs: number;
  readonly bytes: number;
}

interface Tables {
  /** In the order of submission. */
  readonly jobs: ReadonlyMap<string, Row>;
  readonly blobs: ReadonlyMap<string, Blob & { readonly job: string }>;
  readonly checkpoints: ReadonlyMap<string, StoredCheckpoint>;
  readonly events: readonly { readonly job: string; readonly kind: string }[];
}

const nothing: Tables = { jobs: new Map(), blobs: new Map(), checkpoints: new Map(), events: [] };

/** What a machine has on its disk, through all its lives. */
export class Disk {
  readonly #options: DiskOptions;
  /** As a reader sees it now, and as it is after a crash. */
  #tables = nothing;
  #synced = nothing;
  readonly #files = new Map<string, Uint8Array>();
  readonly #syncedFiles = new Map<string, Uint8Array>();
  #epoch = 0;
  /** From then on nothing that was begun before ends. */
  #life = 0;
  /** Nothing fits any more. */
  full = false;

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  /** What happened to each job, in order: `accepted`, `resumed`, `done` ... */
  get events(): Tables['events'] {
    return this.#synced.events;
  }

  /** Whatever was not synced is gone. */
  crash(): void {
    this.#life++;
    this.#tables = this.#synced;
    this.#files.clear();
    for (const [name, bytes] of this.#syncedFiles) this.#files.set(name, bytes);
  }

  open(): JobStore {
    const epoch = ++this.#epoch;
    const referred = new Set([...this.#tables.blobs.keys()]);
    for (const name of this.#files.keys()) if (!referred.has(name)) this.#drop([name]);
    return {
      epoch,
      commit: (changes) => this.#commit(changes),
      writeBlob: (name, bytes) => this.#writeBlob(name, bytes),
      readBlob: (blob) => this.#readBlob(blob),
      removeBlobs: async (names) => this.#drop(names),
      find: (job) => this.#tables.jobs.get(job),
      findKey: (key) => [...this.#tables.jobs.values()].find((job) => job.key === key),
      blobsOf: (job) => this.#blobsOf(job),
      unfinished: () => [...this.#tables.jobs.values()].filter(({ end }) => !end),
      checkpointsOf: (whole) =>
        [...this.#tables.checkpoints.values()].filter((one) => one.whole === whole),
      endedStatuses: (most) =>
        [...this.#tables.jobs.values()]
          .flatMap(({ end, status }) => (end && status ? [status] : []))
          .slice(-most),
      expired: (retention) => this.#expired(retention),
      close: async () => undefined,
    };
  }

  /** Names of files that are there. */
  get files(): readonly string[] {
    return [...this.#files.keys()];
  }

  #sync(work: () => void): Promise<void> {
    const life = this.#life;
    const { sync = (done) => done() } = this.#options;
    return new Promise((resolve) => {
      sync(() => {
        // the process that waited for it is gone: it never hears of it
        if (life !== this.#life) return;
        work();
        resolve();
      });
    });
  }

  async #commit(changes: readonly StoreChange[]): Promise<void> {
    if (this.full) throw new StoreError('full', 'the simulated disk is full');
    const { nowMs } = this.#options;
    const next = changes.reduce((tables, change) => applied(tables, change, nowMs()), this.#tables);
    this.#tables = next;
    await this.#sync(() => (this.#synced = next));
  }

  async #writeBlob(name: string, bytes: Uint8Array): Promise<Blob> {
    if (this.full) throw new StoreError('full', 'the simulated disk is full');
    const kept = bytes.slice();
    this.#files.set(name, kept);
    await this.#sync(() => void this.#syncedFiles.set(name, kept));
    return { name, byteLength: bytes.length, crc32: crc32(bytes), inline: undefined };
  }

  async *#readBlob(blob: Blob): AsyncIterable<Uint8Array> {
    const bytes = this.#files.get(blob.name);
    if (!bytes || crc32(bytes) !== blob.crc32) {
      throw new StoreError('damaged', `${blob.name} is not what was written`);
    }
    if (bytes.length > 0) yield bytes;
  }

  #drop(names: readonly string[]): void {
    for (const name of names) {
      this.#files.delete(name);
      this.#syncedFiles.delete(name);
    }
  }

  #blobsOf(wanted: string): Blob[] {
    return [...this.#tables.blobs.values()]
      .filter(({ job }) => job === wanted)
      .map(({ job: _job, ...blob }) => blob)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #expired({ days, jobs, bytes }: Retention): string[] {
    const newest = [...this.#tables.jobs.values()]
      .filter(({ end }) => end)
      .reverse()
      .sort((a, b) => b.endedMs - a.endedMs);
    let held = 0;
    return newest.flatMap((job, k) => {
      held += job.bytes;
      const late = this.#options.nowMs() - job.endedMs > days * DAY_MS;
      return late || k >= jobs || held > bytes ? [job.id] : [];
    });
  }
}

function applied(tables: Tables, change: StoreChange, nowMs: number): Tables {
  const jobs = new Map(tables.jobs);
  const blobs = new Map(tables.blobs);
  const checkpoints = new Map(tables.checkpoints);
  let { events } = tables;
  const drop = <T>(map: Map<string, T>, gone: (one: T) => boolean): void => {
    for (const [key, one] of map) if (gone(one)) map.delete(key);
  };
  const keep = (job: string, blob: Blob): void => void blobs.set(blob.name, { ...blob, job });
  const note = (job: string, kind: string): void => void (events = [...events, { job, kind }]);
  switch (change.kind) {
    case 'accepted': {
      const { given, ...job } = change.job;
      const taken = [...jobs.values()].some(({ id, key }) => id === job.id || same(key, job.key));
      if (taken) throw new StoreError('failed', `${job.id} or its key is taken`);
      const fresh = { end: undefined, status: undefined, report: undefined, endedMs: 0, bytes: 0 };
      jobs.set(job.id, { ...job, ...fresh });
      if (given) keep(job.id, given);
      note(job.id, 'accepted');
      break;
    }
    case 'resumed':
      note(change.job, 'resumed');
      break;
    case 'checkpoint': {
      const { job, whole, latents } = change.checkpoint;
      const before = checkpoints.get(job);
      if (before) blobs.delete(before.latents.name);
      checkpoints.delete(job);
      const subject = jobs.get(whole);
      if (!subject || subject.end) break;
      checkpoints.set(job, change.checkpoint);
      keep(whole, latents);
      break;
    }
    case 'noCheckpoint': {
      const before = checkpoints.get(change.job);
      if (before) blobs.delete(before.latents.name);
      checkpoints.delete(change.job);
      break;
    }
    case 'ended': {
      const { job, end, status, report, blobs: own } = change.ended;
      const before = jobs.get(job);
      if (!before || before.end) throw new StoreError('failed', `${job} ends a second time`);
      drop(checkpoints, ({ whole }) => whole === job);
      drop(blobs, (blob) => blob.job === job);
      for (const blob of own) keep(job, blob);
      const bytes = own.reduce((sum, { byteLength }) => sum + byteLength, 0);
      jobs.set(job, { ...before, end, status, report, endedMs: nowMs, bytes });
      note(job, end);
      break;
    }
    case 'forgotten':
      drop(checkpoints, ({ whole }) => whole === change.job);
      drop(blobs, (blob) => blob.job === change.job);
      events = events.filter(({ job }) => job !== change.job);
      jobs.delete(change.job);
  }
  return { jobs, blobs, checkpoints, events };
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}
