import { describe, expect, it } from 'vitest';
import { drive } from '../../shared/numerics/drive.ts';
import { methodNames } from '../../shared/numerics/solver/method.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { adamsBashforth, clipped, heun, secondOrder } from '../support/memory-grids.ts';
import { gaussian, mixtureJob } from '../support/mixture-job.ts';

const samplers = [
  ['second order', 'ddim', secondOrder],
  ['second order with noise', 'ddpm', secondOrder],
  ['four values of eps', 'ddim', adamsBashforth],
  ['stages', 'ddim', heun],
  ['a clipped x0', 'ddpm', clipped],
] as const;

describe.each(methodNames)('%s with a memory:', (name) => {
  it.each(samplers)('%s: the bits of the sequential sampler', async (_, solver, regrid) => {
    for (const [window, blocks] of [
      [24, 1],
      [24, 3],
      [24, 12],
      [7, 2],
      [1, 1],
    ] as const) {
      const job = mixtureJob({
        solver,
        steps: 24,
        method: name,
        tolerance: 0,
        window,
        blocks,
        samples: 2,
        seed: 5,
        regrid,
      });
      const rows = await job.reference();
      const result = await drive(job.problem);
      expect(result.samples, `${window} ${blocks}`).toEqual(rows.at(-1));
      expect(result.rounds).toBeLessThanOrEqual(job.problem.table.steps);
    }
  });

  it.each(samplers)('%s: within the tolerance', async (_, solver, regrid) => {
    for (const [window, blocks] of [
      [100, 1],
      [100, 4],
      [12, 3],
    ] as const) {
      for (let seed = 1; seed <= 4; seed++) {
        const job = mixtureJob({ solver, steps: 50, method: name, window, blocks, seed, regrid });
        const rows = await job.reference();
        const { samples, errorEstimate } = await drive(job.problem);
        const error = rmsDifference(samples, 0, rows.at(-1) ?? samples, 0, samples.length);
        expect(error, `${window} ${blocks} ${seed}`).toBeLessThanOrEqual(0.01);
        expect(errorEstimate).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe('exact mode', () => {
  // runs in which a state stood still while what its row remembers did not
  it.each([
    ['secant', 18, 24, adamsBashforth],
    ['secant', 4, 10, heun],
    ['picard', 32, 18, secondOrder],
  ] as const)('waits for the memory of a row: %s, seed %i', async (method, seed, steps, regrid) => {
    const job = mixtureJob({ solver: 'ddim', steps, method, tolerance: 0, seed, regrid });
    const rows = await job.reference();
    expect((await drive(job.problem)).samples).toEqual(rows.at(-1));
  });
});

describe('what a block makes of a movement of its left boundary', () => {
  // of Gaussian data the prior is the exact linear part, of x and of M: blocks lose nothing
  it.each([
    ['second order', secondOrder, 2],
    ['four values of eps', adamsBashforth, 4],
    ['stages', heun, 4],
  ] as const)('is known from its rows: %s', async (_, regrid, rounds) => {
    const settings = { priorStd: 0.5, initialization: 'constant' } as const;
    const mixture = gaussian(16, 0.5);
    for (const blocks of [6, 12]) {
      const plain = { solver: 'ddim', steps: 24, method: 'secant', tolerance: 1e-3 } as const;
      const { problem } = mixtureJob({ ...plain, settings, mixture, blocks, regrid });
      expect((await drive(problem)).rounds).toBeLessThanOrEqual(rounds);
    }
  });
});

describe('rounds with a memory', () => {
  it('are about those without, and blocks change them little', async () => {
    const roundsOf = async (regrid: typeof secondOrder | undefined, blocks: number) => {
      let rounds = 0;
      for (let seed = 1; seed <= 4; seed++) {
        const plain = { solver: 'ddim', steps: 50, method: 'secant', seed, blocks } as const;
        const job = mixtureJob({ ...plain, ...(regrid && { regrid }) });
        rounds += (await drive(job.problem)).rounds;
      }
      return rounds / 4;
    };
    const [without, ...others] = await Promise.all([
      roundsOf(undefined, 1),
      roundsOf(secondOrder, 1),
      roundsOf(secondOrder, 5),
      roundsOf(adamsBashforth, 1),
      roundsOf(heun, 1),
    ]);
    for (const rounds of others) expect(rounds).toBeLessThanOrEqual(1.4 * (without ?? 0));
  });
});
