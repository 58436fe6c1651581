import { describe, expect, it } from 'vitest';
import {
  gaussianPrior,
  picardDenoised,
  picardEpsilon,
  picardVelocity,
  picardX,
} from '../../shared/numerics/linearization.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import { at, deviation, largestDeviation, tableOf } from './support.ts';

const etas = [0, 0.3, 0.7, 1];

function ddim(eta: number, changes = {}): StepTable {
  return tableOf({ steps: 50, solver: { kind: 'ddim', eta }, ...changes });
}

describe('gaussianPrior', () => {
  it('(2.1) = (2.2) for every eta and s', () => {
    for (const eta of etas) {
      const table = ddim(eta);
      for (const s of [0.05, 0.5, 1, 3, 100]) {
        const prior = gaussianPrior(table, s);
        for (let i = 0; i < table.steps; i++) {
          // (2.1): a + b sg/(ab s^2 + sg^2), a and b those of the epsilon form.
          const variance = at(table.signal, i) ** 2 * s * s + at(table.sigma, i) ** 2;
          const slope = (at(table.outputScale, i) * at(table.sigma, i)) / variance;
          const expected = at(table.stateScale, i) + slope;
          expect(Math.abs(at(prior, i) - expected)).toBeLessThan(1e-12 * at(table.stateScale, i));
        }
      }
    }
  });

  it('is the same for every prediction type', () => {
    for (const eta of etas) {
      const expected = gaussianPrior(ddim(eta), 0.5);
      for (const prediction of ['denoised', 'velocity'] as const) {
        expect(gaussianPrior(ddim(eta, { prediction }), 0.5)).toEqual(expected);
      }
    }
  });

  it('has the x0-, v- and eps-form as its limits s = 0, 1 and infinity', () => {
    for (const eta of etas) {
      const table = ddim(eta);
      expect(largestDeviation(gaussianPrior(table, 0), picardDenoised(table))).toBeLessThan(1e-12);
      expect(largestDeviation(gaussianPrior(table, 1), picardVelocity(table))).toBeLessThan(1e-12);
      const flat = gaussianPrior(table, Infinity);
      expect(largestDeviation(flat, picardEpsilon(table))).toBeLessThan(1e-12);
      expect(largestDeviation(gaussianPrior(table, 1e200), flat)).toBeLessThan(1e-12);
      expect(largestDeviation(gaussianPrior(table, 1e8), flat)).toBeLessThan(1e-10);
    }
  });

  it('is finite from zero signal to the last step', () => {
    const powers = Float64Array.of(0, 0.1, 0.9999999999999999, 1);
    for (const noise of [0, 0.1, Math.sqrt(0.9)]) {
      const table = stepTable({
        timestep: Float64Array.of(999, 500, 0),
        signal: powers.map(Math.sqrt),
        sigma: powers.map((power) => Math.sqrt(1 - power)),
        noiseScale: Float64Array.of(noise, 0, 0),
        prediction: 'velocity',
      });
      for (const s of [0, 0.5, 1, 20]) {
        expect(gaussianPrior(table, s).every(Number.isFinite), `s = ${s}`).toBe(true);
      }
      expect(() => picardEpsilon(table)).toThrow('signal: found 0');
      expect(() => gaussianPrior(table, Infinity)).toThrow(RangeError);
    }
  });

  it('refuses a deviation that is no deviation', () => {
    expect(() => gaussianPrior(ddim(0), -1)).toThrow('found -1');
    expect(() => gaussianPrior(ddim(0), Number.NaN)).toThrow('found NaN');
  });
});

/** With J held, the round adds J (new - old): the step is then additive in some coordinate. */
describe('Picard forms', () => {
  it('are the state coefficients of the matching prediction', () => {
    for (const eta of etas) {
      const forms = [
        ['epsilon', picardEpsilon],
        ['denoised', picardDenoised],
        ['velocity', picardVelocity],
      ] as const;
      for (const [prediction, picard] of forms) {
        const table = ddim(eta, { prediction });
        expect(largestDeviation(picard(table), table.stateScale), prediction).toBeLessThan(1e-12);
      }
    }
    expect(picardX(ddim(0))).toEqual(new Float64Array(50).fill(1));
  });

  it('are additive in x/al, x/sg (c = 0), (al/sg^2) x (DDPM) and rotate for v (c = 0)', () => {
    const ode = ddim(0);
    const sde = ddim(1);
    const [eps, x0, x0Sde] = [picardEpsilon(ode), picardDenoised(ode), picardDenoised(sde)];
    const v = picardVelocity(ode);
    const y = (i: number): number => at(sde.signal, i) / at(sde.sigma, i) ** 2;
    // The last step ends at sg = 0, where x/sg does not exist.
    for (let i = 0; i < ode.steps - 1; i++) {
      expect(deviation(at(eps, i), at(ode.signal, i + 1) / at(ode.signal, i))).toBeLessThan(1e-12);
      expect(deviation(at(x0, i), at(ode.sigma, i + 1) / at(ode.sigma, i))).toBeLessThan(1e-12);
      expect(deviation(at(x0Sde, i), y(i) / y(i + 1))).toBeLessThan(1e-12);
      const angle = (k: number): number => Math.atan2(at(ode.sigma, k), at(ode.signal, k));
      expect(deviation(at(v, i), Math.cos(angle(i) - angle(i + 1)))).toBeLessThan(1e-12);
    }
  });
});
