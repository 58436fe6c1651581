/**
 * How long workers take for rows: the latency curve that each was measured at, times its pace, what
 * its calls really take now over what the curve says. From it, how many rows of a round each one
 * should have. Decided from what replies say only, so that a run can be told again.
 *
 * A round is over when the last worker has its rows: shares make the longest time as short as it
 * can be, and who would take longer for one row than the others for all of theirs gets none.
 */
import type { WorkCost } from '../../shared/kernel/block-messages.ts';
import { bestBatches, callMs } from '../../shared/numerics/latency-curve.ts';
import type { Pace, WorkerModel, WorkerState } from './state.ts';

/** What a worker's calls said before counts so much less with every reply. */
const MEMORY = 0.7;
/** After that time without calls, half of what is known of a pace is forgotten. */
const FORGET_MS = 10_000;
/** One reply cannot say more than that. */
const FACTOR_MAX = 100;
/** Even shares stay unless they cost this many times the round of others ... */
export const UNEVEN = 1.25;
/** ... and so much time: figures of short calls are mostly noise. */
const WORTH_MS = 5;
/** Of an even share: less than that is left out where the round gets no longer than that by it. */
const LITTLE = 1 / 3;
const LITTLE_GAIN = 1.15;
/** Rows are dealt in about as many pieces, however many there are. */
const DEALS = 128;
/** Workers are compared by the time of so many rows. */
const COMPARED_ROWS = 4;

/** Milliseconds of so many pairs of row and sample. */
export type Timer = (rows: number) => number;

/** What is known of a pace after one more reply. A call that jobs share is counted by one. */
export function paceAfter(pace: Pace | undefined, cost: WorkCost, atMs: number): Pace | undefined {
  const { microBatches: calls, forwardPasses: rows, modelMs } = cost;
  if (rows === 0) return pace;
  const { calls: oldCalls = 0, rows: oldRows = 0, ms: oldMs = 0 } = pace ?? {};
  return {
    calls: MEMORY * oldCalls + calls,
    rows: MEMORY * oldRows + rows,
    ms: MEMORY * oldMs + (calls > 0 ? modelMs : 0),
    atMs,
  };
}

/** Measured over expected; 1 where nothing was measured, or not lately. */
export function paceOf({ curve, pace }: WorkerModel, nowMs: number): number {
  if (!curve || !pace || !(pace.calls > 0)) return 1;
  const expected = pace.calls * callMs(curve, pace.rows / pace.calls);
  if (!(expected > 0)) return 1;
  const factor = Math.min(FACTOR_MAX, Math.max(1 / FACTOR_MAX, pace.ms / expected));
  return 1 + (factor - 1) / (1 + Math.max(0, nowMs - pace.atMs) / FORGET_MS);
}

export interface ModelName {
  readonly model: string;
  readonly modelSha256: string;
}

export function modelOf(
  { models }: Pick<WorkerState, 'models'>,
  { model, modelSha256 }: ModelName,
): WorkerModel | undefined {
  return models.find(({ name, sha256 }) => name === model && sha256 === modelSha256);
}

/** Undefined where nobody has measured the worker. */
export function timerOf(
  worker: Pick<WorkerState, 'models'>,
  name: ModelName,
  nowMs: number,
): Timer | undefined {
  const model = modelOf(worker, name);
  return model?.curve && curveTimer(model.curve, paceOf(model, nowMs));
}

/** Calls of the smallest of the best batches, as a worker's batcher cuts them. */
export function curveTimer(curve: NonNullable<WorkerModel['curve']>, pace = 1): Timer {
  const most = bestBatches(curve).smallest;
  return (rows) => {
    const calls = Math.ceil(rows / most);
    return calls === 0 ? 0 : pace * calls * callMs(curve, rows / calls);
  };
}

/** Longest time of any worker with so many rows each. */
export function longestMs(timers: readonly Timer[], shares: readonly number[]): number {
  return Math.max(0, ...timers.map((timer, k) => timer(shares[k] ?? 0)));
}

/**
 * Rows of a round for each worker, dealt to whoever is done first with them; where two are, to the
 * one with fewer.
 * @param perRow pairs of row and sample
 */
export function allot(rows: number, timers: readonly Timer[], perRow = 1): number[] {
  const shares = timers.map(() => 0);
  if (timers.length === 0) return shares;
  const piece = Math.max(1, Math.ceil(rows / DEALS));
  for (let left = rows; left > 0;) {
    const count = Math.min(piece, left);
    let taker = 0;
    let least = Infinity;
    for (const [k, timer] of timers.entries()) {
      const own = shares[k] ?? 0;
      const ms = timer(perRow * (own + count));
      if (ms > least || (ms === least && own >= (shares[taker] ?? 0))) continue;
      [taker, least] = [k, ms];
    }
    shares[taker] = (shares[taker] ?? 0) + count;
    left -= count;
  }
  return shares;
}

/**
 * A few rows of a slow worker make a round hardly shorter while all rows are live, and longer when
 * less than that are: who would have little is left out.
 */
export function fairShares(rows: number, timers: readonly Timer[], perRow = 1): number[] {
  const all = allot(rows, timers, perRow);
  const little = (LITTLE * rows) / timers.length;
  const kept = timers.flatMap((timer, k) => ((all[k] ?? 0) > little ? [{ timer, k }] : []));
  if (kept.length === 0 || kept.length === timers.length) return all;
  const some = allot(
    rows,
    kept.map(({ timer }) => timer),
    perRow,
  );
  const shares = timers.map(() => 0);
  for (const [at, { k }] of kept.entries()) shares[k] = some[at] ?? 0;
  const pairs = (own: readonly number[]): number[] => own.map((share) => perRow * share);
  const worth = longestMs(timers, pairs(shares)) > LITTLE_GAIN * longestMs(timers, pairs(all));
  return worth ? all : shares;
}

/** `allot`, or undefined where even shares are about as good. */
export function unevenShares(
  rows: number,
  timers: readonly Timer[],
  perRow = 1,
): number[] | undefined {
  const shares = fairShares(rows, timers, perRow);
  const pairs = shares.map((share) => perRow * share);
  const even = timers.map(() => (perRow * rows) / timers.length);
  const [evenMs, bestMs] = [longestMs(timers, even), longestMs(timers, pairs)];
  return evenMs >= UNEVEN * bestMs && evenMs - bestMs >= WORTH_MS ? shares : undefined;
}

/**
 * How many times slower than the fastest, in whole numbers and from 0: those within half of its
 * time count as equal.
 */
export function slowness(workers: readonly WorkerState[], name: ModelName, nowMs: number) {
  const times = workers.map((worker) => timerOf(worker, name, nowMs)?.(COMPARED_ROWS) ?? 0);
  const fastest = Math.min(...times);
  return new Map(
    workers.map(({ id }, k) => {
      const ratio = fastest > 0 ? (times[k] ?? 0) / fastest : 1;
      return [id, Math.max(0, Math.floor(ratio - 0.5))];
    }),
  );
}
