/** What the desk writes down, and reads of jobs that have ended. */
import type { Logger } from 'pino';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { HeldCheckpoint } from './earlier.ts';
import type { JobRecord } from './job-record.ts';
import { createJournal, type Journal } from './journal.ts';
import type { Blob, EndedJob, JobStore, Retention, StoreError, StoredJob } from './job-store.ts';
import type { Earlier } from './earlier.ts';
import { encodeCheckpoint } from './stored-checkpoint.ts';
import { decodeStatus, encodeRequest, sameRequest } from './stored-job.ts';

/** Between two looks for jobs that are kept no longer. */
const SWEEP_MS = 5_000;

export interface AcceptedRequest {
  readonly id: string;
  readonly request: SubmitRequest__Output;
  /** JSON of what else it starts from, and the bytes of that. */
  readonly start: string | undefined;
  readonly given: Uint8Array | undefined;
}

export interface Ledger {
  /**
   * Calls `onDisk` as soon as it is. Rejects with STORE_FULL where there is no room.
   */
  accept(accepted: AcceptedRequest, onDisk: () => void): Promise<void>;
  /**
   * The job that an earlier request with the same key made, or is making.
   * @throws INVALID_REQUEST where that was another request
   */
  earlier(request: SubmitRequest__Output, start?: string): Promise<string> | undefined;
  /** As soon as the one before is written: of several only the newest. */
  checkpoint(record: JobRecord, figures: Omit<Earlier, 'checkpoint'>, at: HeldCheckpoint): void;
  /** Its rounds start again. */
  noCheckpoint(record: JobRecord): void;
  resumed(record: JobRecord, row: number): void;
  /** Bytes of a result, however long the disk is full. */
  keep(name: string, bytes: Uint8Array): Promise<Blob>;
  end(ended: EndedJob): Promise<void>;
  /** A job that has ended. */
  ended(job: string): StoredJob | undefined;
  endedStatuses(): JobStatus[];
  /** Forgets what is kept no longer. */
  sweep(): Promise<void>;
  readonly store: JobStore;
  close(): Promise<void>;
}

export interface LedgerOptions {
  readonly store: JobStore;
  readonly retention: Retention;
  readonly fatal: (error: StoreError) => void;
  readonly log: Logger;
}

interface Accepting {
  readonly request: Uint8Array;
  readonly start: string | undefined;
  readonly done: Promise<string>;
}

interface Checkpoints {
  /** What is to be written next. */
  next: (() => Promise<void>) | undefined;
  writing: Promise<void> | undefined;
}

interface Books extends LedgerOptions {
  readonly journal: Journal;
  /** Requests that are being accepted, by key. */
  readonly accepting: Map<string, Accepting>;
  /** By job; a job that clients see is here until it has ended. */
  readonly checkpoints: Map<string, Checkpoints>;
  readonly live: Set<string>;
  /** Names are used once, also by the next process. */
  blobs: number;
  sweptAt: number;
}

export function createLedger(options: LedgerOptions): Ledger {
  const { store, fatal } = options;
  const books: Books = {
    ...options,
    journal: createJournal({ store, fatal }),
    accepting: new Map(),
    checkpoints: new Map(),
    live: new Set(store.unfinished().map(({ id }) => id)),
    blobs: 0,
    sweptAt: -Infinity,
  };
  return {
    store,
    accept: (accepted, onDisk) => accept(books, accepted, onDisk),
    earlier: (request, start) => earlier(books, request, start),
    checkpoint: (record, figures, at) =>
      later(books, record, () => writeCheckpoint(books, record, { ...figures, checkpoint: at })),
    noCheckpoint: (record) => later(books, record, () => dropCheckpoint(books, record)),
    resumed: ({ whole: job }, row) => void books.journal.keep({ kind: 'resumed', job, row }),
    keep: (name, bytes) => books.journal.keepBlob(name, bytes),
    end: (ended) => end(books, ended),
    ended: (job) => {
      const found = store.find(job);
      return found?.end ? found : undefined;
    },
    endedStatuses: () => store.endedStatuses(limits.jobsListedMax).map(decodeStatus),
    sweep: () => sweep(books),
    async close() {
      await books.journal.close();
      await store.close();
    },
  };
}

async function accept(books: Books, accepted: AcceptedRequest, onDisk: () => void): Promise<void> {
  const key = keyOf(accepted.request);
  const bytes = encodeRequest(accepted.request);
  const done = write(books, accepted, bytes).then(onDisk);
  if (key === undefined) return done;
  const id = done.then(() => accepted.id);
  books.accepting.set(key, { request: bytes, start: accepted.start, done: id });
  try {
    await id;
  } finally {
    books.accepting.delete(key);
  }
}

async function write(books: Books, accepted: AcceptedRequest, request: Uint8Array): Promise<void> {
  const { id, start, given } = accepted;
  const key = keyOf(accepted.request);
  const blob = given && (await books.journal.offerBlob(`${id}.given`, given));
  await books.journal.offer({ kind: 'accepted', job: { id, key, request, start, given: blob } });
  books.live.add(id);
}

function earlier(
  { accepting, store }: Books,
  request: SubmitRequest__Output,
  start: string | undefined,
): Promise<string> | undefined {
  const key = keyOf(request);
  if (key === undefined) return undefined;
  const pending = accepting.get(key);
  const found = pending ?? store.findKey(key);
  if (!found) return undefined;
  if (!sameRequest(found.request, request) || found.start !== start)
    throw otherRequest(request.idempotencyKey);
  return 'done' in found ? found.done : Promise.resolve(found.id);
}

/** Of its tenant: a key itself has no spaces. */
function keyOf({ tenant, idempotencyKey: key }: SubmitRequest__Output): string | undefined {
  if (key === '') return undefined;
  return tenant === '' ? key : `${tenant} ${key}`;
}

function otherRequest(key: string): SamplerError {
  const text = `idempotency-key: found "${key}" again with another request`;
  return new SamplerError('INVALID_REQUEST', `${text}, expected a key of its own for each`);
}

/** One write at a time for each job. */
function later(books: Books, { id, whole }: JobRecord, work: () => Promise<void>): void {
  if (!books.live.has(whole)) return;
  const own = books.checkpoints.get(id) ?? { next: undefined, writing: undefined };
  books.checkpoints.set(id, own);
  own.next = work;
  own.writing ??= writeNewest(books, own);
}

async function writeNewest(books: Books, own: Checkpoints): Promise<void> {
  for (let work = own.next; work; work = own.next) {
    own.next = undefined;
    try {
      await work();
    } catch (error) {
      // the next one comes in a moment
      books.log.warn({ error: String(error) }, 'a checkpoint was not written');
    }
  }
  own.writing = undefined;
}

async function writeCheckpoint(books: Books, record: JobRecord, held: Earlier): Promise<void> {
  const { id, whole, resolved } = record;
  if (!resolved || !books.live.has(whole)) return;
  const { store, journal } = books;
  const before = store.checkpointsOf(whole).filter(({ job }) => job === id);
  const state = encodeCheckpoint(held, resolved);
  const { state: values } = held.checkpoint;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const name = `${id}.at-${held.checkpoint.row}-${store.epoch}-${++books.blobs}`;
  const latents = await journal.offerBlob(name, bytes);
  await journal.keep({ kind: 'checkpoint', checkpoint: { job: id, whole, state, latents } });
  await store.removeBlobs(filesOf(before.map((one) => one.latents)));
}

function filesOf(blobs: readonly Blob[]): string[] {
  return blobs.flatMap(({ name, inline }) => (inline ? [] : [name]));
}

/** With its file: nothing refers to it any more. */
async function dropCheckpoint({ store, journal }: Books, { id, whole }: JobRecord): Promise<void> {
  const before = store.checkpointsOf(whole).filter(({ job }) => job === id);
  await journal.keep({ kind: 'noCheckpoint', job: id });
  await store.removeBlobs(filesOf(before.map(({ latents }) => latents)));
}

async function end(books: Books, ended: EndedJob): Promise<void> {
  const { store, journal } = books;
  // from here on it gets no new checkpoint, and one that is being written goes with the others
  books.live.delete(ended.job);
  for (const [id, own] of books.checkpoints) {
    if (!id.startsWith(ended.job)) continue;
    books.checkpoints.delete(id);
    own.next = undefined;
    await own.writing;
  }
  const before = store.blobsOf(ended.job);
  await journal.keep({ kind: 'ended', ended });
  await store.removeBlobs(filesOf(before));
}

async function sweep(books: Books): Promise<void> {
  const { store, journal, retention, log } = books;
  if (performance.now() - books.sweptAt < SWEEP_MS) return;
  books.sweptAt = performance.now();
  for (const job of store.expired(retention)) {
    const files = filesOf(store.blobsOf(job));
    await journal.keep({ kind: 'forgotten', job });
    await store.removeBlobs(files);
    log.debug({ job }, 'job forgotten');
  }
}
