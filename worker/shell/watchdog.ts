/**
 * Ends this process when a model call hangs. Nothing inside can end a native call: `process.exit`
 * and `terminate` wait for it (measured), and a call on the main thread holds up every timer there.
 * So a thread of its own looks at a few words of shared memory, and its only means is SIGKILL; what
 * comes after is the supervisor's.
 */
import { Worker } from 'node:worker_threads';

import { callMs, type LatencyCurve } from '../../shared/numerics/latency-curve.ts';
import type { ModelSlot } from '../backend/backend.ts';
import { threadEntry } from '../backend/threaded-backend.ts';
import { watchWords, type WatchdogData } from './watch-words.ts';

/** Least time after which a call counts as hung, unless an operator says otherwise. */
export const hangMsDefault = 30_000;
/** A call may take so many times what it took when it was measured. */
const HANG_FACTOR = 20;
/** A call that nobody has measured yet: loading a model may compile it. */
const UNKNOWN_MS = 600_000;

export interface Watchdog {
  /** The same slot, with its calls watched; the limit is what `limit` says when one begins. */
  watch(slot: ModelSlot, limit: () => number): ModelSlot;
  close(): Promise<void>;
}

const INTERVAL_MS = 500;

export function startWatchdog(): Watchdog {
  const shared = new SharedArrayBuffer(watchWords.count * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(shared);
  const workerData: WatchdogData = { words: shared, intervalMs: INTERVAL_MS };
  const entry = threadEntry('watchdog-thread', import.meta.url);
  const thread = new Worker(entry, { workerData, name: 'watchdog' });
  thread.unref();
  const running: { readonly call: number; readonly limitMs: number }[] = [];
  let calls = 0;

  // the oldest call is watched: later ones of the same thread wait for it
  const tell = (): void => {
    const [oldest] = running;
    Atomics.store(words, watchWords.limitMs, oldest?.limitMs ?? 0);
    Atomics.store(words, watchWords.call, oldest?.call ?? 0);
  };
  const begin = (limitMs: number): (() => void) => {
    calls = (calls % 0x7fff_ffff) + 1;
    const own = { call: calls, limitMs: Math.min(0x7fff_ffff, Math.ceil(limitMs)) };
    running.push(own);
    tell();
    return () => {
      running.splice(running.indexOf(own), 1);
      Atomics.add(words, watchWords.ended, 1);
      tell();
    };
  };
  return {
    watch: (slot, limit) => ({
      ...slot,
      run: async (count, way) => {
        const end = begin(limit());
        try {
          return await slot.run(count, way);
        } finally {
          end();
        }
      },
    }),
    close: async () => void (await thread.terminate()),
  };
}

/** A call of a model that takes longer hangs. */
export function hangMsOf(
  curve: LatencyCurve | undefined,
  maxBatch: number,
  leastMs: number,
): number {
  if (curve === undefined || curve.length === 0) return Math.max(leastMs, UNKNOWN_MS);
  return Math.max(leastMs, HANG_FACTOR * callMs(curve, maxBatch));
}
