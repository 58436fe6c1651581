import { afterEach, describe, expect, it } from 'vitest';

import type { SubmitRequest, WorkerInfo } from '../../cli/client.ts';
import { realCluster, until, type RealCluster } from '../support/real-cluster.ts';

const job: SubmitRequest = { model: 'mixture6', solver: 'ddpm', steps: 10, seed: 5, tolerance: 0 };
const analytic = ['--backend', 'analytic', '--measure-ms', '50'];

/** Processes start slowly beside the rest of the suite. */
const LOADED_MS = 120_000;

let cluster: RealCluster;

afterEach(() => cluster.close());

function isBack({ name, state }: WorkerInfo): boolean {
  return name === 'liar' && (state === 'ready' || state === 'quarantined');
}

/** The job's samples are right, and the worker that was armed is out and told why. */
async function expectQuarantine(faults: Record<string, string>, why: RegExp): Promise<void> {
  cluster = await realCluster();
  const { client } = cluster;
  // so slow that most of the work is for the other one, whatever a busy machine measures
  await cluster.addWorkers(1, analytic, { 'infer.call': 'sleep(40)' });
  const exact = await cluster.run({ ...job, method: 'sequential' });
  await cluster.addWorkers(1, [...analytic, '--name', 'liar'], faults);
  const quarantined = async () =>
    (await client.workers()).find(({ name, state }) => name === 'liar' && state === 'quarantined');
  for (let run = 0; run < 10 && !(await quarantined()); run++) {
    const found = await cluster.run({ ...job, method: 'secant', blocks: 2 });
    expect(found.samples).toEqual(exact.samples);
    // it registers again after every strike
    await until(async () => (await client.workers()).some(isBack));
  }
  expect((await quarantined())?.lastError).toMatch(why);
}

describe('a worker that sends damaged latents', () => {
  it(
    'is out after three of them',
    async () => {
      await expectQuarantine({ 'wire.send': 'flip' }, /3 times: latents .* arrived damaged/);
    },
    LOADED_MS,
  );
});

describe('a worker that finds no finite value where another one does', () => {
  it(
    'is out at once',
    async () => {
      // timesteps of the job that no registration looks at: whichever block it gets has one
      const nan = 'nan(888,777,666,555,444,333,222,111)';
      await expectQuarantine({ 'infer.call': nan }, /no finite value .* another one did/);
    },
    LOADED_MS,
  );
});

describe('a job that kills whoever takes it', () => {
  it(
    'fails after three deaths, and the cluster lives',
    async () => {
      cluster = await realCluster();
      const { client } = cluster;
      // ten steps have a row at timestep 444, five have none
      const workers = await cluster.addWorkers(4, analytic, { 'infer.call': 'abort(444)' });
      const poison = { ...job, solver: 'ddim', steps: 10, method: 'sequential' };
      const { job: id } = await client.submit(poison);
      await until(async () => (await client.job(id)).state === 'failed');
      const { errorCode, message } = await client.job(id);
      expect(errorCode).toBe('POISON_JOB');
      expect(message).toMatch(/3 workers \(w\d+, w\d+, w\d+\) died while they held steps 0 to 10/);
      expect(workers.filter(({ signalCode }) => signalCode === 'SIGABRT')).toHaveLength(3);
      const { report } = await cluster.run({ ...job, solver: 'ddim', steps: 5 });
      expect(report.outcome).toBe('converged');
    },
    LOADED_MS,
  );
});
