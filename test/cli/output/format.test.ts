import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatScientific,
  formatSi,
} from '../../../cli/output/format.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [0.0042, '4.2e-3 ms'],
    [0.42, '0.42 ms'],
    [12.34, '12.3 ms'],
    [412, '412 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1_240, '1.24 s'],
    [59_949, '59.9 s'],
    [59_990, '1 m 00 s'],
    [123_400, '2 m 03 s'],
    [HOUR - 1, '1 h 00 m'],
    [HOUR + 2 * MINUTE, '1 h 02 m'],
    [24 * HOUR - 1, '1 d 00 h'],
    [76 * HOUR, '3 d 04 h'],
    [-1_500, '-1.50 s'],
    [Number.NaN, '-'],
    [Infinity, '-'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatBytes and formatSi', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1_023, '1023 B'],
    [1_024, '1.00 KiB'],
    [1_270_000, '1.21 MiB'],
    [3 * 2 ** 40, '3.00 TiB'],
    [Number.NaN, '-'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, '', '0'],
    [412, '', '412'],
    [412.4, '', '412'],
    [3.456, '', '3.46'],
    [999.7, '', '1.00 k'],
    [1_234, '', '1.23 k'],
    [999_900, '', '1.00 M'],
    [3.2e6, 'B/s', '3.20 MB/s'],
    [-2_500, '', '-2.50 k'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(formatSi(value, unit)).toBe(text);
  });

  it('says the value to within half a percent', () => {
    const factor: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
    fc.assert(
      // below 1 there are two decimals, and so two digits
      fc.property(fc.double({ min: 1, max: 9e17, noNaN: true }), (value) => {
        const [digits = '', prefix = ''] = formatSi(value).split(' ');
        const read = Number(digits) * (factor[prefix] ?? 1);
        expect(Math.abs(read / value - 1)).toBeLessThan(0.00512);
      }),
    );
  });
});

describe('formatScientific', () => {
  it.each([
    [0, '0'],
    [0.0031, '3.1e-3'],
    [31, '3.1e1'],
    [Number.NaN, '-'],
  ])('%d is %s', (value, text) => {
    expect(formatScientific(value)).toBe(text);
  });
});
