import { describe, expect, it } from 'vitest';
import { newestBoundary } from '../../coordinator/core/twins.ts';
import type { BlockState, JobState } from '../../coordinator/core/state.ts';
import { drive } from '../../shared/numerics/drive.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
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

  it('that ended early do not use up the limit', async () => {
    let stale = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const { problem } = mixtureJob({ ...shape, method, tolerance: 0, seed });
      const { rounds: roundsMax } = await drive(problem);
      const options = { workers, blocks: shape.blocks, seed, late: `w${1 + (seed % workers)}` };
      const limited = { ...problem, roundsMax };
      const found = await runCoreCluster({ problem: limited, ...options, maxLag: 2 });
      stale += found.staleRounds;
      expect(found.converged, `seed ${seed}`).toBe(true);
    }
    expect(stale).toBeGreaterThan(8);
  });

  it('are those of one process where nothing may lag, however late somebody is', async () => {
    const job = mixtureJob({ ...shape, method });
    const alone = await drive(job.problem);
    for (const allowed of [{}, { maxLag: 0 }]) {
      const options = { problem: job.problem, workers, blocks: shape.blocks, late: 'w2' };
      const found = await runCoreCluster({ ...options, ...allowed, seed: 1 });
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
  const job = { solver: 'ddim', steps: 50, method: 'secant', blocks: 4, tolerance: 0 } as const;
  const run = (maxLag: number, second: SimWorker) =>
    makespan({ job, callMs, maxLag, workers: [{}, second, {}, {}] });

  it('nobody goes on without an equal, or one that is late by a fifth of a sweep', async () => {
    const alone = await run(0, {});
    const jitter = { fromMs: 900, ms: 200, everyMs: 1_000 };
    expect(await run(2, {})).toEqual(alone);
    expect((await run(2, { stalls: jitter })).staleRounds).toBe(0);
  });

  it('one that stands still delays less, and no call is made for nothing', async () => {
    const stalls = { fromMs: 1_000, ms: 4_000, everyMs: 12_000 };
    const [waiting, going] = [await run(0, { stalls }), await run(2, { stalls })];
    expect(going.staleRounds).toBeGreaterThan(0);
    expect(going.rounds - going.staleRounds).toBeLessThanOrEqual(waiting.rounds);
    expect(going.ms).toBeLessThan(waiting.ms);
    expect(going.modelCalls).toBeLessThanOrEqual(waiting.modelCalls);
    expect(going.error).toBe(0);
  });
});

describe('a block that is lost while it is behind', () => {
  const handle = (id: string) => ({ id });
  const blockOf = (index: number, more: object = {}) =>
    ({ begin: 4 * index, end: 4 * index + 4, left: handle('old'), ...more }) as BlockState;
  const a = blockOf(0, { right: handle('newest'), rightRow: 4 });
  const jobOf = (next: number, b: BlockState) =>
    ({ blocks: [a, b], wave: { next } }) as unknown as JobState;

  it.each([
    ['the wave stands at it', 1, 'since', 'newest'],
    ['the wave has not come to it', 0, 'since', 'since'],
    ['it is not behind', 0, undefined, 'old'],
  ])('starts from the newest boundary: %s', (_, next, since, expected) => {
    const b = blockOf(1, { leftSince: since && handle(since) });
    expect(newestBoundary(jobOf(next, b), b)).toEqual(handle(expected));
  });
});
