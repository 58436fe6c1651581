import { describe, expect, it } from 'vitest';

import { coarseSolver, nearestRows } from '../../shared/numerics/few-steps.ts';
import { sequential } from '../../shared/numerics/sequential.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { rms } from '../../shared/numerics/vector.ts';
import { gaussian, mixtureJob, type Job } from '../support/mixture-job.ts';

function job(solver: 'ddim' | 'ddpm', steps: number, std?: number): Job {
  const mixture = std === undefined ? {} : { mixture: gaussian(64, std) };
  return mixtureJob({ solver, steps, method: 'sequential', ...mixture });
}

/** The sample of the coarse solver, on its own noise or on that of the fine one. */
async function sampleOf({ problem }: Job, change: object = {}): Promise<Float32Array> {
  return sequential({ ...problem, samples: Int32Array.of(0), ...change });
}

describe('rows of the coarse grid', () => {
  it('are those nearest to its times, each once, and the end', () => {
    const fine = Float64Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    expect([...nearestRows(fine, Float64Array.of(9, 4.6, 0))]).toEqual([0, 4, 9, 10]);
    // no times left to choose from at the end, and none at the start
    expect([...nearestRows(fine, Float64Array.of(0.2, 0.1, 0))]).toEqual([7, 8, 9, 10]);
    expect([...nearestRows(fine, Float64Array.of(9, 9, 9))]).toEqual([0, 1, 2, 10]);
    expect([...nearestRows(fine, fine)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('fewer steps of the same solver', () => {
  it('with as many steps are the solver itself', async () => {
    const fine = job('ddpm', 20);
    const { table, noise } = coarseSolver(
      fine.problem.table,
      fine.problem.table,
      fine.problem.noise,
      64,
    );
    const [ours, theirs] = [await sampleOf(fine, { table, noise }), await sampleOf(fine)];
    expect(rmsDifference(ours, 0, theirs, 0, 64)).toBeLessThan(1e-6);
  });

  it('of DDIM keep their own grid', () => {
    const [fine, coarse] = [job('ddim', 40).problem, job('ddim', 10).problem];
    const solver = coarseSolver(fine.table, coarse.table, fine.noise, 64);
    expect(solver.table).toBe(coarse.table);
  });

  it('of DDPM see noise of unit variance', () => {
    const [fine, coarse] = [job('ddpm', 100).problem, job('ddpm', 10).problem];
    const dim = 4096;
    const unit = mixtureJob({
      ...{ solver: 'ddpm', steps: 100, method: 'sequential' },
      mixture: gaussian(dim, 1),
    });
    const { noise } = coarseSolver(fine.table, coarse.table, unit.problem.noise, dim);
    const drawn = new Float32Array(dim);
    for (const step of [0, 4, 8]) {
      noise(step, 0, drawn, 0);
      expect(rms(drawn, 0, dim)).toBeCloseTo(1, 1);
    }
  });

  it('of DDPM come nearer the more there are, and nowhere near on noise of their own', async () => {
    const fine = job('ddpm', 200, 0.5);
    const wanted = await sampleOf(fine);
    const errors: number[] = [];
    for (const steps of [10, 20, 40, 80]) {
      const coarse = job('ddpm', steps, 0.5);
      const solver = coarseSolver(fine.problem.table, coarse.problem.table, fine.problem.noise, 64);
      const sample = await sampleOf(coarse, solver);
      errors.push(rmsDifference(sample, 0, wanted, 0, 64));
    }
    // first order: twice the steps, about half the error
    for (const [k, error] of errors.entries()) {
      expect(error).toBeLessThan(0.75 * (errors[k - 1] ?? 0.5));
    }
    const own = await sampleOf(job('ddpm', 80, 0.5));
    expect(rmsDifference(own, 0, wanted, 0, 64)).toBeGreaterThan(5 * (errors.at(-1) ?? 1));
  });
});
