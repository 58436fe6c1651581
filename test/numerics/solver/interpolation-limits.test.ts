import { describe, expect, it } from 'vitest';

import {
  interpolatesRows,
  interpolationLimits,
} from '../../../shared/numerics/solver/called-rows.ts';
import { at, tableOf } from '../support.ts';

const dim = 400;

describe('what rows may leave', () => {
  it('is a share of the tolerance, as squares, more of it where there is more signal', () => {
    const of = (size: number, steps = 50) =>
      interpolationLimits(tableOf({ steps }), { tolerance: 0.01, dim: size });
    const total = (limits: Float64Array) =>
      Math.sqrt(limits.reduce((sum, limit) => sum + limit * limit, 0));
    expect(total(of(dim))).toBeCloseTo(0.002, 12);
    expect(at(of(dim), 49)).toBeGreaterThan(at(of(dim), 5));
    // of many rows more, unless several groups decide
    expect(total(of(dim, 144))).toBeCloseTo(0.0024, 12);
    expect(total(of(dim, 250))).toBeCloseTo(0.003, 12);
    expect(total(of(4096, 250))).toBeCloseTo(0.002, 12);
  });

  it('grows no further with a looser tolerance, and is less with guidance', () => {
    const of = (tolerance: number, spread?: number) =>
      at(interpolationLimits(tableOf({ steps: 50 }), { tolerance, spread, dim }), 20);
    expect(of(0.1)).toBe(of(0.01));
    expect(of(0.001)).toBeCloseTo(of(0.01) / 10, 12);
    expect(of(0.01, 3)).toBeCloseTo(of(0.01) / 3, 12);
  });

  it('is nothing to published methods, to memory, and where every bit counts', () => {
    const usual = { stop: 'final', tolerance: 0.01, parts: 1 } as const;
    expect(interpolatesRows('secant', usual)).toBe(true);
    expect(interpolatesRows('secant', { ...usual, tolerance: 0 })).toBe(false);
    expect(interpolatesRows('secant', { ...usual, stop: 'srds' })).toBe(false);
    expect(interpolatesRows('secant', { ...usual, parts: 2 })).toBe(false);
    for (const name of ['picard', 'picard-eps', 'parataa', 'parareal', 'sequential'] as const) {
      expect(interpolatesRows(name, usual)).toBe(false);
    }
  });
});
