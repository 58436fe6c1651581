/**
 * Changes on their way to the store. Whatever comes while a transaction is written goes into the
 * next one, so many submits at once share one fsync. What the disk has no room for is tried again;
 * any other failure is the end of the process, which starts again from what is on disk.
 */
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { StoreError, type Blob, type JobStore, type StoreChange } from './job-store.ts';

const RETRY_MS = 1_000;

export interface Journal {
  /** Resolves once it is on disk; rejects with STORE_FULL where there is no room for it. */
  offer(change: StoreChange): Promise<void>;
  /** Resolves once it is on disk, however long the disk is full. */
  keep(change: StoreChange): Promise<void>;
  /** As `offer`, for bytes. */
  offerBlob(name: string, bytes: Uint8Array): Promise<Blob>;
  /** As `keep`. */
  keepBlob(name: string, bytes: Uint8Array): Promise<Blob>;
  /** The disk was full a moment ago. */
  readonly full: boolean;
  /** Writes what is on its way, if it fits. */
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly store: Pick<JobStore, 'commit' | 'writeBlob'>;
  /** The store has failed: nothing can be promised any more. */
  readonly fatal: (error: StoreError) => void;
  readonly retryMs?: number;
}

interface Entry {
  readonly change: StoreChange;
  /** It waits until it fits. */
  readonly patient: boolean;
  readonly resolve: () => void;
  readonly reject: (error: SamplerError) => void;
}

interface State {
  readonly options: JournalOptions;
  waiting: Entry[];
  writing: Promise<void> | undefined;
  full: boolean;
  closed: boolean;
}

export function createJournal(options: JournalOptions): Journal {
  const state: State = { options, waiting: [], writing: undefined, full: false, closed: false };
  return {
    offer: (change) => add(state, change, false),
    keep: (change) => add(state, change, true),
    offerBlob: (name, bytes) => writeBlob(state, name, bytes),
    keepBlob: (name, bytes) => keepBlob(state, name, bytes),
    get full() {
      return state.full;
    },
    async close() {
      // whoever waits for room does not get it any more
      state.closed = true;
      await state.writing;
    },
  };
}

function add(state: State, change: StoreChange, patient: boolean): Promise<void> {
  if (state.full && !patient) return Promise.reject(storeFull());
  return new Promise((resolve, reject) => {
    state.waiting.push({ change, patient, resolve, reject });
    state.writing ??= writeAll(state);
  });
}

export function storeFull(): SamplerError {
  const text = 'the disk of the coordinator is full: the job was not taken, try again later';
  return new SamplerError('STORE_FULL', text);
}

async function writeAll(state: State): Promise<void> {
  // what else comes in this turn shares the transaction
  await new Promise((resolve) => setImmediate(resolve));
  while (state.waiting.length > 0) {
    const batch = state.waiting.splice(0, limits.storeBatchMax);
    const failure = await tried(state, () =>
      state.options.store.commit(batch.map(({ change }) => change)),
    );
    if (!failure) for (const { resolve } of batch) resolve();
    else if (failure.failure !== 'full') return;
    else if (!(await putOff(state, batch))) return;
  }
  state.writing = undefined;
}

/** The batch did not fit: who can is told, the others wait. False where nobody waits any more. */
async function putOff(state: State, batch: readonly Entry[]): Promise<boolean> {
  for (const { patient, reject } of batch) if (!patient) reject(storeFull());
  state.waiting.unshift(...batch.filter(({ patient }) => patient));
  if (state.waiting.length === 0) return true;
  await room(state);
  return !state.closed;
}

async function room(state: State): Promise<void> {
  state.full = true;
  await new Promise((resolve) => setTimeout(resolve, state.options.retryMs ?? RETRY_MS));
  state.full = false;
}

/** Undefined where it is on disk. */
async function tried(state: State, write: () => Promise<void>): Promise<StoreError | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    const failure = error instanceof StoreError ? error : unexpected(error);
    // what is still on its way when the store is closed was promised to nobody
    if (failure.failure !== 'full' && !state.closed) state.options.fatal(failure);
    return failure;
  }
}

function unexpected(error: unknown): StoreError {
  return new StoreError('failed', String(error), { cause: error });
}

async function writeBlob(state: State, name: string, bytes: Uint8Array): Promise<Blob> {
  let blob: Blob | undefined;
  const failure = await tried(state, async () => {
    blob = await state.options.store.writeBlob(name, bytes);
  });
  if (blob) return blob;
  if (failure?.failure === 'full') throw storeFull();
  throw new SamplerError('INTERNAL', failure?.message ?? 'the store has failed');
}

async function keepBlob(state: State, name: string, bytes: Uint8Array): Promise<Blob> {
  for (;;) {
    try {
      return await writeBlob(state, name, bytes);
    } catch (error) {
      const full = error instanceof SamplerError && error.code === 'STORE_FULL';
      if (!full || state.closed) throw error;
      await room(state);
    }
  }
}
