/**
 * What the model of a worker did since somebody last asked: counts that travel in heartbeats, since
 * a worker has no port that could be asked for them.
 */

/** Bounds of the counts: a call of n rows is in the first of 1, 2, 4 ... that is at least n. */
const LEAST_MS = 0.25;
/** 2^22 rows, and 2^20 seconds: nothing is longer. */
const COUNTS_MAX = 32;

export interface CallCounts {
  /** The running call included, up to now. */
  readonly busyMs: number;
  /** By model rows: at most 1, 2, 4 ... */
  readonly callsByRows: number[];
  /** By milliseconds: at most 1/4, 1/2, 1 ... */
  readonly callsByMs: number[];
  /** Of the calls that ended. */
  readonly callRows: number;
  readonly callMs: number;
}

export interface CallMeter {
  started(): void;
  /** @param rows model rows; absent where the call failed */
  ended(rows?: number): void;
  /** Since the last time it was called. */
  take(): CallCounts;
}

/** @param now milliseconds, monotonic */
export function createCallMeter(now: () => number): CallMeter {
  let counts = nothing();
  let startedMs: number | undefined;
  /** Until when the running call is in `counts.busyMs`. */
  let countedMs = 0;
  const count = (atMs: number): void => {
    if (startedMs === undefined) return;
    counts.busyMs += atMs - countedMs;
    countedMs = atMs;
  };
  return {
    started() {
      startedMs = now();
      countedMs = startedMs;
    },
    ended(rows) {
      const atMs = now();
      count(atMs);
      const ms = atMs - (startedMs ?? atMs);
      startedMs = undefined;
      if (rows === undefined) return;
      increment(counts.callsByRows, rows);
      increment(counts.callsByMs, ms / LEAST_MS);
      counts.callRows += rows;
      counts.callMs += ms;
    },
    take() {
      count(now());
      const taken = counts;
      counts = nothing();
      return taken;
    },
  };
}

type Counting = { -readonly [Field in keyof CallCounts]: CallCounts[Field] };

function nothing(): Counting {
  return { busyMs: 0, callsByRows: [], callsByMs: [], callRows: 0, callMs: 0 };
}

function increment(counts: number[], size: number): void {
  const k = Math.min(COUNTS_MAX - 1, Math.max(0, Math.ceil(Math.log2(size))));
  while (counts.length <= k) counts.push(0);
  counts[k] = (counts[k] ?? 0) + 1;
}

/** Of all models of a worker. */
export function addCounts(all: readonly CallCounts[]): CallCounts {
  const sum = nothing();
  for (const one of all) {
    sum.busyMs += one.busyMs;
    sum.callRows += one.callRows;
    sum.callMs += one.callMs;
    for (const field of ['callsByRows', 'callsByMs'] as const) {
      for (const [k, count] of one[field].entries()) sum[field][k] = (sum[field][k] ?? 0) + count;
    }
  }
  return sum;
}
