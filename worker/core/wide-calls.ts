/**
 * Calls on more threads, with the cores of workers that have nothing to do: made where they were
 * measured to be shorter. A call of a millisecond may lose by waking other cores.
 */
import { callMs, type LatencyCurve } from '../../shared/numerics/latency-curve.ts';

/** Of a plain call's time; closer than that is noise. */
const PAYS = 0.9;
/** Sizes up to so many times larger or smaller vote: a busy moment spoils single ones. */
const ALIKE = 4;

export interface WideCalls {
  /** Takes down both; what calls of a worker that is alone take, each by the shorter way. */
  measured(plain: LatencyCurve, wide: LatencyCurve): LatencyCurve;
  /** Never before it was measured. */
  pays(count: number): boolean;
}

export function wideCalls(): WideCalls {
  let shares: readonly { readonly batch: number; readonly share: number }[] = [];
  const pays = (count: number): boolean => {
    const alike = shares.filter(
      ({ batch }) => Math.abs(Math.log(batch / count)) <= Math.log(ALIKE),
    );
    const voters = alike.length > 0 ? alike : shares.slice(-1);
    const sorted = voters.map(({ share }) => share).sort((a, b) => a - b);
    return (sorted[sorted.length >> 1] ?? Infinity) < PAYS;
  };
  return {
    pays,
    measured: (plain, wide) => {
      shares = plain.map(({ batch, ms }) => ({ batch, share: callMs(wide, batch) / ms }));
      return plain.map(({ batch, ms }) => ({ batch, ms: pays(batch) ? callMs(wide, batch) : ms }));
    },
  };
}
