import { once } from 'node:events';

import { afterEach, describe, expect, it } from 'vitest';

import type { SubmitRequest } from '../../cli/client.ts';
import { realCluster, until, type RealCluster } from '../support/real-cluster.ts';

const job: SubmitRequest = { model: 'mixture6', solver: 'ddpm', steps: 10, seed: 5, tolerance: 0 };
const analytic = ['--backend', 'analytic', '--measure-ms', '50'];

/** Processes start slowly beside the rest of the suite. */
const LOADED_MS = 120_000;

let cluster: RealCluster;

afterEach(() => cluster.close());

describe('a worker whose model call hangs', () => {
  it(
    'ends itself, and its job goes on elsewhere',
    async () => {
      cluster = await realCluster();
      const { client } = cluster;
      const args = [...analytic, '--hang-ms', '1000'];
      // so slow that most of the work is for the other one, whatever a busy machine measures
      const [sound] = await cluster.addWorkers(1, args, { 'infer.call': 'sleep(40)' });
      const exact = await cluster.run({ ...job, method: 'sequential' });
      // timesteps of the job that no registration looks at: whichever block it gets has one
      const faults = { 'infer.call': 'stick(888,777,666,555,444,333,222,111)' };
      const [stuck] = await cluster.addWorkers(1, args, faults);
      const submitted = await client.submit({ ...job, method: 'secant', blocks: 2 });
      if (stuck?.signalCode === null) await once(stuck, 'exit');
      expect(stuck?.signalCode).toBe('SIGKILL');
      await until(async () => (await client.job(submitted.job)).state === 'done');
      expect((await client.result(submitted.job)).samples).toEqual(exact.samples);
      expect(sound?.exitCode).toBeNull();
    },
    LOADED_MS,
  );
});

describe('a device that has too little memory', () => {
  it(
    'gets smaller calls, and nobody notices',
    async () => {
      cluster = await realCluster();
      await cluster.addWorkers(1, analytic, { 'infer.call': 'oom(4)' });
      const { client } = cluster;
      const found = await cluster.run({ ...job, method: 'secant', window: 10, samples: 4 });
      expect(found.report.outcome).toBe('converged');
      const [worker] = await client.workers();
      expect(worker).toMatchObject({ state: 'ready', lastError: '' });
      expect(worker?.models[0]?.latencyCurve.at(-1)?.batch).toBe(4);
    },
    LOADED_MS,
  );
});
