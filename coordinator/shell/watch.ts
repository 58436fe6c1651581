/**
 * Progress to a watcher. A slow reader misses rounds, never states: at most one event of each
 * state waits, and the newest replaces it.
 */
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { WatchRequest__Output } from '../../proto/generated/isochron/v1/WatchRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { JobRecord } from './job-record.ts';

/** Between two events of a running job: terminals and people need no more. */
const INTERVAL_MS = 50;
const over = ['DONE', 'FAILED', 'CANCELLED'];

export function watchJob(
  call: ServerWritableStream<WatchRequest__Output, JobEvent>,
  record: JobRecord,
  status: () => JobStatus,
): void {
  if (record.watchers.size >= limits.watchersPerJobMax) {
    throw new SamplerError('OVERLOADED', `job ${record.id} has too many watchers`);
  }
  const waiting: JobStatus[] = [];
  let timer: NodeJS.Timeout | undefined;
  let blocked = false;
  const stop = () => {
    clearTimeout(timer);
    record.watchers.delete(notify);
  };
  const flush = () => {
    timer = undefined;
    while (waiting.length > 0 && !blocked) {
      const next = waiting.shift() ?? {};
      const preview = call.request.previews ? record.preview : undefined;
      blocked = !call.write({ status: next, ...(preview && { preview: bytesOf(preview) }) });
      if (!over.includes(String(next.state))) continue;
      stop();
      call.end();
      return;
    }
  };
  const notify = () => {
    const next = status();
    if (waiting.at(-1)?.state === next.state) waiting.pop();
    waiting.push(next);
    if (over.includes(String(next.state))) flush();
    else timer ??= setTimeout(flush, INTERVAL_MS);
  };
  call.on('drain', () => {
    blocked = false;
    flush();
  });
  call.on('cancelled', stop);
  call.on('error', stop);
  record.watchers.add(notify);
  notify();
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
