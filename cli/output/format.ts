/** Numbers as people read them. A value that is not finite, such as an unknown ETA, is a dash. */

const UNKNOWN = '-';

/** Three significant digits up to a minute, then the two largest units: `1.24 s`, `2 m 03 s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (roundTo3(ms) < 1000) return `${digits3(ms)} ms`;
  // The rounded value decides: 59.96 s is 1 m 00 s, never 60.0 s.
  if (roundTo3(ms / 1000) < 60) return `${digits3(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return twoUnits(seconds, 60, ['m', 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, ['h', 'm']);
  return twoUnits(Math.round(minutes / 60), 24, ['d', 'h']);
}

/** Powers of 1024: `512 B`, `1.21 MiB`. */
export function formatBytes(bytes: number): string {
  return withPrefix(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

/** Powers of 1000 with SI prefixes: `412`, `1.23 k`, `2.50 M`, and `3.20 MB/s` for unit `B/s`. */
export function formatSi(value: number, unit = ''): string {
  const names = ['', 'k', 'M', 'G', 'T', 'P'].map((prefix) => prefix + unit);
  return withPrefix(value, 1000, names).trimEnd();
}

/** A number of things: `1 worker`, `2 workers`. */
export function formatCount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Two significant digits in the style of the axis labels: `3.1e-3`, `0`. */
export function formatScientific(value: number, fraction = 1): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  return value === 0 ? '0' : value.toExponential(fraction).replace('e+', 'e');
}

function withPrefix(value: number, base: number, names: readonly string[]): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value < 0) return `-${withPrefix(-value, base, names)}`;
  let scaled = value;
  let index = 0;
  // The rounded value decides: 999.9 k is 1.00 M.
  while (roundTo3(scaled) >= base && index < names.length - 1) {
    scaled /= base;
    index += 1;
  }
  const whole = index === 0 && Number.isInteger(scaled);
  return `${whole ? String(scaled) : digits3(scaled)} ${names[index] ?? ''}`;
}

function twoUnits(count: number, per: number, names: readonly [string, string]): string {
  const large = Math.floor(count / per);
  return `${large} ${names[0]} ${String(count % per).padStart(2, '0')} ${names[1]}`;
}

function roundTo3(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** Three significant digits and never an exponent for what is shown with a unit. */
function digits3(value: number): string {
  if (value === 0) return '0';
  const rounded = roundTo3(value);
  const decimals = rounded >= 100 ? 0 : rounded >= 10 ? 1 : 2;
  return rounded >= 0.01 ? rounded.toFixed(decimals) : formatScientific(value);
}
