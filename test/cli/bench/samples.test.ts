import { expect, it } from 'vitest';
import { measureSamples } from '../../../cli/bench/samples.ts';
import { samplesTable } from '../../../cli/commands/bench-samples.ts';
import { fakeCluster } from './fake-cluster.ts';

const solver = { label: 'ddim-50', solver: 'ddim', steps: 50 };
const options = { model: 'cpu', solver, samples: 5, repeats: 2, seed: 1 };

it('compares auto with a sequential job for every worker', async () => {
  const cluster = fakeCluster({ workers: 2, threads: 1 }, ({ method, samples = 1 }) => ({
    wallMs: method === 'auto' ? 330 : 100 * samples,
    report: { emulated: true, idealMs: 99 * samples, method: 'sequential' },
  }));
  const record = await measureSamples(cluster, options);
  expect(record).toMatchObject({
    samples: 5,
    workers: 2,
    autoMs: 330,
    // the longer one has three of the five samples
    sideBySideMs: 300,
    idealMs: 297,
    emulated: true,
  });
  expect(record.ratio).toBeCloseTo(1.1);
  const apart = cluster.requests.filter(({ method }) => method === 'sequential');
  expect(apart.map(({ samples }) => samples)).toEqual([3, 2, 3, 2, 3, 2]);
  expect(samplesTable([record])).toMatch(/emulated workers/);
});
