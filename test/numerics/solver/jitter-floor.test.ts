import { describe, expect, it } from 'vitest';
import { seedWords } from '../../../shared/kernel/random.ts';
import { jittered } from '../../../shared/numerics/analytic.ts';
import { drive } from '../../../shared/numerics/drive.ts';
import { guidanceSpread } from '../../../shared/numerics/guidance.ts';
import { jitterFloor } from '../../../shared/numerics/solver/jitter-floor.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { mixtureJob, type JobOptions } from '../../support/mixture-job.ts';

const base: JobOptions = { solver: 'ddim', steps: 50, method: 'secant', seed: 2 };

/** Rounds of a job whose model gives a row other bits in every evaluation, `jitter` RMS apart. */
async function roundsOf(tolerance: number, jitter: number): Promise<number> {
  const job = mixtureJob({ ...base, tolerance });
  const { problem } = job;
  // two evaluations differ by the root of two times the deviation of one
  const denoiser = jittered(problem.denoiser, seedWords(1), jitter / Math.SQRT2);
  const { rounds, samples } = await drive({ ...problem, denoiser });
  const exact = (await job.reference()).at(-1) ?? new Float32Array();
  const error = rmsDifference(samples, 0, exact, 0, exact.length);
  expect(error).toBeLessThan(Math.max(tolerance, 100 * jitter));
  return rounds;
}

describe('the jitter floor', () => {
  const { table } = mixtureJob(base).problem;

  it('is a tolerance that jitter costs nothing at', async () => {
    const jitter = 1e-6;
    const floor = jitterFloor(table, jitter);
    expect(floor).toBeGreaterThan(jitter);
    expect(floor).toBeLessThan(0.01);
    expect(await roundsOf(floor, jitter)).toBeLessThanOrEqual((await roundsOf(floor, 0)) + 2);
  });

  it('is where rounds begin to grow, far below it by half and more', async () => {
    const jitter = 1e-4;
    const tolerance = jitterFloor(table, 1e-8);
    const smooth = await roundsOf(tolerance, 0);
    expect(await roundsOf(tolerance, jitter)).toBeGreaterThan(1.5 * smooth);
  });

  it('is proportional to the jitter, 0 without any, and none beyond the largest threshold', () => {
    expect(jitterFloor(table, 0)).toBe(0);
    expect(jitterFloor(table, 2e-6)).toBeCloseTo(2 * jitterFloor(table, 1e-6), 12);
    expect(jitterFloor(table, 0.1)).toBe(Infinity);
  });

  it('counts what guidance makes of both evaluations, and that its rows freeze later', () => {
    const of = (weight: number) => jitterFloor(table, 1e-8, guidanceSpread(weight));
    expect(of(1)).toBe(jitterFloor(table, 1e-8));
    expect(of(0.5)).toBe(of(1));
    expect(of(2) / of(1)).toBeCloseTo(3 * 3, 9);
    expect(of(3) / of(1)).toBeCloseTo(5 * 3, 9);
  });
});
