import { describe, expect, it } from 'vitest';
import { fillNormal, seedWords } from '../../shared/kernel/random.ts';
import {
  conversion,
  convertInto,
  levelOf,
  toDenoised,
  toEpsilon,
  toVelocity,
} from '../../shared/numerics/parameterization.ts';
import type { Prediction } from '../../shared/numerics/parameterization.ts';
import { deviation } from './support.ts';

const levels = [0.01, 0.3, 0.5, 0.9, 0.999].map(levelOf);
const predictions: Prediction[] = ['epsilon', 'denoised', 'velocity'];
const [x0, eps] = [0.7, -1.3];

describe('conversions', () => {
  it('read each prediction as each other, for a state built from x0 and eps', () => {
    for (const level of levels) {
      const { signal: al, sigma: sg } = level;
      const x = al * x0 + sg * eps;
      const value = { epsilon: eps, denoised: x0, velocity: al * eps - sg * x0 };
      for (const from of predictions) {
        for (const to of predictions) {
          const { fromState, fromOutput } = conversion(from, to, level);
          const found = fromState * x + fromOutput * value[from];
          expect(deviation(found, value[to]), `${from} to ${to}`).toBeLessThan(1e-13);
        }
      }
    }
  });

  it('return after a round trip', () => {
    for (const level of levels) {
      const [x, output] = [0.4, -0.9];
      for (const path of [
        ['epsilon', 'denoised', 'velocity', 'epsilon'],
        ['denoised', 'epsilon', 'velocity', 'denoised'],
      ] as const) {
        let d = output;
        for (let k = 0; k < 3; k++) {
          const by = conversion(path[k] ?? 'epsilon', path[k + 1] ?? 'epsilon', level);
          d = by.fromState * x + by.fromOutput * d;
        }
        expect(deviation(d, output)).toBeLessThan(1e-12);
      }
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
      expect(finite(toVelocity('velocity', level))).toBe(true);
    }
    expect(finite(toEpsilon('denoised', noise))).toBe(true);
    expect(finite(toDenoised('epsilon', clean))).toBe(true);
  });

  it('convert latents in place and element by element', () => {
    const dim = 33;
    const state = new Float32Array(2 * dim);
    const output = new Float32Array(2 * dim);
    const seed = seedWords(1);
    fillNormal(state, 0, 2 * dim, { seed, stream: 4, sample: 0, step: 0 });
    fillNormal(output, 0, 2 * dim, { seed, stream: 4, sample: 1, step: 0 });
    const before = output.slice();
    const by = conversion('epsilon', 'denoised', levelOf(0.3));
    convertInto({ out: output, state, output, at: dim, dim }, by);
    const expected = before.map((d, e) =>
      e < dim ? d : by.fromState * (state[e] ?? Number.NaN) + by.fromOutput * d,
    );
    expect(output).toEqual(expected);
  });
});
