import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  batchSizes,
  bestBatch,
  measureCurve,
  monotone,
  msFor,
} from '../../../worker/core/latency-curve.ts';
import type { Curve } from '../../../worker/core/latency-curve.ts';

const linear: Curve = [1, 2, 4, 8].map((batch) => ({ batch, ms: 10 + batch }));

const curves = fc
  .array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 8 })
  .map((times) => times.map((ms, at) => ({ batch: 2 ** at, ms })));

test.each([
  [1, [1]],
  [2, [1, 2]],
  [6, [1, 2, 4, 6]],
  [64, [1, 2, 4, 8, 16, 32, 64]],
])('batch sizes up to %i', (max, sizes) => {
  expect(batchSizes(max)).toEqual(sizes);
});

describe('measuring', () => {
  const options = { maxBatch: 8, repeats: 3, budgetMs: 3000 };

  test('takes the median after one warm-up of each size', async () => {
    const times = new Map([1, 2, 4, 8].map((batch) => [batch, [99, batch, 5 * batch, 2 * batch]]));
    const curve = await measureCurve(options, async (batch) => times.get(batch)?.shift() ?? NaN);
    expect(curve).toEqual([1, 2, 4, 8].map((batch) => ({ batch, ms: 2 * batch })));
    expect([...times.values()].flat()).toEqual([]);
  });

  test('stops before the size that would break the budget', async () => {
    let spent = 0;
    const curve = await measureCurve({ ...options, maxBatch: 1024 }, async (batch) => {
      spent += 20 * batch;
      return 20 * batch;
    });
    expect(curve.at(-1)?.batch).toBeGreaterThan(1);
    expect(curve.at(-1)?.batch).toBeLessThan(1024);
    expect(spent).toBeLessThanOrEqual(options.budgetMs);
  });

  test('of a very slow model makes one call and believes it', async () => {
    let calls = 0;
    const curve = await measureCurve(options, async () => {
      calls += 1;
      return 60_000;
    });
    expect(curve).toEqual([{ batch: 1, ms: 60_000 }]);
    expect(calls).toBe(1);
  });

  test('passes on the error of a failing model', async () => {
    const failing = measureCurve(options, () => Promise.reject(new Error('broken model')));
    await expect(failing).rejects.toThrow('broken model');
  });
});

describe('the monotone clean-up', () => {
  test('leaves a rising curve as it is and averages a falling pair', () => {
    expect(monotone(linear)).toEqual(linear);
    const noisy = [
      { batch: 1, ms: 4 },
      { batch: 2, ms: 2 },
      { batch: 4, ms: 9 },
    ];
    expect(monotone(noisy).map((point) => point.ms)).toEqual([3, 3, 9]);
  });

  test('never falls, keeps the batches and the total', () => {
    fc.assert(
      fc.property(curves, (curve) => {
        const clean = monotone(curve);
        expect(clean.map((point) => point.batch)).toEqual(curve.map((point) => point.batch));
        for (const [at, point] of clean.entries()) {
          expect(point.ms).toBeGreaterThanOrEqual((clean[at - 1]?.ms ?? 0) * (1 - 1e-12));
        }
        const total = (points: Curve): number => points.reduce((sum, point) => sum + point.ms, 0);
        expect(total(clean)).toBeCloseTo(total(curve), 6);
      }),
    );
  });
});

describe('the best batch', () => {
  test('is the largest while rows get cheaper', () => {
    expect(bestBatch(linear)).toBe(8);
  });

  test('is the smallest within 5 % of the best', () => {
    const computeBound = [1, 2, 4, 8].map((batch) => ({ batch, ms: batch * 10 + 0.3 }));
    expect(bestBatch(computeBound)).toBe(1);
    const kink = [
      { batch: 1, ms: 10 },
      { batch: 2, ms: 10.4 },
      { batch: 4, ms: 20 },
    ];
    expect(bestBatch(kink)).toBe(2);
  });
});

describe('milliseconds for a batch', () => {
  test.each([
    [0, 0],
    [1, 11],
    [3, 13],
    [8, 18],
    [9, 18 + 11],
    [16, 36],
  ])('%i rows', (batch, ms) => {
    expect(msFor(linear, batch)).toBeCloseTo(ms, 12);
  });

  test('never falls with the rows', () => {
    fc.assert(
      fc.property(curves.map(monotone), fc.nat(300), (curve, batch) => {
        const last = curve.at(-1)?.batch ?? 1;
        const rows = batch % last;
        expect(msFor(curve, rows + 1)).toBeGreaterThanOrEqual(msFor(curve, rows) * (1 - 1e-9));
      }),
    );
  });
});
