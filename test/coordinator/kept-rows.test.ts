import { describe, expect, it } from 'vitest';

import { drive } from '../../shared/numerics/drive.ts';
import { methodNames } from '../../shared/numerics/solver/method.ts';
import { runCoreCluster } from '../support/core-cluster.ts';
import { mixtureJob, type JobOptions } from '../support/mixture-job.ts';

const base = { solver: 'ddpm', steps: 40, samples: 2, seed: 3 } as const;

function keeping(options: JobOptions) {
  return { ...mixtureJob(options).problem, keepRows: true };
}

describe.each(methodNames)('the trajectory of %s, kept by the coordinator', (method) => {
  it('is that of one process, in whatever order messages arrive', async () => {
    for (const [window, blocks, workers] of [
      [40, 4, 2],
      [12, 3, 3],
      [40, 1, 1],
    ] as const) {
      const problem = keeping({ ...base, method, window, blocks });
      const { trajectory: expected, samples } = await drive(problem);
      for (let seed = 1; seed <= 3; seed++) {
        const kept = await runCoreCluster({ problem, workers, blocks, seed });
        expect(kept.rowsLost).toBe('');
        expect(kept.samples).toEqual(samples);
        expect(kept.trajectory).toEqual(expected);
      }
    }
  });
});

describe('workers that die while a trajectory is kept', () => {
  it('cost the certificate at most, never the samples', async () => {
    let whole = 0;
    let lost = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const problem = keeping({ ...base, method: 'secant', tolerance: 0, blocks: 4 });
      const rows = await mixtureJob({ ...base, method: 'secant' }).reference();
      const deaths = [{ after: 3 + ((seed * 7) % 50), worker: `w${1 + (seed % 2)}` }];
      const kept = await runCoreCluster({ problem, workers: 2, blocks: 4, seed, deaths });
      expect(kept.samples).toEqual(rows.at(-1));
      if (kept.rowsLost === '') {
        whole++;
        const expected = [problem.initial, ...rows].flatMap((row) => [...row]);
        expect(kept.trajectory).toEqual(Float32Array.from(expected));
      } else {
        lost++;
        expect(kept.rowsLost).toMatch(/^rows \d+ to \d+ were /);
      }
    }
    expect(whole).toBeGreaterThan(10);
    expect(lost).toBeGreaterThan(0);
  });
});

describe('a job that starts from a trajectory', () => {
  it('is the same on a cluster as in one process', async () => {
    for (const [window, blocks] of [
      [40, 1],
      [40, 4],
      [12, 3],
    ] as const) {
      const options = { ...base, method: 'secant', window, blocks } as const;
      const { trajectory: states } = await drive(keeping({ ...options, tolerance: 1e-4 }));
      const given = { first: 0, states: states ?? new Float32Array() };
      const problem = { ...keeping(options), given };
      const expected = await drive(problem);
      const found = await runCoreCluster({ problem, workers: 2, blocks, seed: 1 });
      expect(found.samples).toEqual(expected.samples);
      expect(found.trajectory).toEqual(expected.trajectory);
      expect(found.rounds).toBe(expected.rounds);
    }
  });

  it('survives workers that die', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const options = { ...base, method: 'secant', tolerance: 0, blocks: 4 } as const;
      const job = mixtureJob(options);
      const { trajectory: states } = await drive(keeping({ ...options, seed: 4 }));
      const given = { first: 0, states: states ?? new Float32Array() };
      const deaths = [{ after: 3 + seed, worker: `w${1 + (seed % 2)}` }];
      const problem = { ...job.problem, given };
      const { samples } = await runCoreCluster({ problem, workers: 2, blocks: 4, seed, deaths });
      expect(samples).toEqual((await job.reference()).at(-1));
    }
  });
});
