/** Sleeping until an exact moment, without spending any of the processor. */
import { Worker } from 'node:worker_threads';

import { assert } from '../../../shared/kernel/assert.ts';
import { threadEntry } from '../threaded-backend.ts';
import { boardBytes, layout, nowMs, SLEEPERS_MAX } from './sleep-board.ts';

export { nowMs } from './sleep-board.ts';

export interface Sleeper {
  /** Resolves at that moment of `nowMs`, give or take 0.1 ms, once this thread is free. */
  until(dueMs: number): Promise<void>;
  close(): void;
}

/**
 * Waking up takes some 0.1 ms, more on a busy machine: it is begun earlier by what it has taken, so
 * that a chain of sleeps does not drift. The lead follows the error slowly and never gets long.
 */
const LEAD_MS = { first: 0.1, most: 0.4, errorMost: 0.4, share: 0.1 } as const;
/** Longer than any call: it keeps this thread's loop from ending while somebody sleeps. */
const KEPT_ALIVE_MS = 60_000;

interface Bedroom {
  readonly memory: SharedArrayBuffer;
  readonly worker: Worker;
  readonly free: number[];
}

let shared: Bedroom | undefined;

/** One sleep at a time each. All sleepers of a process share one thread. */
export function openSleeper(): Sleeper {
  const bedroom = (shared ??= openBedroom());
  const { wishes, due, bells } = layout(bedroom.memory);
  let leadMs: number = LEAD_MS.first;
  const own = bedroom.free.pop();
  assert(own !== undefined, `more than ${SLEEPERS_MAX} emulated devices in one process`);
  return {
    async until(dueMs) {
      if (dueMs - nowMs() < leadMs) return;
      Atomics.store(bells, own, 0);
      due[own] = dueMs - leadMs;
      Atomics.add(wishes, 0, 1);
      Atomics.notify(wishes, 0);
      const alive = setTimeout(() => undefined, KEPT_ALIVE_MS);
      await Atomics.waitAsync(bells, own, 0).value;
      clearTimeout(alive);
      leadMs = follow(leadMs, nowMs() - dueMs);
    },
    close: () => void bedroom.free.push(own),
  };
}

function follow(leadMs: number, lateMs: number): number {
  const error = Math.max(-LEAD_MS.errorMost, Math.min(LEAD_MS.errorMost, lateMs));
  return Math.max(0, Math.min(LEAD_MS.most, leadMs + LEAD_MS.share * error));
}

function openBedroom(): Bedroom {
  const memory = new SharedArrayBuffer(boardBytes);
  layout(memory).due.fill(Infinity);
  const entry = threadEntry('sleep-thread', import.meta.url);
  const worker = new Worker(entry, { workerData: memory, name: 'sleep' });
  // it sleeps for ever: it must not keep a process from ending
  worker.unref();
  return { memory, worker, free: Array.from({ length: SLEEPERS_MAX }, (_, sleeper) => sleeper) };
}
