import { describe, expect, it } from 'vitest';
import { drive } from '../../shared/numerics/drive.ts';
import { rmsDifference } from '../../shared/numerics/vector.ts';
import { makespan, type SimWorker } from '../sim/makespan.ts';
import { runCoreCluster } from '../support/core-cluster.ts';
import { lcg } from '../support/lcg.ts';
import { mixtureJob, type Job } from '../support/mixture-job.ts';

const workers = 4;
const shape = { solver: 'ddpm', steps: 40, window: 24, blocks: 6, samples: 2 } as const;

async function errorOf(job: Job, found: Float32Array): Promise<number> {
  const wanted = (await job.reference()).at(-1) ?? new Float32Array();
  return rmsDifference(found, 0, wanted, 0, wanted.length);
}

describe.each(['picard', 'picard-eps', 'secant'] as const)('rounds of %s with lag', (method) => {
  it.each([0, 0.01])('end within a tolerance of %d, whoever is late', async (tolerance) => {
    let stale = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const job = mixtureJob({ ...shape, method, tolerance, seed });
      const late = `w${1 + (seed % workers)}`;
      const options = { problem: job.problem, workers, blocks: shape.blocks, seed, late };
      for (const maxLag of [1, 2]) {
        const found = await runCoreCluster({ ...options, maxLag, echoes: true });
        stale += found.staleRounds;
        expect(await errorOf(job, found.samples), `seed ${seed}`).toBeLessThanOrEqual(tolerance);
      }
    }
    expect(stale).toBeGreaterThan(16);
  });

  it('end within the tolerance when workers die and the coordinator begins anew', async () => {
    let stale = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const pick = lcg(seed);
      const job = mixtureJob({ ...shape, method, tolerance: 0, seed });
      const deaths = [20 + pick(40), 70 + pick(40)].map((after) => ({
        after,
        worker: `w${1 + pick(workers)}`,
      }));
      const late = `w${1 + pick(workers)}`;
      const restarts = seed % 3 === 0 ? [50 + pick(60)] : [];
      const cluster = { workers, blocks: shape.blocks, seed, late, maxLag: 2, checkpointMs: 10 };
      const found = await runCoreCluster({ problem: job.problem, ...cluster, deaths, restarts });
      stale += found.staleRounds;
      expect(await errorOf(job, found.samples), `seed ${seed}`).toBe(0);
    }
    expect(stale).toBeGreaterThan(12);
  });

  it('are those of one process where nothing may lag, however late somebody is', async () => {
    const job = mixtureJob({ ...shape, method });
    const alone = await drive(job.problem);
    for (const maxLag of [undefined, 0]) {
      const options = { problem: job.problem, workers, blocks: shape.blocks, late: 'w2', maxLag };
      const found = await runCoreCluster({ ...options, seed: 1 });
      expect(found.samples).toEqual(alone.samples);
      expect(found.rounds).toBe(alone.rounds);
      expect(found.modelCalls).toBe(alone.modelCalls);
      expect(found.staleRounds).toBe(0);
    }
  });
});

it.each(['parataa', 'parareal', 'sequential'] as const)('%s never goes on', async (method) => {
  const { problem } = mixtureJob({ ...shape, method });
  const alone = await drive(problem);
  const options = { workers, blocks: shape.blocks, seed: 1, late: 'w2', maxLag: 2 };
  const found = await runCoreCluster({ problem, ...options });
  expect(found.samples).toEqual(alone.samples);
  expect(found.staleRounds).toBe(0);
});

describe('in virtual time, where a sweep takes most of a second', () => {
  const callMs = { least: 40, perRow: 100 };
  const job = { solver: 'ddpm', steps: 100, method: 'secant', blocks: 4, window: 32 } as const;
  const run = (maxLag: number, second: SimWorker) =>
    makespan({ job: { ...job, tolerance: 1e-4 }, callMs, maxLag, workers: [{}, second, {}, {}] });

  it('nobody is passed over by equal workers, or for less than a sweep', async () => {
    const alone = await run(0, {});
    const jitter = { fromMs: 900, ms: 200, everyMs: 1_000 };
    expect(await run(2, {})).toEqual(alone);
    expect((await run(2, { stalls: jitter })).staleRounds).toBe(0);
  });

  it('one that stands still is, as often as it may be', async () => {
    const stalls = { fromMs: 2_500, ms: 4_000, everyMs: 60_000 };
    const [none, once, twice] = [await run(0, { stalls }), await run(1, { stalls }), await run(2, { stalls })];
    console.log(none, once, twice);
    expect(once.staleRounds).toBeGreaterThan(0);
    expect(twice.staleRounds).toBeGreaterThanOrEqual(once.staleRounds);
    for (const { error } of [once, twice]) expect(error).toBeLessThan(1e-4);
  });
});
