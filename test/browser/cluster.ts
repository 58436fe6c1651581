/** A coordinator with its dashboard, and two workers with the bundled models. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { bundledModels } from '../../cli/local/models.ts';
import { startCluster } from '../../cli/local/cluster.ts';
import { greeting } from '../../cli/local/greeting.ts';

export interface Served {
  /** Of the page with the token, as `up` says it to somebody who looks. */
  readonly url: string;
  /** Of the page alone. */
  readonly origin: string;
  readonly token: string;
  /** A call of the HTTP interface as another client makes it. */
  call(path: string, body?: object): Promise<unknown>;
  close(): Promise<void>;
}

const READY_MS = 120_000;

export async function serve(workers = 2): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-browser-'));
  const any = '127.0.0.1:0';
  const cluster = await startCluster({
    ...{ listen: any, workerListen: any, httpListen: any, dataDir, workers },
    ...{ backend: 'onnx', models: bundledModels(), threads: 1, restart: false },
    log: pino({ level: 'silent' }),
    workerLogLevel: 'error',
    onLine: (worker, line) => process.stderr.write(`${worker}: ${line}\n`),
  });
  const origin = `http://${cluster.http ?? ''}`;
  const { token } = cluster;
  const [, url = ''] =
    /dashboard on (.*)/.exec(greeting(true, { cluster, workers, data: dataDir }, [])) ?? [];
  const call = async (path: string, body?: object): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const sent = body && { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${origin}${path}`, { headers, ...sent });
    const reply: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(reply)}`);
    return reply;
  };
  const close = async (): Promise<void> => {
    await cluster.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  await ready(call, workers);
  await cluster.measured();
  return { origin, url, token, call, close };
}

async function ready(call: Served['call'], wanted: number): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const { models } = (await call('/v1/models')) as { models: { workers: number }[] };
    if (models.length > 0 && models.every(({ workers }) => workers === wanted)) return;
    if (performance.now() > deadline) throw new Error('the workers did not register in time');
    await sleep(200);
  }
}

/** Submits, and waits until the job has ended. */
export async function run(served: Served, request: object): Promise<string> {
  const { job } = (await served.call('/v1/jobs', request)) as { job: string };
  for (;;) {
    const { state, message } = (await served.call(`/v1/jobs/${job}`)) as Record<string, string>;
    if (state === 'DONE') return job;
    if (state === 'FAILED') throw new Error(message);
    await sleep(100);
  }
}
