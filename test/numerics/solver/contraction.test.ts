import { expect, it } from 'vitest';

import { contractionOf } from '../../../shared/numerics/solver/contraction.ts';

const measured = { solver: 'ddim', sigma: [0.9, 0.5, 0.1], part: [0.2, 0.4, 0.8] } as const;

/** sigma[i + 1] of each step. */
function at(...levels: number[]): number[] {
  const table = { steps: levels.length, sigma: Float64Array.of(1, ...levels) };
  return [...contractionOf(table, measured)];
}

it('is what was measured at a noise level, and in between on a line', () => {
  const [first, between, second, last] = at(0.9, 0.7, 0.5, 0.1);
  expect(first).toBeCloseTo(0.2, 12);
  expect(between).toBeCloseTo(0.3, 12);
  expect(second).toBeCloseTo(0.4, 12);
  expect(last).toBeCloseTo(0.8, 12);
});

it('is that of the noisiest row for those before it', () => {
  expect(at(0.99, 0.95)).toEqual([0.2, 0.2]);
});

it('ends at 1 where no noise is left', () => {
  const [half, none] = at(0.05, 0);
  expect(half).toBeCloseTo(0.9, 12);
  expect(none).toBe(1);
});
