import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { LatencyCurve } from '../../../shared/numerics/latency-curve.ts';
import { batchSizes, measureCurve, monotone } from '../../../worker/core/latency-curve.ts';

const linear: LatencyCurve = [1, 2, 4, 8].map((batch) => ({ batch, ms: 10 + batch }));

const curves = fc
  .array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 8 })
  .map((times) => times.map((ms, at) => ({ batch: 2 ** at, ms })));

test.each([
  [1, [1]],
  [2, [1, 2]],
  [6, [1, 2, 3, 4, 6]],
  [64, [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]],
])('batch sizes up to %i', (max, sizes) => {
  expect(batchSizes(max)).toEqual(sizes);
});

/** A model of `10 + rows` milliseconds whose calls are kept; `busy` says when it takes longer. */
function timed(busy: (call: number) => number = () => 1) {
  const calls: number[] = [];
  const measure = async (batch: number): Promise<number> => {
    calls.push(batch);
    return (10 + batch) * busy(calls.length);
  };
  return { calls, measure };
}

describe('measuring', () => {
  const options = { maxBatch: 8, repeats: 3, budgetMs: 3000 };
  const sizes = [1, 2, 3, 4, 6, 8];

  test('takes lower quartiles of passes after a warm-up, small sizes more often', async () => {
    const warmUps = 1 + sizes.length;
    const { calls, measure } = timed((call) => (call <= warmUps ? 50 : 1));
    const curve = await measureCurve({ ...options, budgetMs: 30_000 }, measure);
    expect(curve).toEqual(sizes.map((batch) => ({ batch, ms: 10 + batch })));
    expect(calls.slice(0, warmUps)).toEqual([1, ...sizes]);
    expect(calls.filter((batch) => batch === 8)).toHaveLength(1 + 3);
    expect(calls.filter((batch) => batch === 1)).toHaveLength(2 + 3 * 8);
  });

  test('is not misled by a moment in which the machine is busy', async () => {
    const { measure } = timed((call) => (call > 10 && call < 60 ? 3 : 1));
    const curve = await measureCurve({ ...options, repeats: 5, budgetMs: 9000 }, measure);
    expect(curve).toEqual(sizes.map((batch) => ({ batch, ms: 10 + batch })));
  });

  test('keeps to its budget and leaves out what does not fit', async () => {
    let spent = 0;
    const curve = await measureCurve({ ...options, maxBatch: 1024 }, async (batch) => {
      spent += 20 * batch;
      return 20 * batch;
    });
    expect(curve.at(-1)?.batch).toBeGreaterThan(8);
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
  test('leaves a rising curve and a step, averages a pair that falls a little', () => {
    expect(monotone(linear)).toEqual(linear);
    const step = [1, 2, 4, 8].map((batch) => ({ batch, ms: batch <= 4 ? 5 : 9 }));
    expect(monotone(step)).toEqual(step);
    const noisy = [4.1, 3.9, 9].map((ms, at) => ({ batch: 2 ** at, ms }));
    expect(monotone(noisy).map(({ ms }) => ms)).toEqual([4, 4, 9]);
  });

  test('does not hide that a larger batch really is faster', () => {
    const faster = [8, 4, 9].map((ms, at) => ({ batch: 2 ** at, ms }));
    expect(monotone(faster)).toEqual(faster);
  });

  test('keeps the batches and the total, and leaves no small fall', () => {
    fc.assert(
      fc.property(curves, (curve) => {
        const clean = monotone(curve);
        expect(clean.map(({ batch }) => batch)).toEqual(curve.map(({ batch }) => batch));
        for (const [at, { ms }] of clean.entries()) {
          const before = clean[at - 1]?.ms ?? 0;
          const falls = before > ms * (1 + 1e-12);
          expect(falls && before <= ms * 1.1 * (1 - 1e-12)).toBe(false);
        }
        const total = (points: LatencyCurve) => points.reduce((sum, { ms }) => sum + ms, 0);
        expect(total(clean)).toBeCloseTo(total(curve), 6);
      }),
    );
  });
});
