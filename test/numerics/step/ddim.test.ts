import { describe, expect, it } from 'vitest';
import { ddimNoiseScale, posteriorScale } from '../../../shared/numerics/step/ddim.ts';
import { at, deviation, tableOf } from '../support.ts';

describe('posteriorScale', () => {
  it('is the deviation of x[i+1] given x[i] and x0', () => {
    // Bayes in precisions: x' ~ N(al' x0, sg'^2), seen as x = sqrt(ab/ab') x' + sqrt(beta) noise.
    for (const [ab, next] of [
      [0.01, 0.3],
      [0.5, 0.51],
      [0.9, 0.9999],
    ] as const) {
      const precision = 1 / (1 - next) + ab / next / (1 - ab / next);
      expect(deviation(posteriorScale(ab, next), Math.sqrt(1 / precision))).toBeLessThan(1e-14);
    }
  });

  it('vanishes at the end and between equal levels', () => {
    expect(posteriorScale(0.3, 1)).toBe(0);
    expect(posteriorScale(0.3, 0.3)).toBe(0);
    expect(ddimNoiseScale(0, 0.1, 0.3)).toBe(0);
  });
});

/** numerics.md 9.2.2, in the forms of DPM-Solver++ 1, PLMS transfer and Euler in x/al. */
describe('DDIM(0)', () => {
  const epsilon = tableOf({ steps: 37 });
  const denoised = tableOf({ steps: 37, prediction: 'denoised' });

  it('is DPM-Solver++ 1, the PLMS transfer and Euler in x/al', () => {
    for (let i = 0; i < 36; i++) {
      const [al, alNext] = [at(epsilon.signal, i), at(epsilon.signal, i + 1)];
      const [sg, sgNext] = [at(epsilon.sigma, i), at(epsilon.sigma, i + 1)];
      const [ab, next] = [al * al, alNext * alNext];
      const h = Math.log(alNext / sgNext) - Math.log(al / sg);
      expect(deviation(at(denoised.stateScale, i), sgNext / sg)).toBeLessThan(1e-12);
      const solver = -alNext * Math.expm1(-h);
      expect(deviation(at(denoised.outputScale, i), solver)).toBeLessThan(1e-12);
      const divisor = ab * Math.sqrt(1 - next) + Math.sqrt(ab * (1 - ab) * next);
      expect(deviation(at(epsilon.outputScale, i), -(next - ab) / divisor)).toBeLessThan(1e-12);
      const euler = alNext * (sgNext / alNext - sg / al);
      expect(deviation(at(epsilon.outputScale, i), euler)).toBeLessThan(1e-12);
      expect(deviation(at(epsilon.stateScale, i), alNext / al)).toBeLessThan(1e-12);
    }
  });

  it('jumps over a block by roll-out of one x0 (numerics.md 9.2.6)', () => {
    // w = x - al x0 shrinks by the product of the roll-out scales, as in one step over the block.
    for (const [begin, end] of [
      [0, 37],
      [3, 4],
      [5, 30],
    ] as const) {
      let scale = 1;
      for (let i = begin; i < end; i++) scale *= at(epsilon.rolloutScale, i);
      expect(deviation(scale, at(epsilon.sigma, end) / at(epsilon.sigma, begin))).toBeLessThan(
        1e-12,
      );
    }
  });
});

describe('DDIM(1)', () => {
  const table = tableOf({ steps: 37, solver: { kind: 'ddim', eta: 1 }, prediction: 'denoised' });

  it('is SDE-DPM-Solver++ 1', () => {
    for (let i = 0; i < 36; i++) {
      const [al, alNext] = [at(table.signal, i), at(table.signal, i + 1)];
      const [sg, sgNext] = [at(table.sigma, i), at(table.sigma, i + 1)];
      const h = Math.log(alNext / sgNext) - Math.log(al / sg);
      const shrink = (sgNext / sg) * Math.exp(-h);
      expect(deviation(at(table.stateScale, i), shrink)).toBeLessThan(1e-12);
      const toData = -alNext * Math.expm1(-2 * h);
      expect(deviation(at(table.outputScale, i), toData)).toBeLessThan(1e-12);
      const noise = sgNext * Math.sqrt(-Math.expm1(-2 * h));
      expect(deviation(at(table.noiseScale, i), noise)).toBeLessThan(1e-12);
    }
  });

  it('rolls out as the aggregated-noise jump in y = (al/sg^2) x (numerics.md 9.2.6)', () => {
    // y_e = y_s + (snr_e - snr_s) x0 + sum_l sqrt(snr_{l+1} - snr_l) xi_l, with unit inputs.
    const [begin, end] = [4, 31];
    const snr = (i: number): number => (at(table.signal, i) / at(table.sigma, i)) ** 2;
    const y = (i: number): number => at(table.signal, i) / at(table.sigma, i) ** 2;
    const rollOut = (x: number, x0: number, xi: (l: number) => number): number => {
      let w = x - at(table.signal, begin) * x0;
      for (let l = begin; l < end; l++) {
        w = at(table.rolloutScale, l) * w + at(table.noiseScale, l) * xi(l);
      }
      return y(end) * (at(table.signal, end) * x0 + w);
    };
    expect(
      deviation(
        rollOut(1, 0, () => 0),
        y(begin),
      ),
    ).toBeLessThan(1e-12);
    expect(
      deviation(
        rollOut(0, 1, () => 0),
        snr(end) - snr(begin),
      ),
    ).toBeLessThan(1e-12);
    for (let l = begin; l < end; l++) {
      const jump = Math.sqrt(snr(l + 1) - snr(l));
      expect(
        deviation(
          rollOut(0, 0, (k) => (k === l ? 1 : 0)),
          jump,
        ),
      ).toBeLessThan(1e-12);
    }
  });
});
