import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  bestBatches,
  callMs,
  rescaled,
  type LatencyCurve,
} from '../../shared/numerics/latency-curve.ts';

const linear: LatencyCurve = [1, 2, 4, 8].map((batch) => ({ batch, ms: 10 + batch }));

const curves = fc
  .array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 8 })
  .map((times) => times.map((ms, at) => ({ batch: 2 ** at, ms })));

describe('the best batch', () => {
  test('is the largest while rows get cheaper', () => {
    expect(bestBatches(linear).smallest).toBe(8);
  });

  test('is the smallest within 5 % of the best', () => {
    const computeBound = [1, 2, 4, 8].map((batch) => ({ batch, ms: batch * 10 + 0.3 }));
    expect(bestBatches(computeBound).smallest).toBe(1);
    const kink = [
      { batch: 1, ms: 10 },
      { batch: 2, ms: 10.4 },
      { batch: 4, ms: 20 },
    ];
    expect(bestBatches(kink).smallest).toBe(2);
  });

  test('goes up to the largest within 5 % of the best', () => {
    const curve = [3, 5.2, 10, 22].map((ms, k) => ({ batch: 2 ** k, ms }));
    expect(bestBatches(curve)).toEqual({ smallest: 2, largest: 4 });
  });
});

describe('milliseconds of one call', () => {
  test.each([
    [0, 0],
    [1, 11],
    [3, 13],
    [8, 18],
    [16, 36],
  ])('%i rows', (batch, ms) => {
    expect(callMs(linear, batch)).toBeCloseTo(ms, 12);
  });

  test('lie between those of the neighbouring points', () => {
    fc.assert(
      fc.property(curves, fc.nat(300), (curve, batch) => {
        const last = curve.at(-1)?.batch ?? 1;
        const rows = 1 + (batch % last);
        const below = curve.findLast((point) => point.batch <= rows)?.ms ?? NaN;
        const above = curve.find((point) => point.batch >= rows)?.ms ?? NaN;
        expect(callMs(curve, rows)).toBeGreaterThanOrEqual(Math.min(below, above) * (1 - 1e-9));
        expect(callMs(curve, rows)).toBeLessThanOrEqual(Math.max(below, above) * (1 + 1e-9));
      }),
    );
  });
});

describe('a curve that was measured again', () => {
  test('moves by the median factor of the newer points', () => {
    const newer = [
      { batch: 1, ms: 99 },
      { batch: 2, ms: 24 },
      { batch: 4, ms: 28 },
    ];
    expect(rescaled(linear, newer).map(({ ms }) => ms)).toEqual([22, 24, 28, 36]);
  });

  test('is that of a newer point where the older one had been disturbed', () => {
    const disturbed = linear.map(({ batch, ms }) => ({ batch, ms: batch === 1 ? 3 * ms : ms }));
    expect(rescaled(disturbed, linear)).toEqual(linear);
    const slower = linear.map(({ batch, ms }) => ({ batch, ms: batch === 1 ? 3 * ms : ms }));
    expect(rescaled(linear, slower)).toEqual(linear);
  });

  test('stays where there is nothing to compare with', () => {
    const nothing = [{ batch: 1, ms: 0 }];
    expect(rescaled(nothing, [{ batch: 1, ms: 5 }])).toEqual(nothing);
  });
});
