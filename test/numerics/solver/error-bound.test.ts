import { describe, expect, it } from 'vitest';
import { drive } from '../../../shared/numerics/drive.ts';
import {
  addError,
  boundFactor,
  noErrors,
  predictDefects,
  propagate,
} from '../../../shared/numerics/solver/error-bound.ts';
import { rmsDifference } from '../../../shared/numerics/vector.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

/** Rows that all moved alike: `kappa` is what their defects are in units of the movement. */
function predict(departure: number[], closedForm: number[], earlier = -1, moved = 0.01) {
  const rows = {
    update: new Float64Array(departure.length).fill(moved),
    departure: Float64Array.from(departure),
    closedFormDeparture: Float64Array.from(closedForm),
  };
  const found = predictDefects(rows, earlier);
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

  it('is a quarter more than the departure that the row itself had', () => {
    closeTo(predict([0.5, 0.1, 0], [9, 9, 9]).kappa, [0, 0.125, 0]);
  });

  it('is twice the closed form of the nearest row to the left, where it had none', () => {
    const { kappa, departure } = predict([0.4, 0.1, -1, 0.3, -1, -1], [1, 0.05, -1, 0.02, -1, -1]);
    closeTo(kappa, [0, 0.125, 0.1, 0.375, 0.04, 0.04]);
    expect(departure).toBe(0.02);
  });

  it('is four times that of an earlier round, where no row has one yet', () => {
    const { kappa, departure } = predict([-1, -1, 0.2], [-1, -1, 0.1], 0.01);
    closeTo(kappa, [0, 0.04, 0.25]);
    expect(departure).toBe(0.1);
    expect(predict([-1, -1], [-1, -1], 0.01).departure).toBe(0.01);
  });

  it('is a twentieth where nothing was ever measured', () => {
    const { kappa, departure } = predict([-1, -1], [-1, -1]);
    closeTo(kappa, [0, 0.05]);
    expect(departure).toBe(-1);
  });

  it('is never more than the movement itself, and none where nothing moved', () => {
    closeTo(predict([-1, 3, -1], [-1, 2, -1], 7).kappa, [0, 1, 1]);
    const [first, second] = predict([-1, 3], [-1, 3], 7, 0).defects;
    expect([first, second]).toEqual([0, 0]);
  });

  it('goes by the movement of the row before', () => {
    const update = Float64Array.of(0.3, 0.02, 5);
    const ones = new Float64Array(3).fill(0.4);
    const { defects } = predictDefects({ update, departure: ones, closedFormDeparture: ones }, -1);
    closeTo([...defects], [0, 0.15, 0.01]);
  });
});

describe('the error behind a row', () => {
  it('adds up where the sampler is deterministic', () => {
    expect(propagate(0.3, 1, 0.4, 0)).toBeCloseTo(0.7, 12);
    expect(propagate(0.3, 2, 0.4, 0)).toBeCloseTo(1, 12);
  });

  it('adds up in squares where fresh noise makes defects independent', () => {
    expect(propagate(0.3, 1, 0.4, 1)).toBeCloseTo(0.5, 12);
    expect(propagate(0.15, 2, 0.4, 1)).toBeCloseTo(0.5, 12);
  });

  it('is in between for a sampler in between', () => {
    expect(propagate(0.3, 1, 0.4, 0.5)).toBeCloseTo(Math.sqrt(0.25 + 0.12), 12);
  });

  it('never shrinks, however the step contracts', () => {
    for (const randomness of [0, 0.5, 1]) {
      expect(propagate(0.3, 0.1, 0, randomness)).toBeCloseTo(0.3, 12);
    }
  });

  it('is multiplied by more where it adds up in squares', () => {
    expect([0, 0.5, 1].map(boundFactor)).toEqual([5, 6.25, 7.5]);
  });
});

describe('the errors of a job', () => {
  it('begin with nothing frozen and nothing measured', () => {
    expect(noErrors(2)).toEqual({
      bound: Float64Array.of(0, 0),
      departure: Float64Array.of(-1, -1),
    });
  });

  it('are what parareal says, added up, and never a reason to start again', () => {
    const before = { bound: Float64Array.of(0.1, 0.3), departure: Float64Array.of(-1, -1) };
    const { errors, errorEstimate, distrusted } = addError(before, 0.5);
    closeTo([...errors.bound], [0.6, 0.8]);
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
  it('bounds every row of every run, none of which is over the tolerance', async () => {
    const tolerance = 0.01;
    let inexact = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const job = mixtureJob({ solver, steps, window, method: 'secant', tolerance, seed });
      const { samples, errorEstimate, trajectory } = await drive({
        ...job.problem,
        keepRows: true,
      });
      const wanted = await job.reference();
      const dim = samples.length;
      const errors = wanted.map((row, i) =>
        rmsDifference(trajectory ?? samples, (i + 1) * dim, row, 0, dim),
      );
      const where = `seed ${seed}`;
      expect(Math.max(...errors), where).toBeLessThanOrEqual(errorEstimate);
      expect(errors.at(-1), where).toBeLessThanOrEqual(tolerance);
      if ((errors.at(-1) ?? 0) > 1e-6) inexact++;
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
