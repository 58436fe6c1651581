import { describe, expect, it } from 'vitest';
import { guide } from '../../shared/numerics/guidance.ts';

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
