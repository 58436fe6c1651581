import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitRequest } from '../../cli/client.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

const base: SubmitRequest = { model: 'mixture6', solver: 'ddpm', steps: 100, seed: 3 };

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.addWorkers(2);
});

afterAll(() => cluster.close());

describe('a plan', () => {
  it('is what a job of the same request is run with', async () => {
    for (const more of [{ window: 8, blocks: 2 }, { samples: 4 }, {}]) {
      const request = { ...base, ...more };
      const { plan, settings } = await cluster.client.plan(request);
      expect(settings.filter(({ chosen }) => chosen)).toMatchObject([{ method: plan.method }]);
      expect(settings.some(({ method }) => method === 'sequential')).toBe(true);
      const { report } = await cluster.run(request);
      // the curves may have been measured anew in between: the choice is the job's own
      expect(report.method).toBe(report.plan?.method);
      expect(report.window).toBe(report.plan?.window);
      // one that a busy machine made slow since then gets no block
      expect(report.workers).toBeLessThanOrEqual(report.plan?.workers ?? 0);
      expect(report.plan?.predictedMs).toBeGreaterThan(0);
      expect(report.plan?.reason).not.toBe('');
    }
  });

  it('of a named method predicts that method', async () => {
    const { report } = await cluster.run({ ...base, method: 'secant', window: 8, blocks: 2 });
    expect(report.plan).toMatchObject({ method: 'secant', window: 8, blocks: 2, workers: 2 });
    expect(report.plan?.predictedMs).toBeGreaterThan(0);
    const { plan } = await cluster.client.plan({ ...base, method: 'sequential' });
    expect(plan.predictedMs).toBeGreaterThan(0);
  });

  it('runs nothing, and says what is wrong with a request', async () => {
    const before = (await cluster.client.jobs()).length;
    await expect(cluster.client.plan({ ...base, steps: 0 })).rejects.toThrow(/steps/);
    await expect(cluster.client.plan({ ...base, model: 'none' })).rejects.toThrow(/model/);
    await cluster.client.plan(base);
    expect(await cluster.client.jobs()).toHaveLength(before);
  });
});

it('auto gives the sequential samples, however it runs them', async () => {
  const request = { ...base, samples: 6, tolerance: 0.01 };
  const sequential = await cluster.run({ ...request, method: 'sequential' });
  const auto = await cluster.run(request);
  const { samples, shape } = sequential;
  const dim = samples.length / (shape[0] ?? 1);
  for (let m = 0; m < 6; m++) {
    const error = rmsDifference(auto.samples, m * dim, samples, m * dim, dim);
    expect(error).toBeLessThanOrEqual(0.01);
  }
  expect(auto.trace.length).toBe(auto.report.rounds);
  expect((await cluster.client.jobs()).every(({ job }) => !job.includes('part'))).toBe(true);
});
