/**
 * Calls on more threads, with the cores of workers that have nothing to do: made where they were
 * measured to be shorter. A small call gains nothing, nor one that mostly reads weights.
 */
import { callMs, type LatencyCurve } from '../../shared/numerics/latency-curve.ts';

/** Of a plain call's time; closer than that is noise. */
const PAYS = 0.9;

export interface WideCalls {
  /** Takes down both; what calls of a worker that is alone take, each by the shorter way. */
  measured(plain: LatencyCurve, wide: LatencyCurve): LatencyCurve;
  /** Never before it was measured. */
  pays(count: number): boolean;
}

export function wideCalls(): WideCalls {
  let curves: { readonly plain: LatencyCurve; readonly wide: LatencyCurve } | undefined;
  const pays = (count: number): boolean =>
    curves !== undefined && callMs(curves.wide, count) < PAYS * callMs(curves.plain, count);
  return {
    pays,
    measured: (plain, wide) => {
      curves = { plain, wide };
      return plain.map(({ batch, ms }) => ({ batch, ms: pays(batch) ? callMs(wide, batch) : ms }));
    },
  };
}
