import { describe, expect, it } from 'vitest';
import {
  levelOf,
  predictions,
  toDenoised,
  toEpsilon,
  type Level,
  type Prediction,
} from '../../shared/numerics/parameterization.ts';
import { deviation } from './support.ts';

const [x0, eps] = [0.7, -1.3];
const dataStd = 0.6;

const variancePreserving = [0.01, 0.3, 0.5, 0.9, 0.999].map(levelOf);
const flow = [0.01, 0.3, 0.9, 0.999].map((sigma) => ({ signal: 1 - sigma, sigma }));
const preconditioned = [80, 2, 0.1, 0.002].map((deviation) => {
  const signal = 1 / Math.sqrt(deviation ** 2 + dataStd ** 2);
  return { signal, sigma: signal * deviation };
});

/** Where each prediction is at home, and what it is there, from its definition. */
const meaning: Record<Prediction, readonly [readonly Level[], (level: Level) => number]> = {
  epsilon: [[...variancePreserving, ...flow, ...preconditioned], () => eps],
  denoised: [[...variancePreserving, ...flow, ...preconditioned], () => x0],
  velocity: [variancePreserving, ({ signal, sigma }) => signal * eps - sigma * x0],
  flow: [flow, () => eps - x0],
  edm: [
    preconditioned,
    ({ signal, sigma }) => {
      // D = c_skip z + c_out F with z = x / c_in
      const [deviation, z] = [sigma / signal, x0 + (sigma / signal) * eps];
      const power = deviation ** 2 + dataStd ** 2;
      return (x0 - (dataStd ** 2 / power) * z) / ((deviation * dataStd) / Math.sqrt(power));
    },
  ],
};

describe('conversions', () => {
  it.each(predictions)('read %s as x0 and eps, for a state built from both', (prediction) => {
    const [levels, valueAt] = meaning[prediction];
    for (const level of levels) {
      const x = level.signal * x0 + level.sigma * eps;
      const value = valueAt(level);
      const read = ({ fromState, fromOutput }: { fromState: number; fromOutput: number }) =>
        fromState * x + fromOutput * value;
      const where = JSON.stringify(level);
      expect(deviation(read(toDenoised(prediction, level)), x0), where).toBeLessThan(1e-10);
      expect(deviation(read(toEpsilon(prediction, level)), eps), where).toBeLessThan(1e-10);
    }
  });

  it('are finite at both ends where the formula allows it', () => {
    const finite = (c: { fromState: number; fromOutput: number }): boolean =>
      Number.isFinite(c.fromState) && Number.isFinite(c.fromOutput);
    const [noise, clean] = [levelOf(0), levelOf(1)];
    for (const level of [noise, clean]) {
      expect(finite(toDenoised('velocity', level))).toBe(true);
      expect(finite(toDenoised('denoised', level))).toBe(true);
      expect(finite(toEpsilon('velocity', level))).toBe(true);
      expect(finite(toEpsilon('epsilon', level))).toBe(true);
    }
    expect(finite(toEpsilon('denoised', noise))).toBe(true);
    expect(finite(toDenoised('epsilon', clean))).toBe(true);
  });
});
