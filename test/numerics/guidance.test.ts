import { describe, expect, it } from 'vitest';
import { guidanceWeights, guide } from '../../shared/numerics/guidance.ts';

const unconditional = Float32Array.of(9, 1, 2, -3);
const conditional = Float32Array.of(2, 2, 1, 9, 9);

function guided(weight: number): number[] {
  const out = new Float32Array(3);
  const pair = { out, outAt: 0, unconditional, unconditionalAt: 1, conditional, conditionalAt: 0 };
  guide({ ...pair, dim: 3 }, weight);
  return Array.from(out);
}

describe('guide', () => {
  it('moves from the unconditional output through the conditional one', () => {
    expect(guided(0)).toEqual([1, 2, -3]);
    expect(guided(1)).toEqual([2, 2, 1]);
    expect(guided(7.5)).toEqual([8.5, 2, 27]);
    expect(guided(-1)).toEqual([0, 2, -7]);
  });

  it('works in place', () => {
    const out = unconditional.slice();
    const operands = { out, outAt: 1, unconditional: out, unconditionalAt: 1 };
    guide({ ...operands, conditional, conditionalAt: 0, dim: 3 }, 2);
    expect(Array.from(out)).toEqual([9, 3, 2, 5]);
  });
});

describe('weights along the way', () => {
  const times = (...values: number[]) => Float64Array.of(...values);
  it.each([
    ['two are a line', [1, 5], times(900, 700, 500, 300, 100), [1, 2, 3, 4, 5]],
    ['three are two lines', [1, 3, 0], times(9, 7, 5, 3, 1), [1, 2, 3, 1.5, 0]],
    ['the same stay', [2, 2], times(9, 5, 1), [2, 2, 2]],
    ['one step has the first', [4, 8], times(9), [4]],
    ['stages of one time are weighted alike', [0, 2], times(9, 5, 5, 1), [0, 1, 1, 2]],
  ])('%s', (_what, schedule, timesteps, expected) => {
    expect(Array.from(guidanceWeights(schedule, timesteps))).toEqual(expected);
  });
});
