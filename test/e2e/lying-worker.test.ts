import { afterEach, describe, expect, it } from 'vitest';

import type { SubmitRequest, WorkerInfo } from '../../cli/client.ts';
import { lastCheckOnly, realCluster, until, type RealCluster } from '../support/real-cluster.ts';

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

describe('a worker whose numbers are wrong and plausible', () => {
  const lies = { 'infer.call': 'add(0.001)' };

  it(
    'is out before a job with its numbers is done, which begins again without it',
    async () => {
      cluster = await realCluster(lastCheckOnly);
      const { client } = cluster;
      await cluster.addWorkers(1, analytic);
      const exact = await cluster.run({ ...job, method: 'sequential' });
      expect(exact.report.spotChecks).toEqual({ made: 0, dropped: 1, startedOver: 0 });
      await cluster.addWorkers(1, analytic);
      await cluster.addWorkers(1, [...analytic, '--name', 'liar'], lies);
      const found = await cluster.run({ ...job, method: 'secant', blocks: 3 });
      expect(found.samples).toEqual(exact.samples);
      const { spotChecks } = found.report;
      expect(spotChecks).toMatchObject({ dropped: 0, startedOver: 1 });
      // an honest block may have been checked before the liar was found out
      expect(spotChecks.made).toBeGreaterThanOrEqual(2);
      const liar = (await client.workers()).find(({ name }) => name === 'liar');
      expect(liar?.state).toBe('quarantined');
      expect(liar?.lastError).toMatch(/its step \d+ of job .* from that of .* and /);
      const again = await cluster.run({ ...job, method: 'secant', blocks: 3 });
      expect(again.report.spotChecks).toEqual({ made: 1, dropped: 0, startedOver: 0 });
    },
    LOADED_MS,
  );

  it(
    'fails the job where only two are there, and says what to do',
    async () => {
      cluster = await realCluster();
      await cluster.addWorkers(1, analytic);
      await cluster.addWorkers(1, [...analytic, '--name', 'liar'], lies);
      const { client } = cluster;
      const { job: id } = await client.submit({ ...job, method: 'secant', blocks: 2 });
      await until(async () => (await client.job(id)).state === 'failed');
      const { errorCode, message } = await client.job(id);
      expect(errorCode).toBe('DISPUTED');
      expect(message).toMatch(/liar.* computed different numbers for step \d+/);
      expect(message).toMatch(/no other worker can say who is right: add one/);
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
