import { describe, expect, it } from 'vitest';
import { betaQuantile, incompleteBeta } from '../../shared/numerics/incomplete-beta.ts';
import { deviation } from './support.ts';

const shares = [1e-6, 0.01, 0.1, 0.25, 0.5, 0.7, 0.9, 0.99, 1 - 1e-6];

describe('incompleteBeta', () => {
  it('is the arcsine law at a = b = 1/2, x^a at b = 1, the identity at a = b = 1', () => {
    for (const x of shares) {
      const arcsine = (2 / Math.PI) * Math.asin(Math.sqrt(x));
      expect(deviation(incompleteBeta(x, 0.5, 0.5), arcsine)).toBeLessThan(1e-13);
      expect(deviation(incompleteBeta(x, 3, 1), x ** 3)).toBeLessThan(1e-13);
      expect(deviation(incompleteBeta(x, 1, 1), x)).toBeLessThan(1e-13);
    }
  });

  it('is symmetric', () => {
    for (const x of shares) {
      const sum = incompleteBeta(x, 0.6, 2.5) + incompleteBeta(1 - x, 2.5, 0.6);
      expect(deviation(sum, 1)).toBeLessThan(1e-13);
    }
  });
});

describe('betaQuantile', () => {
  it('inverts it', () => {
    for (const share of shares) {
      for (const [a, b] of [
        [0.6, 0.6],
        [0.5, 3],
        [4, 0.7],
        [2, 2],
      ] as const) {
        const back = incompleteBeta(betaQuantile(share, a, b), a, b);
        expect(deviation(back, share)).toBeLessThan(1e-12);
      }
    }
  });

  it('ends at 0 and 1 and refuses what is no share', () => {
    expect(betaQuantile(0, 0.6, 0.6)).toBe(0);
    expect(betaQuantile(1, 0.6, 0.6)).toBe(1);
    expect(betaQuantile(0.5, 0.6, 0.6)).toBeCloseTo(0.5, 14);
    expect(() => betaQuantile(1.1, 0.6, 0.6)).toThrow('share: found 1.1');
  });
});
