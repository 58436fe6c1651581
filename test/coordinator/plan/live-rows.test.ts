import { describe, expect, it } from 'vitest';
import { liveRows } from '../../../coordinator/core/plan/live-rows.ts';
import { partition } from '../../../shared/numerics/partition.ts';

/** Rows of each live block in the middle of a run over 1000 steps with a window of 64. */
function rowsOf(share: number, blocks: number, changes: { samples?: number; least?: number } = {}) {
  const { samples = 1, least = 2 } = changes;
  const course = { rounds: 30, calls: 1000, frontier: [0.512], rows: [share], rowsLeast: least };
  const look = { steps: 1000, window: 64, samples, course, at: 0.5 };
  return liveRows(partition(1000, 64, blocks), look).map(({ rows }) => rows);
}

describe('the rows of live blocks', () => {
  it('are all of them where every row is called', () => {
    expect(rowsOf(1, 4)).toEqual([16, 16, 16, 16]);
  });

  it('are together what one block calls, most of them in front', () => {
    expect(rowsOf(0.65, 1)).toEqual([42]);
    // half of the window is called row by row, and three rows in ten behind it
    expect(rowsOf(0.65, 4)).toEqual([16, 16, 5, 5]);
  });

  it('are the same share of every block while nothing is about to freeze', () => {
    expect(rowsOf(0.25, 4)).toEqual([4, 4, 4, 4]);
  });

  it('are in every block enough to measure by', () => {
    expect(rowsOf(0.25, 16)).toEqual(Array.from({ length: 16 }, () => 2));
    expect(rowsOf(0.25, 16, { least: 3 })).toEqual(Array.from({ length: 16 }, () => 3));
    expect(rowsOf(0.25, 64)).toEqual(Array.from({ length: 64 }, () => 1));
  });

  it('are those of all samples', () => {
    expect(rowsOf(0.65, 4, { samples: 3 })).toEqual([48, 48, 14, 14]);
  });

  it('begin at the frontier and end with the window or the trajectory', () => {
    const course = { rounds: 9, calls: 99, frontier: [0.07], rows: [1], rowsLeast: 2 };
    const look = { steps: 100, window: 10, samples: 1, course, at: 0.5 };
    expect(liveRows(partition(100, 10, 2), look)).toEqual([
      { index: 1, rows: 3 },
      { index: 2, rows: 5 },
      { index: 3, rows: 2 },
    ]);
    const late = { ...course, frontier: [0.97] };
    expect(liveRows(partition(100, 10, 2), { ...look, course: late })).toEqual([
      { index: 19, rows: 3 },
    ]);
  });
});
