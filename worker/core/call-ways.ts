/**
 * The ways to make a call of a worker that is alone, with the cores of workers that have nothing to
 * do: used where they were measured to be shorter. A call of a millisecond may lose by waking other
 * cores.
 *
 *   plain   on the threads of this worker
 *   wide    on more threads: helps the smallest calls, and those that read weights
 *   split   its rows shared by several plain calls side by side: helps calls that compute
 *
 * Which way is shorter: U-Net 1 row wide (4.6 -> 3.4 ms), 12 rows split (42 -> 24, wide 35); maze
 * planner wide at any size (two cores).
 *
 * What was measured when the workers joined is where it begins. Machines are shared: a core that
 * was busy then is free an hour later, and the other way round. So every call says what its way
 * takes now, and another way is tried now and then, as long as that costs little.
 */
import { callMs, type LatencyCurve } from '../../shared/numerics/latency-curve.ts';

export type CallWay = 'plain' | 'wide' | 'split';

/** Of a plain call's time; closer than that is noise. */
const PAYS = 0.9;
/** Sizes up to so many times larger or smaller vote: a busy moment spoils single ones. */
const ALIKE = 4;
/** The median of so many newest calls is what a way takes now. */
const NEWEST = 5;
/** Calls after another way wake threads, and say nothing (wide: 1.5 and 1.2 ms, then 1.1). */
const WAKING_CALLS = 2;
/** So many in a row are a trial: those that count are most of NEWEST. */
const TRIAL_CALLS = WAKING_CALLS + 3;
/** What a way usually takes goes by its last ten calls or so; what it takes now may be a moment. */
const USUAL_SHARE = 0.1;
/** Calls between two trials, at least. */
const TRIAL_EVERY = 25;
/** Of the time of calls, what trials may add to it. */
const TRIAL_SHARE = 0.01;
/** What they may add at first, in plain calls: figures of the moment of a start are the worst. */
const FIRST_CREDIT = 12;

export interface CallWays {
  /** Takes them down; what calls of a worker that is alone take, each by the shortest way. */
  measured(plain: LatencyCurve, others: ReadonlyMap<CallWay, LatencyCurve>): LatencyCurve;
  /** Plain before anything was measured. */
  shortest(count: number): CallWay;
  /** The way of the next call: the shortest, or one that is tried. */
  next(count: number): CallWay;
  /** What a call took. */
  took(way: CallWay, count: number, ms: number): void;
}

/** What a way takes of a plain call's time. */
interface Share {
  readonly batch: number;
  readonly share: number;
}

interface Way {
  readonly way: CallWay;
  readonly shares: readonly Share[];
  /** Of the newest calls, what they took of what was measured. */
  readonly newest: number[];
  /** The mean of what their median was, newer ones first. */
  usual: number;
  /** The number of its last trial. */
  tried: number;
}

interface State {
  plain: LatencyCurve;
  ways: readonly Way[];
  trial: { readonly way: Way; left: number } | undefined;
  trials: number;
  /** The way of the newest call, and how many were made that way since another one. */
  last: CallWay;
  streak: number;
  /** Calls since the last trial. */
  since: number;
  /** What a trial may add, in milliseconds. */
  creditMs: number;
}

export function callWays(): CallWays {
  const state: State = {
    plain: [],
    ways: [],
    trial: undefined,
    trials: 0,
    last: 'plain',
    streak: 0,
    since: 0,
    creditMs: 0,
  };
  const shortest = (count: number): CallWay => shortestOf(state, count)?.way ?? 'plain';
  return {
    shortest,
    next: (count) => nextOf(state, count)?.way ?? 'plain',
    took: (way, count, ms) => note(state, way, { count, ms }),
    measured: (plain, others) => {
      const ways = Array.from(others, ([way, curve]) => newWay(way, sharesOf(plain, curve)));
      const itself = newWay('plain', [{ batch: 1, share: 1 }]);
      const creditMs = FIRST_CREDIT * (plain[0]?.ms ?? 0);
      Object.assign(state, {
        plain,
        ways: [itself, ...ways],
        trial: undefined,
        since: 0,
        creditMs,
      });
      return plain.map(({ batch, ms }) => {
        const curve = others.get(shortest(batch));
        return { batch, ms: curve ? callMs(curve, batch) : ms };
      });
    },
  };
}

function note(
  state: State,
  way: CallWay,
  { count, ms }: { readonly count: number; readonly ms: number },
): void {
  state.streak = way === state.last ? state.streak + 1 : 1;
  state.last = way;
  const used = state.ways.find((one) => one.way === way);
  const expectedMs = used && shareAt(used.shares, count) * callMs(state.plain, count);
  if (state.streak <= WAKING_CALLS || !expectedMs || !(ms > 0)) return;
  used.newest.push(ms / expectedMs);
  if (used.newest.length > NEWEST) used.newest.shift();
  used.usual += USUAL_SHARE * (median(used.newest) - used.usual);
}

function newWay(way: CallWay, shares: readonly Share[]): Way {
  return { way, shares, newest: [], usual: 1, tried: 0 };
}

/** Undefined before anything was measured. */
function shortestOf({ ways }: State, count: number): Way | undefined {
  let [best] = ways;
  if (!best) return undefined;
  let least = PAYS * shareNow(best, count);
  for (const way of ways.slice(1)) {
    const share = shareNow(way, count);
    if (share < least) [best, least] = [way, share];
  }
  return best;
}

function nextOf(state: State, count: number): Way | undefined {
  const best = shortestOf(state, count);
  if (!best) return undefined;
  const { trial } = state;
  if (trial && trial.left > 0 && shareNow(trial.way, count) < Infinity) {
    trial.left--;
    return trial.way;
  }
  const plainMs = callMs(state.plain, count);
  const bestShare = shareNow(best, count);
  state.creditMs += TRIAL_SHARE * bestShare * plainMs;
  if (++state.since < TRIAL_EVERY) return best;
  const costOf = (way: Way): number =>
    TRIAL_CALLS * Math.max(0, hopedFor(way, count) - bestShare) * plainMs;
  const [other] = state.ways
    .filter((way) => way !== best && costOf(way) <= state.creditMs)
    .sort((a, b) => a.tried - b.tried);
  if (!other) return best;
  state.creditMs -= costOf(other);
  state.since = 0;
  other.tried = ++state.trials;
  state.trial = { way: other, left: TRIAL_CALLS - 1 };
  return other;
}

/** One that has only just become slow may soon be as it was. */
function hopedFor(way: Way, count: number): number {
  const now = shareNow(way, count);
  return now < Infinity ? Math.min(now, way.usual * shareAt(way.shares, count)) : now;
}

/** Of the plain call that was measured; one row cannot be split. */
function shareNow({ way, shares, newest }: Way, count: number): number {
  if (way === 'split' && count === 1) return Infinity;
  const pace = newest.length <= NEWEST >> 1 ? 1 : median(newest);
  return pace * shareAt(shares, count);
}

function sharesOf(plain: LatencyCurve, curve: LatencyCurve): Share[] {
  return plain.map(({ batch, ms }) => ({ batch, share: callMs(curve, batch) / ms }));
}

/** The median of calls of about that size. */
function shareAt(shares: readonly Share[], count: number): number {
  const alike = shares.filter(({ batch }) => Math.abs(Math.log(batch / count)) <= Math.log(ALIKE));
  const voters = alike.length > 0 ? alike : shares.slice(-1);
  return median(voters.map(({ share }) => share));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Infinity;
}
