/** Where the ticks of an axis go and what they say. */
import { assert } from '../../shared/kernel/assert.ts';

export interface Tick {
  readonly value: number;
  readonly label: string;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly ticks: readonly Tick[];
}

/** Near the ends of float64 the arithmetic of ticks would overflow; no measurement is there. */
const MAGNITUDE_MAX = 1e290;
/** Values closer than this, relatively, are one value: there is no room for ticks between them. */
const SPREAD_MIN = 1e-9;

/** Whether an axis can show `value`. */
export function isShowable(value: number, log: boolean): boolean {
  return Math.abs(value) <= MAGNITUDE_MAX && (!log || value >= 1 / MAGNITUDE_MAX);
}

/** Position on the axis, 0 at its low end and 1 at its high end. */
export function shareOf(axis: Axis, value: number): number {
  if (!axis.log) return (value - axis.low) / (axis.high - axis.low);
  // Differences of logarithms, since the ratio of far apart values overflows.
  const low = Math.log10(axis.low);
  return (Math.log10(value) - low) / (Math.log10(axis.high) - low);
}

/** An axis over `values` that begins and ends at ticks; `count` is about how many there are. */
export function niceAxis(values: readonly number[], count: number): Axis {
  const usable = values.filter((value) => isShowable(value, false));
  const [least, most] = extent(usable.length === 0 ? [0, 1] : usable);
  const magnitude = Math.max(Math.abs(least), Math.abs(most));
  const spread = most - least > SPREAD_MIN * magnitude ? most - least : magnitude;
  const step = niceStep(spread / Math.max(1, count));
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const multiples = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const ticks = multiples.map((multiple) => ({
    value: multiple * step,
    label: linearLabel(multiple * step, step),
  }));
  return { low: first * step, high: last * step, log: false, ticks };
}

/**
 * A logarithmic axis over the positive `values`, from one tick to another. Within three decades the
 * ticks are 1, 2 and 5 times a power of ten; beyond, at most `count` whole decades.
 */
export function logAxis(values: readonly number[], count: number): Axis {
  const positive = values.filter((value) => isShowable(value, true));
  const [least, most] = extent(positive.length === 0 ? [0.1, 1] : positive);
  const decades = Math.log10(most / least);
  const mantissas = decades <= 3 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const from = Math.floor(Math.log10(least)) - 1;
  const to = Math.ceil(Math.log10(most)) + 1;
  const candidates: number[] = [];
  for (let exponent = from; exponent <= to; exponent++) {
    for (const mantissa of mantissas) candidates.push(Number(`${mantissa}e${exponent}`));
  }
  const slack = 1 + 1e-9;
  const low = candidates.findLast((value) => value <= least * slack) ?? least;
  const high = candidates.find((value) => value >= most / slack && value > low) ?? most;
  const inside = candidates.filter((value) => value >= low && value <= high);
  const shown = inside.filter((_, i) => mantissas.length > 1 || i % every === 0);
  const ticks = shown.map((value) => ({ value, label: logLabel(value) }));
  return { low, high, log: true, ticks };
}

/** Whole numbers of `first .. last` at a nice spacing, with the first one always among them. */
export function integerTicks(first: number, last: number, count: number): readonly Tick[] {
  assert(last >= first, `expected first <= last, found ${first} .. ${last}`);
  const step = Math.max(1, niceStep((last - first) / Math.max(1, count)));
  const ticks: Tick[] = [{ value: first, label: String(first) }];
  for (let value = (Math.floor(first / step) + 1) * step; value <= last; value += step) {
    // After a first tick at 1 the next multiple may be too near for two labels.
    if (value - first >= step / 2) ticks.push({ value, label: String(value) });
  }
  return ticks;
}

function extent(values: readonly number[]): readonly [least: number, most: number] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

/** The least of 1, 2, 5 times a power of ten that is at least `step`. */
function niceStep(step: number): number {
  if (!(step > 0)) return 1;
  const exponent = Math.floor(Math.log10(step));
  for (const mantissa of [1, 2, 5]) {
    const nice = Number(`${mantissa}e${exponent}`);
    if (nice >= step * (1 - 1e-9)) return nice;
  }
  return Number(`1e${exponent + 1}`);
}

function linearLabel(value: number, step: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1e6 || Math.abs(step) < 1e-4) {
    return Number(value.toPrecision(6)).toExponential().replace('e+', 'e');
  }
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return value.toFixed(decimals);
}

function logLabel(value: number): string {
  if (value >= 0.001 && value < 1e5) return String(value);
  return value.toExponential().replace('e+', 'e');
}
