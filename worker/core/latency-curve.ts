import { assert } from '../../shared/kernel/assert.ts';

/**
 * Milliseconds per model call for growing batch sizes, at least for batch 1. Structurally the
 * `LatencyCurve` of shared/protocol, which cores must not import.
 */
export type Curve = readonly CurvePoint[];

export interface CurvePoint {
  readonly batch: number;
  readonly ms: number;
}

export interface MeasureOptions {
  readonly maxBatch: number;
  /** Timed calls per batch size, after one for warm-up. */
  readonly repeats: number;
  /** About the most milliseconds to spend; what was measured by then is the curve. */
  readonly budgetMs: number;
}

/** How far from the best milliseconds per row a batch may be and still count as best. */
const bestBatchSlack = 0.05;

/** 1, 2, 4, … and the greatest itself. */
export function batchSizes(maxBatch: number): number[] {
  assert(Number.isInteger(maxBatch) && maxBatch >= 1, `maxBatch ${maxBatch}`);
  const sizes: number[] = [];
  for (let size = 1; size < maxBatch; size *= 2) sizes.push(size);
  return [...sizes, maxBatch];
}

/** The curve of an injected `measure`, which runs one call and resolves with its milliseconds. */
export async function measureCurve(
  options: MeasureOptions,
  measure: (batch: number) => Promise<number>,
): Promise<Curve> {
  const points: CurvePoint[] = [];
  let leftMs = options.budgetMs;
  for (const batch of batchSizes(options.maxBatch)) {
    const last = points.at(-1);
    // A warm-up and one timed call at twice the rows cost up to four times the last call.
    if (last !== undefined && leftMs < 4 * last.ms) break;
    const { ms, spentMs } = await measurePoint(batch, { ...options, budgetMs: leftMs }, measure);
    leftMs -= spentMs;
    points.push({ batch, ms });
  }
  return monotone(points);
}

async function measurePoint(
  batch: number,
  { repeats, budgetMs }: MeasureOptions,
  measure: (batch: number) => Promise<number>,
): Promise<{ ms: number; spentMs: number }> {
  // The first call with a shape allocates and plans: it counts against the budget only.
  const warmUpMs = await measure(batch);
  let spentMs = warmUpMs;
  const times: number[] = [];
  while (times.length < repeats && spentMs + warmUpMs <= budgetMs) {
    const ms = await measure(batch);
    spentMs += ms;
    times.push(ms);
  }
  return { ms: times.length === 0 ? warmUpMs : median(times), spentMs };
}

/**
 * The nearest non-decreasing curve in the least-squares sense (pool adjacent violators), since more
 * rows never really cost less and a planner fed with noise would chase it.
 */
export function monotone(points: Curve): Curve {
  const pools: { sum: number; members: number[] }[] = [];
  for (const { batch, ms } of points) {
    let pool = { sum: ms, members: [batch] };
    for (let last = pools.at(-1); last !== undefined && mean(last) > mean(pool);) {
      pool = { sum: last.sum + pool.sum, members: [...last.members, ...pool.members] };
      pools.pop();
      last = pools.at(-1);
    }
    pools.push(pool);
  }
  return pools.flatMap((pool) => pool.members.map((batch) => ({ batch, ms: mean(pool) })));
}

/** The smallest batch whose milliseconds per row are within 5 % of the best. */
export function bestBatch(curve: Curve): number {
  const best = Math.min(...curve.map((point) => point.ms / point.batch));
  const good = curve.find((point) => point.ms / point.batch <= best * (1 + bestBatchSlack));
  assert(good !== undefined, 'a latency curve has at least one point');
  return good.batch;
}

/** Milliseconds for `batch` rows: linear between points; beyond the last, in several calls. */
export function msFor(curve: Curve, batch: number): number {
  assert(Number.isInteger(batch) && batch >= 0, `batch ${batch}`);
  const last = curve.at(-1);
  assert(last !== undefined, 'a latency curve has at least one point');
  if (batch > last.batch) {
    const fullCalls = Math.floor(batch / last.batch);
    return fullCalls * last.ms + msFor(curve, batch % last.batch);
  }
  if (batch === 0) return 0;
  const upperAt = curve.findIndex((point) => point.batch >= batch);
  const upper = curve[upperAt] ?? last;
  const lower = curve[upperAt - 1] ?? upper;
  if (upper.batch === lower.batch) return upper.ms;
  const share = (batch - lower.batch) / (upper.batch - lower.batch);
  return lower.ms + share * (upper.ms - lower.ms);
}

function mean(pool: { sum: number; members: readonly number[] }): number {
  return pool.sum / pool.members.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  assert(low !== undefined && high !== undefined, 'the median of nothing');
  return (low + high) / 2;
}
