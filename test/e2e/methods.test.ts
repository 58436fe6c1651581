import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitRequest } from '../../cli/client.ts';
import { methodNames } from '../../shared/numerics/solver/method.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

const base = { model: 'mixture6', seed: 11 } as const;
const cases = [
  { solver: 'ddim', steps: 50 },
  { solver: 'ddpm', steps: 100 },
] as const;

function rms(a: Float32Array, b: Float32Array): number {
  return rmsDifference(a, 0, b, 0, a.length);
}

let cluster: RealCluster;
let workers = 0;

beforeAll(async () => {
  cluster = await realCluster();
});

afterAll(() => cluster.close());

/** Workers only join, so the suites below run in the order 1, 2, 3. */
async function withWorkers(count: number): Promise<void> {
  if (count > workers) await cluster.addWorkers(count - workers);
  workers = count;
}

describe.each([1, 2, 3])('with %i worker processes', (count) => {
  beforeAll(() => withWorkers(count));

  it.each(methodNames)('%s stays within the tolerance', async (method) => {
    for (const one of cases) {
      for (const blocks of [1, 2, 4]) {
        const seed = 100 * count + 10 * blocks;
        const request: SubmitRequest = { ...base, ...one, method, blocks, seed, samples: 2 };
        const { report } = await cluster.run({ ...request, compareSequential: true });
        if (method === 'sequential') continue;
        expect(report.sequential?.rmsError).toBeLessThanOrEqual(0.01);
        expect(report.outcome).toBe('converged');
      }
    }
  });

  it.each(methodNames)('%s is exact with tolerance 0', async (method) => {
    const request: SubmitRequest = { ...base, solver: 'ddpm', steps: 40, tolerance: 0 };
    const exact = await cluster.run({ ...request, method: 'sequential' });
    const { samples, report } = await cluster.run({ ...request, method, blocks: 3 });
    expect(samples).toEqual(exact.samples);
    expect(report.rounds).toBeLessThanOrEqual(40);
  });
});

describe('the same seed on three workers', () => {
  beforeAll(() => withWorkers(3));

  it('gives the same bits for the same partition and nearly the same for others', async () => {
    for (const method of methodNames) {
      const request = { ...base, solver: 'ddpm', steps: 60, method, tolerance: 1e-5 };
      const once = await cluster.run({ ...request, blocks: 4 });
      const again = await cluster.run({ ...request, blocks: 4 });
      expect(again.samples).toEqual(once.samples);
      for (const blocks of [1, 2, 3]) {
        const other = await cluster.run({ ...request, blocks });
        expect(rms(other.samples, once.samples)).toBeLessThanOrEqual(1e-4);
      }
    }
  });

  it('runs several jobs at once, each with its own noise', async () => {
    const request = { ...base, solver: 'ddim', steps: 50, method: 'secant' };
    const seeds = [1, 2, 3, 4, 5, 6];
    const together = await Promise.all(seeds.map((seed) => cluster.run({ ...request, seed })));
    for (const [k, seed] of seeds.entries()) {
      const alone = await cluster.run({ ...request, seed });
      expect(together[k]?.samples).toEqual(alone.samples);
    }
  });
});
