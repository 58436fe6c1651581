/** Two tenants on one coordinator, each with two clients: what they learn of each other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, type SubmitRequest } from '../../cli/client.ts';
import { startCoordinator, type RunningCoordinator } from '../../coordinator/main.ts';
import { fillWallet } from './tokens.ts';

const request: SubmitRequest = { model: 'mixture6', solver: 'ddim', steps: 20 };
const any = '127.0.0.1:0';

let folder: string;
let coordinator: RunningCoordinator;
let owner: Client;
let rival: Client;
let operator: Client;
let metrics: Client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-tenants-'));
  const log = pino({ level: 'silent' });
  coordinator = await startCoordinator({ listen: any, workerListen: any, dataDir: folder, log });
  const wallet = fillWallet(folder);
  const client = (token: string): Client =>
    new Client({ coordinator: `127.0.0.1:${coordinator.ports.client}`, token });
  owner = client(wallet.owner);
  rival = client(wallet.rival);
  operator = client(wallet.operator);
  metrics = client(wallet.without.submit);
});

afterEach(async () => {
  for (const client of [owner, rival, operator, metrics]) client.close();
  await coordinator.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a tenant', () => {
  it('lists its own jobs, and the operator those of all', async () => {
    const { job: own } = await owner.submit(request);
    const { job: other } = await rival.submit(request);
    const ids = async (client: Client) => (await client.jobs()).map(({ job }) => job);
    expect(await ids(owner)).toEqual([own]);
    expect(await ids(rival)).toEqual([other]);
    expect(await ids(operator)).toEqual([own, other]);
    await owner.cancel(own);
    expect(await ids(rival)).toEqual([other]);
    // a page that begins at somebody else's job is a page that begins at no job
    expect(await rival.jobs({ before: own })).toEqual(await rival.jobs({ before: 'none' }));
  });

  it('has keys of its own', async () => {
    const keyed = { ...request, idempotencyKey: 'same' };
    const { job: own } = await owner.submit(keyed);
    const { job: other } = await rival.submit({ ...keyed, seed: 7 });
    expect(other).not.toBe(own);
    expect((await owner.submit(keyed)).job).toBe(own);
  });

  it('cannot say that it is another one', async () => {
    const forged = { ...request, tenant: 'owner' } as SubmitRequest;
    const { job } = await rival.submit(forged);
    await expect(owner.job(job)).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    expect((await rival.job(job)).job).toBe(job);
  });

  it('learns no figure of others', async () => {
    for (const client of ['a', 'b', 'c']) await owner.submit({ ...request, client });
    const { job } = await owner.submit(request);
    await owner.cancel(job);
    const none = { waiting: 0, running: 0, remembered: 0, submitted: 0, cancelled: 0, watchers: 0 };
    expect(await rival.load()).toMatchObject({ ...none, clients: [] });
    expect(await owner.load()).toMatchObject({ waiting: 3, submitted: 4, cancelled: 1 });
    // figures of all are for whoever watches the cluster, names are not
    expect(await metrics.load()).toMatchObject({ waiting: 3, submitted: 4, clients: [] });
    expect(await operator.load()).toMatchObject({ waiting: 3, submitted: 4 });
  });

  it('has one share of a busy cluster, however many clients it names', async () => {
    for (const client of ['a', 'b', 'c']) await owner.submit({ ...request, client });
    const { clients } = await operator.load();
    expect(clients).toMatchObject([{ client: 'owner/*', waiting: 3 }]);
    expect((await owner.jobs()).map(({ client }) => client)).toEqual(['a', 'b', 'c']);
  });
});
