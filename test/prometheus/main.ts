/**
 * `npm run test:prometheus`: a Prometheus scrapes a coordinator over its HTTP port, with the token
 * where there is one, and answers the queries that autoscalers ask. Needs Debian's package
 * `prometheus`; takes about a minute.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Client } from '../../cli/client.ts';
import { startCoordinator } from '../../coordinator/main.ts';
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
const tokenFile = existsSync(join(dataDir, 'token')) ? join(dataDir, 'token') : undefined;
const token = tokenFile ? (await readFile(tokenFile, 'utf8')).trim() : '';
const client = new Client({ coordinator: `127.0.0.1:${clientPort}` });
const prometheus = await startPrometheus(folder, [
  { job: 'isochron', target, tokenFile },
  { job: 'without-token', target, tokenFile: undefined },
]);
const worker = startWorkerProcess(workerPort, ['--backend', 'emulated:cpu', '--count', '2']);

async function scraped(): Promise<string> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`http://${target}/metrics`, { headers })).text();
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
  await holds('up{job="without-token"}', is(token === '' ? 1 : 0));
  const waiting = ['isochron_blocks_pending', 'isochron_jobs_waiting'];
  const pending = waiting.map((name) => `sum(${series(name)})`).join(' + ');
  await holds(pending, is(0));
  await holds(series('isochron_worker_busy_ratio'), (value) => value < 0.1);
  await holds('isochron_workers{job="isochron",state="ready"}', is(2));
  const jobs = Array.from({ length: JOBS }, () => client.submit(request));
  await holds(series('isochron_jobs_running'), (value) => value >= 1);
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
  await killed(worker);
  await holds('isochron_workers{job="isochron",state="ready"}', is(0));
  await holds(series('isochron_workers_lost_total'), is(2));
  const { job } = await client.submit(request);
  await holds(pending, is(1));
  await client.cancel(job);
  await holds(pending, is(0));
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
  await checkQueries();
  await checkValues();
} finally {
  if (worker.exitCode === null) worker.kill('SIGKILL');
  await prometheus.close();
  client.close();
  await coordinator.close();
  await rm(folder, { recursive: true, force: true });
}
