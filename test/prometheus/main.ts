/**
 * `npm run test:prometheus`: a Prometheus scrapes a coordinator over its HTTP port, with a token of
 * scope metrics and no other, and answers what autoscalers ask: the query of the chart, as it is.
 * Needs Debian's package `prometheus`; takes about a minute.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Client } from '../../cli/client.ts';
import { startCoordinator } from '../../coordinator/main.ts';
import { newToken, operatorTokenFile } from '../../coordinator/shell/auth/token-store.ts';
import { readToken } from '../../shared/protocol/access/local-access.ts';
import { autoscalingQuery } from '../deploy/autoscaling-query.ts';
import { giveToken } from '../support/give-token.ts';
import { killed, startWorkerProcess } from '../support/real-cluster.ts';
import { readSamples } from '../support/samples.ts';
import { checkMetrics, requirePrometheus, startPrometheus } from './prometheus.ts';

/** A model of 4 ms a call: each job takes some seconds, so that scrapes see it run. */
const request = { model: 'cpu', solver: 'ddpm', steps: 1_000, method: 'sequential' };
const JOBS = 3;

requirePrometheus();
const folder = await mkdtemp(join(tmpdir(), 'isochron-prometheus-'));
const dataDir = join(folder, 'data');
const any = '127.0.0.1:0';
const coordinator = await startCoordinator({
  ...{ listen: any, workerListen: any, httpListen: any, dataDir },
  log: pino({ level: 'silent' }),
});
const { client: clientPort, worker: workerPort, http = 0 } = coordinator.ports;
const target = `127.0.0.1:${http}`;
const tokens = {
  metrics: giveToken(dataDir, 'prometheus', ['metrics']),
  read: giveToken(dataDir, 'reader', ['read']),
};
/** As a Secret's file for Prometheus. */
const tokenFile = join(folder, 'metrics-token');
await writeFile(tokenFile, tokens.metrics, { mode: 0o600 });
const client = new Client({
  coordinator: `127.0.0.1:${clientPort}`,
  token: readToken(operatorTokenFile(dataDir)),
});
/** By which the chart's query finds its release. */
const labels = { namespace: 'isochron', service: 'isochron' };
const prometheus = await startPrometheus(folder, [
  { job: 'isochron', target, tokenFile, labels },
  { job: 'without-token', target, tokenFile: undefined },
]);
const worker = startWorkerProcess(workerPort, ['--backend', 'emulated:cpu', '--count', '2']);

async function scrape(token?: string): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`http://${target}/metrics`, { headers });
}

async function scraped(): Promise<string> {
  return (await scrape(tokens.metrics)).text();
}

async function checkTokens(): Promise<void> {
  const wanted = [
    ['no token', 401, undefined],
    ['a wrong token', 401, newToken()],
    ['a token of scope read', 403, tokens.read],
    ['a token of scope metrics', 200, tokens.metrics],
  ] as const;
  for (const [what, status, token] of wanted) {
    const found = (await scrape(token)).status;
    if (found !== status) throw new Error(`${what}: found ${found}, expected ${status}`);
    process.stdout.write(`ok  ${what}: ${found}\n`);
  }
}

async function holds(expression: string, right: (value: number) => boolean): Promise<void> {
  const value = await prometheus.expect(expression, right);
  process.stdout.write(`ok  ${expression} = ${value}\n`);
}

const series = (name: string) => `${name}{job="isochron"}`;
const is = (expected: number) => (value: number) => value === expected;

/** What autoscalers ask, before, while and after jobs run. */
async function checkQueries(): Promise<void> {
  await holds('up{job="isochron"}', is(1));
  await holds('up{job="without-token"}', is(0));
  const wish = autoscalingQuery();
  await holds(wish, is(0));
  await holds(series('isochron_worker_busy_ratio'), (value) => value < 0.1);
  await holds('isochron_workers{job="isochron",state="ready"}', is(2));
  const jobs = Array.from({ length: JOBS }, () => client.submit(request));
  await holds(series('isochron_jobs_running'), (value) => value >= 1);
  // each of them is a block or a job that waits: more than two workers would have work
  await holds(wish, is(JOBS));
  await holds(series('isochron_worker_busy_ratio'), (value) => value > 0.2 && value <= 1);
  await holds(`avg_over_time(${series('isochron_worker_busy_ratio')}[5s])`, (value) => value > 0.1);
  for (const { job } of await Promise.all(jobs)) {
    for await (const { status } of client.watch(job)) {
      if (status.state === 'failed') throw new Error(status.message);
    }
  }
  await holds('isochron_jobs_total{job="isochron",state="done"}', is(JOBS));
  await holds(`${series('isochron_model_calls_total')}`, (value) => value >= JOBS * 1_000);
  const batch = ['sum', 'count'].map((what) => series(`isochron_model_call_rows_${what}`));
  await holds(batch.join(' / '), (value) => value >= 1);
  await holds(wish, is(0));
  await killed(worker);
  await holds('isochron_workers{job="isochron",state="ready"}', is(0));
  await holds(series('isochron_workers_lost_total'), is(2));
  const { job } = await client.submit(request);
  await holds(wish, is(1));
  await client.cancel(job);
  await holds(wish, is(0));
}

/** Prometheus has what the coordinator says, sample by sample, of what stands still. */
async function checkValues(): Promise<void> {
  const samples = readSamples(await scraped()).filter(({ name }) =>
    /^isochron_(jobs|rounds|work|model)/.test(name),
  );
  for (const { name, labels, value } of samples) {
    const own = Object.entries({ ...labels, job: 'isochron' });
    const selector = own.map(([key, text]) => `${key}="${text}"`).join(',');
    await prometheus.expect(`${name}{${selector}}`, is(value));
  }
  process.stdout.write(`ok  ${samples.length} series have the values of /metrics\n`);
}

try {
  const wrong = checkMetrics(await scraped());
  if (wrong !== '') throw new Error(`promtool check metrics: ${wrong}`);
  process.stdout.write('ok  promtool check metrics\n');
  await checkTokens();
  await checkQueries();
  await checkValues();
} finally {
  if (worker.exitCode === null) worker.kill('SIGKILL');
  await prometheus.close();
  client.close();
  await coordinator.close();
  await rm(folder, { recursive: true, force: true });
}
