import { describe, expect, it } from 'vitest';
import { ddimNoiseScale } from '../../../shared/numerics/step/ddim.ts';
import { ddpmNoiseScale } from '../../../shared/numerics/step/ddpm.ts';
import { at, deviation, largestDeviation, tableOf } from '../support.ts';

describe('DDPM', () => {
  it('has the noise of DDIM(1)', () => {
    for (const spacing of ['leading', 'trailing', 'linspace'] as const) {
      for (const terminalAlphaBar of [1, 'first'] as const) {
        for (const steps of [1, 2, 7, 100, 1000]) {
          const options = { spacing, terminalAlphaBar, steps } as const;
          const ddpm = tableOf({ ...options, solver: { kind: 'ddpm' } });
          const ddim = tableOf({ ...options, solver: { kind: 'ddim', eta: 1 } });
          for (const name of ['noiseScale', 'stateScale', 'outputScale'] as const) {
            expect(largestDeviation(ddpm[name], ddim[name]), name).toBeLessThan(1e-12);
          }
        }
      }
    }
    expect(deviation(ddpmNoiseScale(0.2, 0.4), ddimNoiseScale(1, 0.2, 0.4))).toBeLessThan(1e-15);
  });

  it('has the published posterior mean', () => {
    const table = tableOf({ steps: 100, solver: { kind: 'ddpm' }, prediction: 'denoised' });
    for (let i = 0; i < table.steps; i++) {
      const [ab, next] = [at(table.signal, i) ** 2, at(table.signal, i + 1) ** 2];
      const fromState = (Math.sqrt(ab / next) * (1 - next)) / (1 - ab);
      const fromDenoised = (Math.sqrt(next) * (1 - ab / next)) / (1 - ab);
      expect(deviation(at(table.stateScale, i), fromState)).toBeLessThan(1e-12);
      expect(deviation(at(table.outputScale, i), fromDenoised)).toBeLessThan(1e-12);
    }
  });

  it('adds nothing on the last step and between equal levels', () => {
    expect(ddpmNoiseScale(0.9, 1)).toBe(0);
    expect(ddpmNoiseScale(0.9, 0.9)).toBe(0);
  });
});
