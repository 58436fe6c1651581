import { describe, expect, it } from 'vitest';

import { finite, mean, median, worst } from '../../../cli/bench/statistics.ts';

describe('summaries', () => {
  it('of an odd and an even number of values', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), mean([1, 2, 6])]).toEqual([2, 2.5, 3]);
    expect([median([]), worst([])]).toEqual([NaN, NaN]);
  });

  it('of runs that never got there', () => {
    expect(median([1, Infinity, Infinity, Infinity])).toBe(Infinity);
    expect([finite(mean([1, Infinity])), finite(2)]).toEqual([null, 2]);
    expect(worst([1, NaN])).toBeNaN();
  });
});
