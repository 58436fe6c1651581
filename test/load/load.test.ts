import { describe, expect, it } from 'vitest';
import { startLoadCluster } from './cluster.ts';
import { fairRun } from './fair-run.ts';
import { growth, jainIndex, quantile } from './figures.ts';
import { stormRun } from './storm-run.ts';
import { judgeStorm } from './verdict.ts';

const request = { model: 'mixture6', solver: 'ddim', steps: 20 };

describe('a coordinator process under load', () => {
  it('ends every job', async () => {
    const cluster = await startLoadCluster({ workers: 2, backend: 'analytic' });
    try {
      const run = await fairRun(cluster, { jobs: 60, clients: 4, request, warmUp: 8 });
      expect(run).toMatchObject({ submitted: 60, done: 60, failed: 0, cancelled: 0 });
      expect(run.submitMs.p99).toBeGreaterThan(0);
    } finally {
      await cluster.close();
    }
  });

  it('leaves nothing behind when most jobs are cancelled', async () => {
    const cluster = await startLoadCluster({ workers: 2, backend: 'analytic' });
    try {
      const storm = await stormRun(cluster, {
        jobs: 60,
        clients: 3,
        request: { ...request, steps: 1000, samples: 16, method: 'sequential' },
      });
      // how long a call takes is the machine's; how it all ended is not
      const { reasons } = judgeStorm({ ...storm, cancelMs: { p50: 0, p99: 0 } }, 60);
      expect(reasons).toEqual([]);
      expect(storm.load.cancelled).toBeGreaterThan(0);
    } finally {
      await cluster.close();
    }
  });
});

describe('figures', () => {
  it('say how equal shares are', () => {
    expect(jainIndex([3, 3, 3])).toBe(1);
    expect(jainIndex([1, 0, 0, 0])).toBe(0.25);
    expect(jainIndex([])).toBe(1);
  });

  it('say what most are below', () => {
    const values = Array.from({ length: 100 }, (_, k) => 100 - k);
    expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([
      50, 99, 100,
    ]);
  });

  it('say how much the end is above the beginning', () => {
    const samples = Array.from({ length: 50 }, (_, k) => ({ atMs: k, bytes: 10 * k }));
    expect(growth(samples)).toBeCloseTo(400, -2);
  });
});
