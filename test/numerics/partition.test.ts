import { describe, expect, it } from 'vitest';
import { cutByShares, partition, turnsOf } from '../../shared/numerics/partition.ts';

const shares = [
  { worker: 'a', rows: 5 },
  { worker: 'b', rows: 2 },
  { worker: 'c', rows: 1 },
];

describe('blocks cut by shares', () => {
  it.each([1, 2, 3, 8])('of %i turns follow each other and cover all steps', (turns) => {
    const blocks = cutByShares({ begin: 3, end: 40 }, shares, turns);
    expect(blocks[0]?.begin).toBe(3);
    expect(blocks.at(-1)?.end).toBe(40);
    for (const [k, { begin, end }] of blocks.entries()) {
      expect(end).toBeGreaterThan(begin);
      if (k > 0) expect(begin).toBe(blocks[k - 1]?.end);
    }
  });

  it.each([1, 2, 4])('of %i turns leave each worker its share of the rows of a round', (turns) => {
    const blocks = cutByShares({ begin: 0, end: 80 }, shares, turns);
    for (let first = 0; first + 8 <= 80; first += 8) {
      for (const { worker, rows } of shares) {
        const own = blocks
          .filter((block) => block.worker === worker)
          .map(({ begin, end }) => Math.min(end, first + 8) - Math.max(begin, first))
          .filter((count) => count > 0);
        expect(own.reduce((sum, count) => sum + count, 0)).toBe(rows);
      }
    }
  });

  it('are about as many at once as was asked for', () => {
    expect(turnsOf(shares, 3)).toBe(1);
    expect(turnsOf(shares, 12)).toBe(4);
    expect(turnsOf(shares, 1)).toBe(1);
  });
});

it('cuts evenly without them', () => {
  expect(partition(10, 10, 3)).toEqual([
    { begin: 0, end: 3 },
    { begin: 3, end: 6 },
    { begin: 6, end: 10 },
  ]);
});
