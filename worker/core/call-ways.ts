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
 */
import { callMs, type LatencyCurve } from '../../shared/numerics/latency-curve.ts';

export type CallWay = 'plain' | 'wide' | 'split';

/** Of a plain call's time; closer than that is noise. */
const PAYS = 0.9;
/** Sizes up to so many times larger or smaller vote: a busy moment spoils single ones. */
const ALIKE = 4;

export interface CallWays {
  /** Takes them down; what calls of a worker that is alone take, each by the shortest way. */
  measured(plain: LatencyCurve, others: ReadonlyMap<CallWay, LatencyCurve>): LatencyCurve;
  /** Plain before anything was measured. */
  shortest(count: number): CallWay;
}

/** What a way takes of a plain call's time. */
interface Share {
  readonly batch: number;
  readonly share: number;
}

export function callWays(): CallWays {
  let ways: readonly { readonly way: CallWay; readonly shares: readonly Share[] }[] = [];
  const shortest = (count: number): CallWay => {
    let best: CallWay = 'plain';
    let least = PAYS;
    for (const { way, shares } of ways) {
      const share = way === 'split' && count === 1 ? Infinity : shareAt(shares, count);
      if (share < least) [best, least] = [way, share];
    }
    return best;
  };
  return {
    shortest,
    measured: (plain, others) => {
      ways = Array.from(others, ([way, curve]) => ({ way, shares: sharesOf(plain, curve) }));
      return plain.map(({ batch, ms }) => {
        const curve = others.get(shortest(batch));
        return { batch, ms: curve ? callMs(curve, batch) : ms };
      });
    },
  };
}

function sharesOf(plain: LatencyCurve, curve: LatencyCurve): Share[] {
  return plain.map(({ batch, ms }) => ({ batch, share: callMs(curve, batch) / ms }));
}

/** The median of calls of about that size. */
function shareAt(shares: readonly Share[], count: number): number {
  const alike = shares.filter(({ batch }) => Math.abs(Math.log(batch / count)) <= Math.log(ALIKE));
  const voters = alike.length > 0 ? alike : shares.slice(-1);
  const sorted = voters.map(({ share }) => share).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Infinity;
}
