/**
 * What each worker does, for who looks at the cluster: from an order to its reply is an interval.
 * Kept in a ring of fixed size; a message costs a few lookups, however much there is.
 */
import { performance } from 'node:perf_hooks';
import type { Fence, FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import { limits } from '../../shared/kernel/limits.ts';

export interface Interval {
  /** Rises by one with each, from 1. */
  readonly number: number;
  readonly worker: string;
  readonly name: string;
  /** The one that clients see. */
  readonly job: string;
  readonly block: number;
  /** Of the block, whether all of them were active or not. */
  readonly rows: number;
  /** On the coordinator's monotonic clock. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface Replier {
  readonly worker: string;
  readonly name: string;
  /** The job that clients see. */
  readonly whole: string;
}

export interface Activity {
  sent(worker: string, message: ToWorker): void;
  received(from: Replier, message: FromBlock): void;
  /** Intervals with greater numbers that are still kept, and ended after `sinceMs`. */
  after(number: number, sinceMs: number): Interval[];
  readonly nowMs: () => number;
}

interface Open {
  rows: number;
  /** Undefined while nothing is ordered. */
  startMs: number | undefined;
}

export function createActivity(now: () => number = () => performance.now()): Activity {
  const ring: Interval[] = [];
  const open = new Map<string, Open>();
  let count = 0;
  return {
    nowMs: now,
    sent(worker, message) {
      if (message.kind === 'openJob' || message.kind === 'closeJob') return;
      const key = keyOf(worker, message.fence);
      if (message.kind === 'assignBlock') {
        remember(open, key, { rows: message.end - message.begin, startMs: undefined });
      } else if (message.kind === 'releaseBlock' && !message.collect && !message.handOver) {
        open.delete(key);
      } else {
        const known = open.get(key);
        if (known) known.startMs ??= now();
        else remember(open, key, { rows: 0, startMs: now() });
      }
    },
    received({ worker, name, whole }, message) {
      const known = open.get(keyOf(worker, message.fence));
      if (known?.startMs === undefined) return;
      const { block } = message.fence;
      const { rows, startMs } = known;
      const endMs = now();
      const at = count % limits.activityIntervalsMax;
      ring[at] = { number: ++count, worker, name, job: whole, block, rows, startMs, endMs };
      // progress is a part of the answer: the worker goes on
      known.startMs = message.kind === 'progress' ? endMs : undefined;
      if (message.kind === 'rows' || message.kind === 'blockFailed') {
        open.delete(keyOf(worker, message.fence));
      }
    },
    after(number, sinceMs) {
      const found: Interval[] = [];
      const first = Math.max(number + 1, count - limits.activityIntervalsMax + 1, 1);
      // from the newest: those before the first that is too old are older still
      for (let k = count; k >= first; k--) {
        const interval = ring[(k - 1) % limits.activityIntervalsMax];
        if (!interval || interval.endMs < sinceMs) break;
        found.push(interval);
      }
      return found.reverse();
    },
  };
}

function keyOf(worker: string, { job, block }: Fence): string {
  return `${worker} ${job} ${block}`;
}

/** The oldest go: of workers that were lost nobody hears again. */
function remember(open: Map<string, Open>, key: string, value: Open): void {
  open.delete(key);
  open.set(key, value);
  if (open.size <= limits.activityOpenMax) return;
  for (const oldest of open.keys()) {
    open.delete(oldest);
    return;
  }
}
