/** Two tenants on a busy cluster, one of which counts for three. */
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { Client, type SubmitRequest } from '../../cli/client.ts';
import {
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { giveToken } from '../support/give-token.ts';
import { realCluster, until, type RealCluster } from '../support/real-cluster.ts';

const EACH = 32;
const request: SubmitRequest = {
  ...{ model: 'mixture6', solver: 'ddim', steps: 50, method: 'sequential' },
};

const started: string[] = [];
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function loggedCluster(): Promise<RealCluster> {
  const write = (line: string): void => {
    const { msg, job } = JSON.parse(line) as { msg: string; job?: string };
    if (msg === 'job started' && job !== undefined) started.push(job);
  };
  const cluster = await realCluster(undefined, pino({ level: 'info' }, { write }));
  closing.push(() => cluster.close());
  return cluster;
}

/** Its jobs, of as many clients as there are jobs. */
async function jobsOf(cluster: RealCluster, tenant: string): Promise<Set<string>> {
  const token = giveToken(cluster.dataDir, tenant, ['read', 'submit'], tenant);
  const client = new Client({ coordinator: `127.0.0.1:${cluster.ports.client}`, token });
  closing.push(() => client.close());
  const jobs = new Set<string>();
  for (let k = 0; k < EACH; k++) {
    jobs.add((await client.submit({ ...request, client: `${tenant}-${k}` })).job);
  }
  return jobs;
}

it('weights that are written while it runs are those that jobs start by', async () => {
  const cluster = await loggedCluster();
  const light = await jobsOf(cluster, 'light');
  const heavy = await jobsOf(cluster, 'heavy');
  const file = tokenListFile(cluster.dataDir);
  writeTokenList(file, { ...readTokenList(file), weights: new Map([['heavy', 3]]) });
  await until(async () => {
    const { clients } = await cluster.client.load();
    return clients.some(({ client, weight }) => client === 'heavy/*' && weight === 3);
  });
  await cluster.addWorkers(1);
  await until(() => started.length >= EACH);
  const first = started.slice(0, EACH);
  const count = (jobs: Set<string>) => first.filter((job) => jobs.has(job)).length;
  // 24 and 8, but for the jobs that run
  expect(count(heavy)).toBeGreaterThanOrEqual(22);
  expect(count(light)).toBeGreaterThanOrEqual(6);
});
