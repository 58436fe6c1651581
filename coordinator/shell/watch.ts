/**
 * Progress to a watcher. A slow reader misses progress, never states: at most one event of each
 * state waits, and the newest replaces it. What an event has of the trace is read when it is sent,
 * so that no round is lost on whoever is slow.
 */
import type { HeldBlock } from '../../proto/generated/isochron/v1/HeldBlock.ts';
import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import { limits } from '../../shared/kernel/limits.ts';
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { bytesOf } from '../../shared/protocol/latents.ts';
import type { JobRecord } from './job-record.ts';

/** Between two events of a running job: terminals and people need no more. */
const INTERVAL_MS = 50;
const PREVIEW_MS = 100;
const over = ['DONE', 'FAILED', 'CANCELLED'];

export interface WatchOptions {
  readonly previews: boolean;
  /** With rounds and blocks. */
  readonly trace: boolean;
  /** The watcher has left. */
  readonly signal: AbortSignal;
}

/** What is looked at of a job that has not ended. */
export interface Watched {
  readonly record: JobRecord;
  readonly status: () => JobStatus;
  readonly blocks: () => HeldBlock[];
  /** Undefined before any row has frozen. */
  readonly errorEstimate: () => number | undefined;
}

/** From the job's current state to its last one. @throws SamplerError OVERLOADED, at once. */
export function watchJob(watched: Watched, options: WatchOptions): AsyncIterable<JobEvent> {
  const { record } = watched;
  if (record.watchers.size >= limits.watchersPerJobMax) {
    throw new SamplerError('OVERLOADED', `job ${record.id} has too many watchers`);
  }
  return events(watched, options);
}

async function* events(watched: Watched, options: WatchOptions): AsyncGenerator<JobEvent> {
  const { record, status, errorEstimate } = watched;
  const { signal } = options;
  const waiting: { readonly status: JobStatus; readonly error: number | undefined }[] = [];
  const bell = createBell();
  const notify = (): void => {
    const next = status();
    if (waiting.at(-1)?.status.state === next.state) waiting.pop();
    waiting.push({ status: next, error: errorEstimate() });
    bell.ring();
  };
  const isLast = ({ state }: JobStatus): boolean => over.includes(String(state));
  const ends = (): boolean => {
    const newest = waiting.at(-1);
    return signal.aborted || (newest !== undefined && isLast(newest.status));
  };
  const news = createNews(watched, options);
  record.watchers.add(notify);
  signal.addEventListener('abort', bell.ring);
  try {
    notify();
    while (!signal.aborted) {
      const next = waiting.shift();
      if (!next) {
        await bell.rung();
        continue;
      }
      const { status: told, error } = next;
      yield { status: told, ...news(), ...(error !== undefined && { errorEstimate: error }) };
      if (isLast(told)) return;
      await quiet(bell, ends);
    }
  } finally {
    record.watchers.delete(notify);
    signal.removeEventListener('abort', bell.ring);
  }
}

/** What the watcher has not been told, each time it is called. */
function createNews(
  { record, blocks }: Watched,
  { previews, trace }: WatchOptions,
): () => Pick<JobEvent, 'preview' | 'previewShape' | 'rounds' | 'blocks'> {
  let position = 0;
  let told = '';
  let shown: readonly Float32Array[] = [];
  let shownMs = -Infinity;
  const rounds = () => {
    const piece = record.trace.since(position);
    ({ position } = piece);
    return piece.rounds.map(traceRound);
  };
  const moved = (): HeldBlock[] => {
    const held = blocks();
    const key = held.map(({ begin, end, worker }) => `${begin} ${end} ${worker}`).join();
    if (key === told || held.length === 0) return [];
    told = key;
    return held;
  };
  const preview = () => {
    const found = estimateOf(record);
    const { resolved } = record;
    if (!found || !resolved || performance.now() - shownMs < PREVIEW_MS) return {};
    if (found.every((part, k) => part === shown[k])) return {};
    shown = found;
    shownMs = performance.now();
    const previewShape = [resolved.spec.samples, ...resolved.model.sampleShape];
    return { preview: Buffer.concat(found.map(bytesOf)), previewShape };
  };
  return () => ({
    ...(previews && preview()),
    ...(trace && { rounds: rounds(), blocks: moved() }),
  });
}

export function traceRound({ round, frontier, firstStep, codes }: RoundResiduals) {
  const { buffer, byteOffset, byteLength } = codes;
  const residualCodes = Buffer.from(buffer, byteOffset, byteLength);
  return { round, frontier, firstStep, residualCodes };
}

/**
 * Of the parts that its samples run in, in their order. Undefined before there is one of all
 * samples, and where it is too large to be sent again and again.
 */
function estimateOf({ parts, preview, resolved }: JobRecord): Float32Array[] | undefined {
  if (!resolved) return undefined;
  const length = resolved.spec.samples * resolved.spec.dim;
  if (length * Float32Array.BYTES_PER_ELEMENT > limits.previewBytesMax) return undefined;
  const estimates =
    parts.length > 0 ? parts.map((part) => part.samples ?? part.preview) : [preview];
  const found = estimates.filter((estimate) => estimate !== undefined);
  const elements = found.reduce((sum, estimate) => sum + estimate.length, 0);
  return elements === length ? found : undefined;
}

interface Bell {
  readonly ring: () => void;
  /** Resolves when it rings next. */
  readonly rung: () => Promise<void>;
}

function createBell(): Bell {
  let ring = (): void => undefined;
  const rung = (): Promise<void> =>
    new Promise((resolve) => {
      ring = resolve;
    });
  return { ring: () => ring(), rung };
}

/** Lets time pass, unless there is nothing left to wait for. */
async function quiet({ ring, rung }: Bell, ends: () => boolean): Promise<void> {
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    ring();
  }, INTERVAL_MS);
  while (!passed && !ends()) await rung();
  clearTimeout(timer);
}
