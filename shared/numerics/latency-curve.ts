/** Milliseconds of a model call by its rows: what a measured latency curve says between points. */
import { assert } from '../kernel/assert.ts';

export interface LatencyPoint {
  readonly batch: number;
  readonly ms: number;
}

/** For growing batch sizes, at least one point. */
export type LatencyCurve = readonly LatencyPoint[];

/** How far from the best milliseconds per row a batch may be and still count as best. */
const BEST_BATCH_SLACK = 0.05;

/** The smallest and the largest batch whose milliseconds per row are within 5 % of the best. */
export function bestBatches(curve: LatencyCurve): { smallest: number; largest: number } {
  const best = Math.min(...curve.map(({ batch, ms }) => ms / batch));
  const good = curve.filter(({ batch, ms }) => ms / batch <= best * (1 + BEST_BATCH_SLACK));
  const [smallest, largest = smallest] = [good[0], good.at(-1)];
  assert(smallest && largest, 'a latency curve has at least one point');
  return { smallest: smallest.batch, largest: largest.batch };
}

/**
 * Milliseconds of one call of `batch` model rows: linear between points, in proportion to the rows
 * beyond the last one (where a budget cut the measurement short), and the first point before it.
 */
export function callMs(curve: LatencyCurve, batch: number): number {
  const last = curve.at(-1);
  assert(last !== undefined, 'a latency curve has at least one point');
  if (batch <= 0) return 0;
  if (batch > last.batch) return (last.ms * batch) / last.batch;
  const upperAt = curve.findIndex((point) => point.batch >= batch);
  const upper = curve[upperAt]!;
  const lower = curve[upperAt - 1] ?? upper;
  if (upper.batch === lower.batch) return upper.ms;
  const share = (batch - lower.batch) / (upper.batch - lower.batch);
  return lower.ms + share * (upper.ms - lower.ms);
}

/**
 * `curve` as it is now: every point by the median factor that a few newer ones show, since what
 * disturbs a short measurement disturbs single points of it, and a plan that takes one batch size
 * for slower than its neighbours is a wrong plan. Disturbances only ever add time: where a newer
 * point is below that, it is the newer one that counts.
 */
export function rescaled(curve: LatencyCurve, newer: LatencyCurve): LatencyCurve {
  const measured = newer.filter(({ ms }) => ms > 0);
  const factors = measured
    .filter(({ batch }) => callMs(curve, batch) > 0)
    .map(({ batch, ms }) => ms / callMs(curve, batch))
    .sort((a, b) => a - b);
  const factor = factors[factors.length >> 1] ?? 1;
  const seen = new Map(measured.map(({ batch, ms }) => [batch, ms]));
  return curve.map(({ batch, ms }) => ({
    batch,
    ms: Math.min(ms * factor, seen.get(batch) ?? Infinity),
  }));
}
