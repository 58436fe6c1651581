/** Summaries of a few runs. */

/** NaN of nothing. Infinity, a run that never got there, stays Infinity. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value, the mean of the two middle ones of an even number; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[middle - 1] ?? NaN;
  return lower === upper ? upper : (lower + upper) / 2;
}

/** The largest value; NaN if any is, since a comparison that failed must be seen. */
export function worst(values: readonly number[]): number {
  return values.length === 0 ? NaN : Math.max(...values);
}

/** JSON has no Infinity and no NaN: what was never reached is null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
