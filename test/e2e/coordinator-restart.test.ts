/** A coordinator that ends, and another one on the same folder. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Client, type SubmitRequest } from '../../cli/client.ts';
import { startCoordinator, type RunningCoordinator } from '../../coordinator/main.ts';
import type { Retention } from '../../coordinator/shell/job-store.ts';
import { pino } from 'pino';
import { freePorts, startCoordinatorProcess, type Ports } from '../chaos/coordinator-process.ts';
import { killed, startWorkerProcess, until } from '../support/real-cluster.ts';

const short: SubmitRequest = { model: 'mixture6', solver: 'ddim', steps: 20, tolerance: 0 };
const long: SubmitRequest = { ...short, solver: 'ddpm', steps: 1000, samples: 64 };

let folder: string;
let ports: Ports;
let client: Client;
const closing: (() => Promise<unknown> | void)[] = [];

// processes start in seconds, and in more where the machine is busy
vi.setConfig({ testTimeout: 120_000 });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-restart-'));
  ports = await freePorts();
  client = new Client({ coordinator: `127.0.0.1:${ports.client}`, outageMs: 60_000 });
  closing.push(() => rm(folder, { recursive: true, force: true }));
  closing.push(() => client.close());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function coordinator(retention: Partial<Retention> = {}): Promise<RunningCoordinator> {
  const started = await startCoordinator({
    listen: `127.0.0.1:${ports.client}`,
    workerListen: `127.0.0.1:${ports.worker}`,
    dataDir: folder,
    retention,
    log: pino({ level: 'silent' }),
  });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await started.close();
    open = false;
  };
  closing.push(close);
  return { ...started, close };
}

async function worker(): Promise<void> {
  const started = startWorkerProcess(ports.worker, [
    '--backend',
    'analytic',
    '--log-level',
    'fatal',
  ]);
  closing.push(() => killed(started));
  await until(async () => (await client.workers()).some(({ state }) => state === 'ready'));
}

/** The row of a job's newest checkpoint. */
function rowKept(job: string): number {
  const db = new DatabaseSync(join(folder, 'jobs.db'), { readOnly: true });
  const found = db.prepare('SELECT state FROM checkpoints WHERE job = ?').get(job);
  db.close();
  const state = JSON.parse(String(found?.['state'] ?? '{}')) as { checkpoint?: { row: number } };
  return state.checkpoint?.row ?? 0;
}

async function run(request: SubmitRequest): Promise<string> {
  const { job } = await client.submit(request);
  for await (const { status } of client.watch(job)) {
    if (status.state === 'failed') throw new Error(status.message);
  }
  return job;
}

it('answers for jobs that ended before it, and forgets those that are kept no longer', async () => {
  const first = await coordinator();
  await worker();
  const job = await run({ ...short, certify: true, compareSequential: true });
  const result = await client.result(job, { trajectory: true });
  const other = await run({ ...short, seed: 1 });
  await first.close();

  const second = await coordinator();
  expect(await client.result(job, { trajectory: true })).toEqual(result);
  expect((await client.jobs()).map((one) => [one.job, one.state])).toEqual([
    [job, 'done'],
    [other, 'done'],
  ]);
  const seen = [];
  for await (const { status } of client.watch(job)) seen.push(status.state);
  expect(seen).toEqual(['done']);
  expect((await client.cancel(job)).state).toBe('done');
  await second.close();

  await coordinator({ jobs: 1 });
  expect((await client.jobs()).map((one) => one.job)).toEqual([other]);
  await expect(client.result(job)).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
});

it('takes a request twice under one key for one job, also after a restart', async () => {
  const first = await coordinator();
  const asked = { ...short, idempotencyKey: 'k-1' };
  const [one, two] = await Promise.all([client.submit(asked), client.submit(asked)]);
  expect(two.job).toBe(one.job);
  await first.close();
  await coordinator();
  expect((await client.submit(asked)).job).toBe(one.job);
  const otherwise = client.submit({ ...asked, seed: 2 });
  await expect(otherwise).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  await expect(otherwise).rejects.toThrow('idempotency-key: found "k-1" again');
  const unprintable = client.submit({ ...short, idempotencyKey: 'a b' });
  await expect(unprintable).rejects.toThrow('without spaces');
  await worker();
  for await (const { status } of client.watch(one.job)) expect(status.state).not.toBe('failed');
  expect((await client.submit(asked)).job).toBe(one.job);
  expect(await client.jobs()).toHaveLength(1);
});

it('keeps jobs that start from a trajectory, and what they start from', async () => {
  const first = await coordinator();
  await worker();
  const job = await run({ ...short, certify: true });
  const { kept, samples } = await client.result(job, { trajectory: true });
  const source = { ...short, certify: true };
  const busy = await client.submit({ ...long, method: 'sequential', samples: 512 });
  await until(async () => (await client.job(busy.job)).state === 'running');
  const states = kept?.states ?? new Float32Array();
  const trajectory = { states, source };
  const next = await client.submit({ ...short, method: 'secant' }, { trajectory });
  const check = await client.verify(short, trajectory);
  await first.close();
  await coordinator();
  for (const { job: id } of [next, check]) {
    for await (const { status } of client.watch(id)) expect(status.state).not.toBe('failed');
  }
  expect((await client.result(next.job)).samples).toEqual(samples);
  expect((await client.result(check.job)).report.certificate?.passed).toBe(true);
  expect((await client.cancel(busy.job)).state).toBe('cancelled');
  expect((await readdir(join(folder, 'blobs'))).filter((name) => name.endsWith('given'))).toEqual(
    [],
  );
});

it(
  'goes on with running jobs where they were when it is killed',
  { timeout: 120_000 },
  async () => {
    const options = { checkpointMs: 100 };
    const first = startCoordinatorProcess(folder, ports, options);
    closing.push(() => first.kill());
    await first.listening;
    await worker();
    const alone = { ...long, method: 'sequential' };
    const windowed = { ...long, method: 'secant', window: 40, blocks: 4, samples: 4 };
    const jobs = await Promise.all([alone, windowed].map((request) => client.submit(request)));
    const watched = jobs.map(async ({ job }) => {
      for await (const { status } of client.watch(job)) expect(status.state).not.toBe('failed');
      return client.result(job);
    });
    await until(() => jobs.every(({ job }) => rowKept(job) > 100));
    first.kill();
    await first.ended;
    const second = startCoordinatorProcess(folder, ports, options);
    closing.push(() => second.kill());
    for (const result of await Promise.all(watched)) {
      expect(result.report.resumedFrom).toBeGreaterThan(100);
      const exact = { ...alone, samples: result.report.samples };
      expect(result.samples).toEqual((await client.result(await run(exact))).samples);
    }
  },
);

it('has a job once whose request it had written down when it died', async () => {
  const first = startCoordinatorProcess(folder, ports, {
    checkpointMs: 1_000,
    failpoints: 'store.afterCommit=kill@1',
  });
  closing.push(() => first.kill());
  await first.listening;
  const submitted = client.submit(short);
  expect(await first.ended).toBe('SIGKILL');
  const second = startCoordinatorProcess(folder, ports, { checkpointMs: 1_000 });
  closing.push(() => second.kill());
  const { job } = await submitted;
  expect((await client.jobs()).map((one) => one.job)).toEqual([job]);
});

it('says so when its disk is full, and goes on when there is room', async () => {
  const full = startCoordinatorProcess(folder, ports, {
    checkpointMs: 1_000,
    failpoints: 'store.beforeCommit=error(ENOSPC)@1;store.beforeCommit=error(ENOSPC)@3',
  });
  closing.push(() => full.kill());
  await full.listening;
  await worker();
  await expect(client.submit(short)).rejects.toMatchObject({ code: 'STORE_FULL' });
  // the next one is taken, and its end waits for room
  const job = await run(short);
  expect((await client.result(job)).report.outcome).toBe('converged');
});

it('ends where its disk fails, and promises nothing', async () => {
  const broken = startCoordinatorProcess(folder, ports, {
    checkpointMs: 1_000,
    failpoints: 'store.beforeCommit=error(EIO)@1',
  });
  closing.push(() => broken.kill());
  await broken.listening;
  const impatient = new Client({ coordinator: `127.0.0.1:${ports.client}`, timeoutMs: 2_000 });
  closing.push(() => impatient.close());
  await expect(impatient.submit(short)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(await broken.ended).toBeNull();
  await coordinator();
  expect(await client.jobs()).toEqual([]);
});

it('refuses a folder that another coordinator has', async () => {
  const first = await coordinator();
  await expect(coordinator()).rejects.toThrow('--data: another coordinator uses');
  await first.close();
  await coordinator();
});
