import { describe, expect, it } from 'vitest';

import { seedWords } from '../../../shared/kernel/random.ts';
import { drive } from '../../../shared/numerics/drive.ts';
import { patchMixture } from '../../../shared/numerics/patch-mixture.ts';
import {
  groupGain,
  groupProducts,
  groupsOf,
  GROUPS_MAX,
} from '../../../shared/numerics/solver/groups.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { patchJob } from '../../support/patch-job.ts';

describe('groups of elements', () => {
  it('are one for the models that the rule was measured with, and sixteen at most', () => {
    expect([64, 1024, 2047, 2048, 16_384, 2_096_640].map(groupsOf)).toEqual([1, 1, 1, 2, 16, 16]);
  });

  it('have products that add up to those of the latent, whatever they divide', () => {
    const dim = 2051;
    const groups = 2;
    const at = 5;
    const random = (seed: number) =>
      Float32Array.from({ length: dim + at }, (_, e) => Math.sin(seed + e * seed));
    const rows = { state: random(1), other: random(2), image: random(3), imageOld: random(4) };
    const [own, total] = [new Float64Array(3 * GROUPS_MAX), new Float64Array(3).fill(9)];
    groupProducts(own, total, rows, { at, dim, groups });
    const one = new Float64Array(3);
    groupProducts(new Float64Array(3), one, rows, { at, dim, groups: 1 });
    for (let k = 0; k < 3; k++) {
      expect(total[k]).toBe((own[k] ?? 0) + (own[3 + k] ?? 0));
      expect(total[k]).toBeCloseTo(one[k] ?? 0, 9);
    }
    expect(groupGain(own, 1, total[0] ?? 0, groups)).toBeGreaterThan(0);
  });

  it('do not count for a gain what others pass on to them', () => {
    // the first group moved by 1 and the second by nothing; of both images a tenth of it is left
    const products = Float64Array.of(1, 0.1, 0.01, 0, 0, 0.01);
    expect(groupGain(products, 0, 1, 2)).toBeCloseTo(0.1, 12);
    expect(groupGain(products, 1, 1, 2)).toBeCloseTo(0.1 * Math.SQRT2, 12);
  });

  it('are told of by every row: the one that moves most, and gains of their own', async () => {
    const { problem } = patchJob(patchMixture(4096), { steps: 20, window: 20, seed: seedWords(3) });
    const left = { row: 0, state: problem.initial, denoised: new Float32Array(4096) };
    const solver = createSolver({ ...problem, begin: 0, end: 20 }, left);
    const range = { frontier: Int32Array.of(0), windowEnd: 20 };
    await solver.sweep(range);
    const { rows } = await solver.sweep(range);
    if (!rows) throw new Error('a sweep without rows');
    const { movement, peak, gain, groupGain } = rows;
    expect(peak).toHaveLength(20);
    expect(groupGain).toHaveLength(4 * 20);
    for (let k = 1; k < 20; k++) {
      const [own, most] = [movement[k] ?? 0, peak[k] ?? 0];
      expect(most).toBeGreaterThan(own);
      expect(most).toBeLessThanOrEqual(2 * own * (1 + 1e-6));
      const groups = [...groupGain.subarray(4 * k, 4 * k + 4)];
      expect(new Set(groups).size).toBeGreaterThan(1);
      // a group that moves by its part has no more of the whole gain than all of them
      expect(Math.min(...groups)).toBeLessThanOrEqual((gain[k] ?? 0) * (1 + 1e-6));
    }
  });

  // as one group such runs started again twice, at three times the calls, while the true error was
  // a hundredth of the tolerance
  it('let a large latent decide many things at their own noise levels', async () => {
    const job = patchJob(patchMixture(16_384), { steps: 1000, window: 32, seed: seedWords(2) });
    const reference = await job.reference();
    const { samples, restarts, errorEstimate } = await drive(job.problem);
    const error = rmsDifference(samples, 0, reference, 0, samples.length);
    expect(restarts).toBe(0);
    expect(error).toBeLessThan(0.01);
    expect(errorEstimate).toBeGreaterThan(error);
    expect(errorEstimate).toBeLessThan(0.03);
  });
});
