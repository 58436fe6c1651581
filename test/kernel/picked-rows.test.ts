import { describe, expect, it } from 'vitest';

import { anyPicked, isPicked } from '../../shared/kernel/picked-rows.ts';

function picked(job: string, every: number, rows = 10_000): number[] {
  return Array.from({ length: rows }, (_, row) => row).filter((row) => isPicked(job, row, every));
}

describe('the rows that others recompute', () => {
  it('are about one in so many, of every job', () => {
    const counts = Array.from({ length: 50 }, (_, k) => picked(`job ${k}`, 256).length);
    const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
    expect(mean).toBeGreaterThan(0.9 * (10_000 / 256));
    expect(mean).toBeLessThan(1.1 * (10_000 / 256));
    expect(Math.min(...counts)).toBeGreaterThan(15);
  });

  it('are the same whoever asks, and others in another job', () => {
    expect(picked('a', 64)).toEqual(picked('a', 64));
    expect(picked('a', 64)).not.toEqual(picked('b', 64));
  });

  it('are all of them, or none', () => {
    expect(picked('a', 1, 100)).toHaveLength(100);
    expect(picked('a', 0, 100)).toHaveLength(0);
  });

  it('are in a range if one of it is', () => {
    const [row = 0] = picked('a', 256);
    expect(anyPicked('a', { from: 0, to: row - 1 }, 256)).toBe(false);
    expect(anyPicked('a', { from: 0, to: row }, 256)).toBe(true);
    expect(anyPicked('a', { from: row, to: row }, 256)).toBe(true);
    expect(anyPicked('a', { from: 5, to: 4 }, 1)).toBe(false);
  });
});
