import { describe, expect, it } from 'vitest';

import { batchesOf, worthwhileBatch } from '../../shared/numerics/batches.ts';

const latencyCurve = [
  { batch: 1, ms: 3 },
  { batch: 4, ms: 10 },
  { batch: 64, ms: 170 },
];

describe('the batches of a sweep', () => {
  const plain = { guided: false, sharedTimestep: false };
  const counts = (count: number, most: number, shape = plain, timesteps: number[] = []) =>
    batchesOf({ count, timesteps }, shape, most).map((batch) => batch.count);

  it('are as even as they can be, pairs together where two fit', () => {
    expect(counts(9, 8)).toEqual([5, 4]);
    expect(counts(0, 8)).toEqual([]);
    expect(counts(5, 4, { ...plain, guided: true })).toEqual([4, 4, 2]);
    expect(counts(2, 1, { ...plain, guided: true })).toEqual([1, 1, 1, 1]);
  });

  it('end where the timestep changes, if a call has only one', () => {
    expect(counts(5, 8, { ...plain, sharedTimestep: true }, [9, 9, 5, 5, 5])).toEqual([2, 3]);
  });
});

describe('the most rows that pay', () => {
  const model = { maxBatch: 64, batchJitter: 0, latencyCurve };

  it('follow the curve, but a pair stays together', () => {
    expect(worthwhileBatch(model, false)).toBe(4);
    const flat = { ...model, latencyCurve: [{ batch: 1, ms: 3 }] };
    expect(worthwhileBatch(flat, false)).toBe(1);
    expect(worthwhileBatch(flat, true)).toBe(2);
    expect(worthwhileBatch({ ...flat, maxBatch: 1 }, true)).toBe(1);
  });

  it('do not, where rows depend on the batch that they are in', () => {
    expect(worthwhileBatch({ ...model, batchJitter: 1e-7 }, false)).toBe(64);
  });
});
