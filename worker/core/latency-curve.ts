/** Measuring a latency curve; what it says between its points is shared/numerics. */
import { assert } from '../../shared/kernel/assert.ts';
import type { LatencyCurve, LatencyPoint } from '../../shared/numerics/latency-curve.ts';

export interface MeasureOptions {
  readonly maxBatch: number;
  /** Most passes over all batch sizes after the one that warms up. */
  readonly repeats: number;
  /** About the most milliseconds to spend; what was measured by then is the curve. */
  readonly budgetMs: number;
}

/** One call of so many rows; resolves with its milliseconds. */
export type MeasureCall = (batch: number) => Promise<number>;

/** Sizes below this are called several times a pass: they are cheap, and scatter most. */
const SMALL_ROWS = 8;
/** A first call that takes longer than so many budgets is believed: a second costs as much. */
const FIRST_CALL_BUDGETS = 2;
/** As many passes share what the warm-up has left of the budget. */
const PASSES_MIN = 3;
/** A larger batch that is faster by less than this is noise; by more, it is the device. */
const NOISE_SHARE = 0.1;

/**
 * 1, 2, 3, 4, 6, 8, 12, ... and the greatest itself: the powers of two and the sizes half-way
 * between, since devices work in tiles and batch 12 may cost what 8 costs, or what 16 costs.
 */
export function batchSizes(maxBatch: number): number[] {
  assert(Number.isInteger(maxBatch) && maxBatch >= 1, `maxBatch ${maxBatch}`);
  const sizes: number[] = [];
  for (let size = 1; size < maxBatch; size *= 2) {
    sizes.push(size);
    if (size > 1 && 1.5 * size < maxBatch) sizes.push(1.5 * size);
  }
  return [...sizes, maxBatch];
}

/**
 * The lower quartiles of several passes over all sizes. Passes, so that a moment in which the
 * machine is busy touches every size once and none often; the lower quartile and not the median,
 * since whatever else runs only ever adds time, and adds most to the shortest calls (measured with
 * five processes on two cores: the median of a 3 ms call was 9 ms or more, of a 45 ms call 60).
 * A slow model gets fewer sizes, at least one.
 */
export async function measureCurve(
  options: MeasureOptions,
  measure: MeasureCall,
): Promise<LatencyCurve> {
  const [curve] = await measureCurves(options, [measure]);
  assert(curve !== undefined, 'a curve for every way');
  return curve;
}

/**
 * The curves of several ways to make a call, each with a budget as large. They take turns pass by
 * pass: a busy second of the machine, which would make one of them look slow, is shared by all, and
 * each still finds its weights in the cache, as it will in use.
 */
export async function measureCurves(
  options: MeasureOptions,
  ways: readonly MeasureCall[],
): Promise<LatencyCurve[]> {
  const warm: Warm[] = [];
  for (const measure of ways) warm.push(await warmUp(options, measure));
  for (let pass = 0; pass < options.repeats; pass++) {
    let spentMs = 0;
    for (const way of warm) spentMs += await onePass(way);
    if (spentMs === 0) break;
  }
  return warm.map(({ points }) =>
    monotone(
      points.map(({ batch, ms, times }) => ({
        batch,
        ms: times.length === 0 ? ms : lowerQuartile(times),
      })),
    ),
  );
}

/** A point that is measured, with what it took since its first call. */
interface Point extends LatencyPoint {
  readonly times: number[];
}

interface Warm {
  readonly measure: MeasureCall;
  readonly points: readonly Point[];
  /** Of the budget: for one pass, and in all. */
  readonly passMs: number;
  leftMs: number;
}

/** @returns milliseconds that were spent */
async function onePass(way: Warm): Promise<number> {
  const { measure, points, passMs } = way;
  // small sizes come first and are measured well; where time is short the large ones keep theirs
  const mostMs = Math.min(way.leftMs, passMs);
  let spentMs = 0;
  for (const { batch, ms: warmedMs, times } of points) {
    for (let call = 0; call < callsPerPass(batch) && warmedMs <= mostMs - spentMs; call++) {
      const ms = await measure(batch);
      spentMs += ms;
      times.push(ms);
    }
  }
  way.leftMs -= spentMs;
  return spentMs;
}

/**
 * The first call with a shape allocates and plans: it is a figure only if there is no other. The
 * very first one may load half the library: it says nothing of the next ones, and is not counted.
 */
async function warmUp({ maxBatch, budgetMs }: MeasureOptions, measure: MeasureCall): Promise<Warm> {
  const points: Point[] = [];
  const firstMs = await measure(1);
  if (firstMs > FIRST_CALL_BUDGETS * budgetMs) {
    const only = { batch: 1, ms: firstMs, times: [] };
    return { measure, points: [only], passMs: 0, leftMs: 0 };
  }
  let spentMs = 0;
  for (const batch of batchSizes(maxBatch)) {
    const last = points.at(-1);
    const expectedMs = last === undefined ? 0 : (last.ms * batch) / last.batch;
    // the other half is for passes, each of which costs as much again
    if (last !== undefined && spentMs + expectedMs > budgetMs / 2) break;
    const ms = await measure(batch);
    spentMs += ms;
    points.push({ batch, ms, times: [] });
  }
  const leftMs = budgetMs - spentMs;
  return { measure, points, passMs: leftMs / PASSES_MIN, leftMs };
}

function callsPerPass(batch: number): number {
  return Math.max(1, Math.floor(SMALL_ROWS / batch));
}

/**
 * Pools neighbours that fall by no more than noise (pool adjacent violators): a planner fed with
 * noise would chase it. A deeper fall is what the device does, and stays.
 */
export function monotone(points: LatencyCurve): LatencyCurve {
  const pools: { sum: number; members: number[] }[] = [];
  for (const { batch, ms } of points) {
    let pool = { sum: ms, members: [batch] };
    for (let last = pools.at(-1); last !== undefined && isNoise(mean(last), mean(pool));) {
      pool = { sum: last.sum + pool.sum, members: [...last.members, ...pool.members] };
      pools.pop();
      last = pools.at(-1);
    }
    pools.push(pool);
  }
  return pools.flatMap((pool) => pool.members.map((batch) => ({ batch, ms: mean(pool) })));
}

function isNoise(left: number, right: number): boolean {
  return left > right && left <= right * (1 + NOISE_SHARE);
}

function mean(pool: { sum: number; members: readonly number[] }): number {
  return pool.sum / pool.members.length;
}

function lowerQuartile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.floor((sorted.length - 1) / 4)];
  assert(found !== undefined, 'the quartile of nothing');
  return found;
}
