import { afterEach, expect, it } from 'vitest';
import {
  realCluster,
  startWorkerProcess,
  until,
  type RealCluster,
} from '../support/real-cluster.ts';

let cluster: RealCluster;

afterEach(() => cluster.close());

it('several emulated workers in one process run a job and are labelled everywhere', async () => {
  cluster = await realCluster();
  const { client } = cluster;
  const backend = 'emulated:cpu?faster=20';
  const args = ['--backend', backend, '--count', '3', '--name', 'many'];
  cluster.workers.push(startWorkerProcess(cluster.ports.worker, args));
  // registered, and attached too: only then they have models
  await until(async () => (await client.models())[0]?.workers === 3);
  const workers = await client.workers();
  expect(workers.map(({ name }) => name).sort()).toEqual(['many.1', 'many.2', 'many.3']);
  expect(workers.every(({ emulated }) => emulated)).toBe(true);
  expect(workers.map((one) => one.backend)).toEqual(Array(3).fill('emulated:cpu'));
  const job = { model: 'cpu', solver: 'ddim', steps: 30, seed: 3 };
  const sequential = await cluster.run({ ...job, method: 'sequential' });
  const request = { ...job, method: 'secant', window: 6, blocks: 3, tolerance: 0 };
  const { report, samples } = await cluster.run(request);
  expect(report).toMatchObject({ workers: 3, emulated: true });
  expect(samples).toEqual(sequential.samples);
});
