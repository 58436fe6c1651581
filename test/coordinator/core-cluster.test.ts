import { describe, expect, it } from 'vitest';
import { drive } from '../../shared/numerics/drive.ts';
import { methodNames } from '../../shared/numerics/solver/method.ts';
import { partition } from '../../shared/numerics/partition.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { runCoreCluster } from '../support/core-cluster.ts';
import { lcg } from '../support/lcg.ts';
import { adamsBashforth, heun, secondOrder } from '../support/memory-grids.ts';
import { borderJob, mixtureJob } from '../support/mixture-job.ts';

describe.each(methodNames)('%s over the core', (method) => {
  it.each([
    [30, 1],
    [30, 3],
    [9, 3],
    [8, 8],
  ])('gives the bits of one process with window %i and %i blocks', async (window, blocks) => {
    const options = { solver: 'ddpm', steps: 30, method, window, blocks, samples: 2 } as const;
    const { problem } = mixtureJob({ ...options, seed: 3 });
    const alone = await drive(problem);
    for (const workers of [1, 2, 3]) {
      const cluster = await runCoreCluster({ problem, workers, blocks, seed: workers });
      expect(cluster.samples).toEqual(alone.samples);
      expect(cluster.rounds).toBe(alone.rounds);
      expect(cluster.modelCalls).toBe(alone.modelCalls);
      expect(cluster.errorEstimate).toBe(alone.errorEstimate);
      expect(cluster.restarts).toBe(alone.restarts);
    }
  });

  it.each([
    ['four values of eps', 'ddim', adamsBashforth],
    ['second order with noise', 'ddpm', secondOrder],
    ['stages', 'ddim', heun],
  ] as const)('gives the bits of one process with %s', async (_, solver, regrid) => {
    for (const [window, blocks] of [
      [30, 3],
      [8, 8],
    ] as const) {
      const options = { solver, steps: 16, method, window, blocks, samples: 2, regrid } as const;
      const { problem } = mixtureJob({ ...options, seed: 3 });
      const alone = await drive(problem);
      const deaths = [{ after: 25, worker: 'w2' }];
      for (const workers of [1, 3]) {
        const cluster = await runCoreCluster({ problem, workers, blocks, seed: workers });
        expect(cluster.samples).toEqual(alone.samples);
        expect(cluster.rounds).toBe(alone.rounds);
        expect(cluster.errorEstimate).toBe(alone.errorEstimate);
      }
      const lost = await runCoreCluster({ problem, workers: 3, blocks, seed: 1, deaths });
      expect(rmsDifference(lost.samples, 0, alone.samples, 0, alone.samples.length)).toBeLessThan(
        2 * problem.tolerance,
      );
    }
  });

  it('starts from a guess as one process does', async () => {
    const options = { solver: 'ddim', steps: 30, method, window: 12, blocks: 3 } as const;
    const { problem } = mixtureJob({ ...options, settings: { initialization: 'denoised' } });
    const guessed = { ...problem, guess: new Float32Array(problem.dim).fill(0.1) };
    const alone = await drive(guessed);
    const cluster = await runCoreCluster({ problem: guessed, workers: 2, blocks: 3, seed: 1 });
    expect(cluster.samples).toEqual(alone.samples);
    expect(cluster.rounds).toBe(alone.rounds);
  });

  it('finishes within the tolerance whichever workers die', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const pick = lcg(seed);
      const blocks = 1 + pick(4);
      const window = 6 + pick(25);
      const tolerance = seed % 2 === 0 ? 0 : 0.01;
      const steps = 30;
      const solver = seed % 4 < 2 ? 'ddim' : 'ddpm';
      // the samples are at different rows when a worker dies
      const samples = 1 + (seed % 3);
      const shape = { solver, steps, window, blocks, samples } as const;
      const job = mixtureJob({ ...shape, method, tolerance, seed });
      const reference = (await job.reference()).at(-1);
      const deaths = Array.from({ length: 3 }, () => ({
        after: pick(40),
        worker: `w${1 + pick(3)}`,
      })).sort((a, b) => a.after - b.after);
      const options = { problem: job.problem, workers: 3, blocks, seed, deaths };
      const found = await runCoreCluster(options);
      const exact = reference ?? new Float32Array();
      const error = rmsDifference(found.samples, 0, exact, 0, exact.length);
      expect(error, `seed ${seed}`).toBeLessThanOrEqual(tolerance);
    }
  });
});

describe('a worker that refuses a block', () => {
  const { problem } = mixtureJob({ solver: 'ddpm', steps: 30, method: 'secant', window: 9 });
  const shape = { problem, workers: 3, blocks: 3 };
  const refusal = { code: 'MODEL_TOO_LARGE', message: 'no memory', retriable: true };
  const seeds = Array.from({ length: 8 }, (_, k) => k + 1);

  it.each(seeds)('is given up for it where another try may help, seed %i', async (seed) => {
    const alone = await drive(problem);
    for (let refused = 1; refused <= 9; refused++) {
      const refuse = (nth: number) => (nth === refused ? refusal : undefined);
      const found = await runCoreCluster({ ...shape, seed, refuse });
      const error = rmsDifference(found.samples, 0, alone.samples, 0, alone.samples.length);
      expect(error).toBeLessThan(2 * problem.tolerance);
    }
  });

  it.each(seeds)('is not asked for the same block again, seed %i', async (seed) => {
    const refuse = (_nth: number, worker: string) => (worker === 'w2' ? refusal : undefined);
    const found = await runCoreCluster({ ...shape, seed, refuse });
    expect(found.converged).toBe(true);
  });

  it.each(seeds)('ends the job with what it says elsewhere, seed %i', async (seed) => {
    const refuse = (nth: number) => (nth === 6 ? { ...refusal, retriable: false } : undefined);
    const running = runCoreCluster({ ...shape, seed, refuse });
    await expect(running).rejects.toThrow('without a result: no memory');
  });
});

describe('a round over several blocks', () => {
  it.each(['picard', 'picard-eps', 'secant'] as const)('of %s is one exchange', async (method) => {
    const given = { solver: 'ddpm', steps: 30, method, blocks: 3, tolerance: 0 } as const;
    const settings = { initialization: 'constant' } as const;
    const { problem } = mixtureJob({ ...given, settings });
    const { rounds, sent } = await runCoreCluster({ problem, workers: 3, blocks: 3, seed: 1 });
    const { sweep = 0, assignBlock, absorb, correct } = sent;
    expect([assignBlock, absorb, correct]).toEqual([3, undefined, undefined]);
    expect(sweep).toBeGreaterThan(rounds);
    expect(sweep).toBeLessThanOrEqual(3 * rounds);
  });

  it('does not wait on the left for those on the right', async () => {
    const given = { solver: 'ddpm', steps: 30, blocks: 5 } as const;
    const ran = async (method: 'secant' | 'parataa', stop: 'final' | 'parataa') => {
      const problem = { ...mixtureJob({ ...given, method }).problem, stop };
      const { ahead, samples } = await runCoreCluster({ problem, workers: 3, blocks: 5, seed: 1 });
      return { ahead, samples, alone: await drive(problem) };
    };
    const wave = await ran('secant', 'final');
    expect(wave.ahead).toBeGreaterThan(10);
    expect(wave.samples).toEqual(wave.alone.samples);
    // these look at all rows at once
    for (const lockstep of [await ran('parataa', 'final'), await ran('secant', 'parataa')]) {
      expect(lockstep.ahead).toBe(0);
      expect(lockstep.samples).toEqual(lockstep.alone.samples);
    }
  });

  it('of parataa is three', async () => {
    const given = { solver: 'ddpm', steps: 30, blocks: 3 } as const;
    const { problem } = mixtureJob({ ...given, method: 'parataa' });
    const { sent } = await runCoreCluster({ problem, workers: 3, blocks: 3, seed: 1 });
    expect([sent['absorb'], sent['correct']]).toEqual([sent['sweep'], sent['sweep']]);
  });
});

describe('partition', () => {
  it('covers every step once', () => {
    for (const [steps, window, blocks] of [
      [30, 30, 4],
      [30, 7, 3],
      [5, 1, 1],
      [100, 8, 8],
    ] as const) {
      const cut = partition(steps, window, blocks);
      expect(cut[0]?.begin).toBe(0);
      expect(cut.at(-1)?.end).toBe(steps);
      cut.slice(1).forEach(({ begin }, j) => expect(begin).toBe(cut[j]?.end));
    }
  });
});

describe('rounds that a loss cost', () => {
  it('do not use up the limit', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const job = { solver: 'ddpm', steps: 24, method: 'secant', blocks: 3, seed } as const;
      const { problem } = mixtureJob({ ...job, tolerance: 0.01 });
      const { rounds: roundsMax } = await drive(problem);
      const deaths = [{ after: 10 + 2 * seed, worker: `w${1 + (seed % 3)}` }];
      const limited = { ...problem, roundsMax };
      const run = await runCoreCluster({ problem: limited, workers: 3, blocks: 3, seed, deaths });
      expect(run.converged).toBe(true);
      if (run.rounds > roundsMax) lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });
});

describe('rows that are not called', () => {
  const secant = { method: 'secant', blocks: 3, interpolate: true } as const;

  it.each([
    { solver: 'ddim', steps: 100, window: 16 },
    { solver: 'ddpm', steps: 300, window: 48 },
  ] as const)('are those of one process: $solver-$steps', async (options) => {
    const { problem } = mixtureJob({ ...secant, ...options, seed: 3 });
    const alone = await drive(problem);
    const every = await drive({ ...problem, interpolation: undefined });
    expect(alone.modelCalls).toBeLessThan(every.modelCalls);
    for (const workers of [1, 3]) {
      const cluster = await runCoreCluster({ problem, workers, blocks: 3, seed: workers });
      expect(cluster.samples).toEqual(alone.samples);
      expect(cluster.modelCalls).toBe(alone.modelCalls);
      expect(cluster.errorEstimate).toBe(alone.errorEstimate);
    }
  });

  it('are none once the rounds start again', async () => {
    const options = { ...secant, solver: 'ddim', steps: 50, window: 25 } as const;
    const { problem } = await borderJob(options, 1e-3);
    const alone = await drive(problem);
    expect(alone.restarts).toBeGreaterThan(0);
    const cluster = await runCoreCluster({ problem, workers: 2, blocks: 3, seed: 1 });
    expect(cluster.samples).toEqual(alone.samples);
    expect(cluster.modelCalls).toBe(alone.modelCalls);
  });
});
