import { describe, expect, it } from 'vitest';
import { drive } from '../../../shared/numerics/drive.ts';
import {
  addError,
  certifiedEstimate,
  estimateOf,
  noErrors,
  predictDefects,
  propagate,
} from '../../../shared/numerics/solver/error-bound.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

const SCALE = 0.1;

/** Rows that all moved alike: `kappa` is what their defects are in units of the movement. */
function predict(departure: number[], closedForm: number[], earlier = -1, moved = 0.01) {
  const rows = {
    update: new Float64Array(departure.length).fill(moved),
    departure: Float64Array.from(departure),
    closedFormDeparture: Float64Array.from(closedForm),
  };
  const found = predictDefects(rows, new Float64Array(departure.length).fill(SCALE), earlier);
  return { ...found, kappa: [...found.defects].map((defect) => defect / moved) };
}

function closeTo(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, 12);
}

describe('the defect that freezing a row leaves', () => {
  it('is none in the first row, whose input is final', () => {
    closeTo(predict([1], [1]).kappa, [0]);
  });

  it('is half as much again as the departure that the row itself had', () => {
    closeTo(predict([0.5, 0.1, 0], [9, 9, 9]).kappa, [0, 0.15, 0]);
  });

  it('is twice the closed form of the nearest row to the left, where it had none', () => {
    const { kappa, departure } = predict([0.4, 0.1, -1, 0.3, -1, -1], [1, 0.05, -1, 0.02, -1, -1]);
    closeTo(kappa, [0, 0.15, 0.1, 0.45, 0.04, 0.04]);
    expect(departure).toBeCloseTo(0.02 / SCALE, 12);
  });

  it('is twice that of an earlier round, where no row has one yet', () => {
    const { kappa, departure } = predict([-1, -1, 0.2], [-1, -1, 0.1], 0.1);
    closeTo(kappa, [0, 0.02, 0.3]);
    expect(departure).toBeCloseTo(0.1 / SCALE, 12);
    expect(predict([-1, -1], [-1, -1], 0.01).departure).toBe(0.01);
  });

  it('is as if x0-hat took part in it twice where nothing was ever measured', () => {
    const { kappa, departure } = predict([-1, -1], [-1, -1]);
    closeTo(kappa, [0, 2 * SCALE]);
    expect(departure).toBe(-1);
  });

  it('of a row that another one speaks for goes by what x0-hat counts for in each', () => {
    const rows = {
      update: Float64Array.of(0.01, 0.01, 0.01),
      departure: Float64Array.of(-1, 0.1, -1),
      closedFormDeparture: Float64Array.of(-1, 0.05, -1),
    };
    const { defects } = predictDefects(rows, Float64Array.of(0.1, 0.2, 0.4), -1);
    closeTo([...defects], [0, 0.0015, 0.002]);
  });

  it('is never more than the movement itself, and none where nothing moved', () => {
    closeTo(predict([-1, 3, -1], [-1, 2, -1], 7).kappa, [0, 1, 1]);
    const [first, second] = predict([-1, 3], [-1, 3], 7, 0).defects;
    expect([first, second]).toEqual([0, 0]);
  });

  it('goes by the movement of the row before', () => {
    const update = Float64Array.of(0.3, 0.02, 5);
    const ones = new Float64Array(3).fill(0.4);
    const rows = { update, departure: ones, closedFormDeparture: ones };
    const { defects } = predictDefects(rows, ones, -1);
    closeTo([...defects], [0, 0.18, 0.012]);
  });
});

function behind(bound: number, gain: number, defect: number): number | undefined {
  const bounds = Float64Array.of(bound);
  propagate(bounds, Float64Array.of(gain), defect);
  return bounds[0];
}

describe('the error behind a row', () => {
  it('adds up', () => {
    expect(behind(0.3, 1, 0.4)).toBeCloseTo(0.7, 12);
    expect(behind(0.3, 2, 0.4)).toBeCloseTo(1, 12);
  });

  it('never shrinks, however the step contracts', () => {
    expect(behind(0.3, 0.1, 0)).toBeCloseTo(0.3, 12);
  });

  it('is told with a margin, a larger one where no gain was measured', () => {
    const bound = Float64Array.of(0.01, 0.004);
    expect(estimateOf({ ...noErrors(2), bound, reaching: bound }, 2)).toBeCloseTo(0.025, 12);
    expect(certifiedEstimate(Float64Array.of(0.004, 0.006))).toBeCloseTo(0.05, 12);
  });

  it('is told as far as late steps leave it, with a margin, and never above the bound', () => {
    const bound = Float64Array.of(0.01, 0.004);
    const told = (...reaching: number[]) =>
      estimateOf({ ...noErrors(2), bound, reaching: Float64Array.from(reaching) }, 2);
    expect(told(0.001, 0)).toBeCloseTo(2.5 * 1.25 * 0.001, 12);
    expect(told(0.001, 0.004)).toBeCloseTo(2.5 * 0.004, 12);
    const half = Float64Array.of(0.5, 0.1);
    const defects = Float64Array.of(0.004, 0.006);
    expect(certifiedEstimate(defects, half)).toBeCloseTo(5 * 1.75 * 0.0026, 12);
    expect(certifiedEstimate(defects, Float64Array.of(0.9, 1))).toBeCloseTo(0.05, 12);
  });

  it('is told as the trajectory itself carries it on, where that is more', () => {
    const bound = Float64Array.of(0.01, 0.004);
    const told = (...carried: number[]) =>
      estimateOf(
        {
          ...noErrors(2),
          bound,
          reaching: Float64Array.of(1e-3, 1e-3),
          carried: Float64Array.from(carried),
        },
        2,
      );
    expect(told(5e-4, 5e-4)).toBeCloseTo(2.5 * 1.25 * 1e-3, 12);
    expect(told(2e-3, 0)).toBeCloseTo(2.5 * 1.25 * 2e-3, 12);
    expect(told(0, 2)).toBeCloseTo(2.5 * 0.004, 12);
  });
});

describe('the errors of a job', () => {
  it('begin with nothing frozen and nothing measured', () => {
    expect(noErrors(2)).toEqual({
      bound: Float64Array.of(0, 0),
      defects: Float64Array.of(0, 0),
      reaching: Float64Array.of(0, 0),
      carried: Float64Array.of(0, 0),
      interpolated: new Float64Array(4),
      departure: Float64Array.of(-1, -1),
    });
  });

  it('are what parareal says, added up, and never a reason to start again', () => {
    const bound = Float64Array.of(0.1, 0.3);
    const before = { ...noErrors(2), bound, reaching: bound };
    const { errors, errorEstimate, distrusted } = addError(before, 0.5);
    closeTo([...errors.bound], [0.6, 0.8]);
    closeTo([...errors.defects], [0.5, 0.5]);
    closeTo([...errors.reaching], [0.6, 0.8]);
    closeTo([...errors.carried], [0.5, 0.5]);
    expect(errorEstimate).toBeCloseTo(0.8, 12);
    expect(distrusted).toBe(false);
    expect(before.bound).toEqual(Float64Array.of(0.1, 0.3));
  });
});

describe.each([
  ['ddim', 50, 8],
  ['ddim', 50, 50],
  ['ddpm', 100, 8],
  ['ddpm', 100, 100],
] as const)('the estimate of %s-%d with window %d', (solver, steps, window) => {
  it('bounds the error of every run, none of which is over the tolerance', async () => {
    const tolerance = 0.01;
    let inexact = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const job = mixtureJob({ solver, steps, window, method: 'secant', tolerance, seed });
      const { samples, errorEstimate } = await drive(job.problem);
      const wanted = (await job.reference()).at(-1);
      const error = rmsDifference(samples, 0, wanted ?? samples, 0, samples.length);
      expect(error, `seed ${seed}`).toBeLessThanOrEqual(Math.min(errorEstimate, tolerance));
      if (error > 1e-6) inexact++;
    }
    // a bound of nothing would show nothing
    expect(inexact).toBeGreaterThan(10);
  });
});

it('the estimate is zero in exact mode', async () => {
  for (const solver of ['ddim', 'ddpm'] as const) {
    const job = mixtureJob({ solver, steps: 30, method: 'secant', tolerance: 0 });
    const { errorEstimate, restarts } = await drive(job.problem);
    expect({ errorEstimate, restarts }).toEqual({ errorEstimate: 0, restarts: 0 });
  }
});
