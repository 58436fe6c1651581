/**
 * Progress to a watcher. A slow reader misses rounds, never states: at most one event of each
 * state waits, and the newest replaces it.
 */
import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { JobRecord } from './job-record.ts';

/** Between two events of a running job: terminals and people need no more. */
const INTERVAL_MS = 50;
const over = ['DONE', 'FAILED', 'CANCELLED'];

export interface WatchOptions {
  readonly previews: boolean;
  /** The watcher has left. */
  readonly signal: AbortSignal;
}

/** From the job's current state to its last one. @throws SamplerError OVERLOADED, at once. */
export function watchJob(
  record: JobRecord,
  status: () => JobStatus,
  options: WatchOptions,
): AsyncIterable<JobEvent> {
  if (record.watchers.size >= limits.watchersPerJobMax) {
    throw new SamplerError('OVERLOADED', `job ${record.id} has too many watchers`);
  }
  return events(record, status, options);
}

async function* events(
  record: JobRecord,
  status: () => JobStatus,
  { previews, signal }: WatchOptions,
): AsyncGenerator<JobEvent> {
  const waiting: JobStatus[] = [];
  const bell = createBell();
  const notify = (): void => {
    const next = status();
    if (waiting.at(-1)?.state === next.state) waiting.pop();
    waiting.push(next);
    bell.ring();
  };
  const ends = (): boolean => signal.aborted || over.includes(String(waiting.at(-1)?.state));
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
      const preview = previews ? record.preview : undefined;
      yield { status: next, ...(preview && { preview: bytesOf(preview) }) };
      if (over.includes(String(next.state))) return;
      await quiet(bell, ends);
    }
  } finally {
    record.watchers.delete(notify);
    signal.removeEventListener('abort', bell.ring);
  }
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

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
