import { describe, expect, it } from 'vitest';
import { boundInto } from '../../shared/numerics/bound.ts';
import type { Bound } from '../../shared/kernel/step-rule.ts';

function bounded(values: readonly number[], bound: Bound): number[] {
  const latent = Float32Array.from(values);
  boundInto(latent, bound);
  return Array.from(latent, (value) => Number(value.toFixed(6)));
}

describe('x0', () => {
  it('is clipped to a range', () => {
    expect(bounded([-3, -0.5, 0, 2], { kind: 'clip', range: 1.5 })).toEqual([-1.5, -0.5, 0, 1.5]);
  });

  it('is clipped at a quantile of its own and rescaled', () => {
    // 0.75 of the way through 0, 1, 2, 3, 4 is 3
    const bound = { kind: 'threshold', quantile: 0.75, most: 10 } as const;
    expect(bounded([4, -3, 2, -1, 0], bound)).toEqual([1, -1, 0.666667, -0.333333, 0]);
    // between two values it is a line: 0.625 of the way is 2.5
    const between = { kind: 'threshold', quantile: 0.625, most: 10 } as const;
    expect(bounded([4, -3, 2, -1, 0], between)).toEqual([1, -1, 0.8, -0.4, 0]);
  });

  it('stays as it is where its quantile is inside the range, and is cut at the most', () => {
    const bound = { kind: 'threshold', quantile: 1, most: 2 } as const;
    expect(bounded([0.25, -0.5], bound)).toEqual([0.25, -0.5]);
    expect(bounded([8, 1], bound)).toEqual([1, 0.5]);
  });
});
