import { expect, it } from 'vitest';

import { randomStream } from './random.ts';

it('gives the same stream for the same seed and name, and evenly spread numbers', () => {
  const draw = (seed: number, name: string) => {
    const { next } = randomStream(seed, name);
    return Array.from({ length: 5000 }, next);
  };
  expect(draw(1, 'network')).toEqual(draw(1, 'network'));
  expect(draw(1, 'network')).not.toEqual(draw(1, 'faults'));
  expect(draw(1, 'network')).not.toEqual(draw(2, 'network'));
  const numbers = draw(7, 'workload');
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
});
