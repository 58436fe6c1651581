/** A coordinator process, an analytic worker and a probe, all of their own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../../../cli/client.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { startWorkerProcess, until } from '../../support/real-cluster.ts';
import type { Inside } from '../coordinator/main.ts';
import { credentialsOf, type Credentials } from '../credentials.ts';
import type { Probed } from '../probe/main.ts';

/** Jobs that have ended and are kept: beyond it memory must not grow with them. */
const RETAINED_JOBS = 200;
const HEAP_MIB = 512;

export interface FuzzCluster {
  readonly ports: { readonly client: number; readonly worker: number; readonly http: number };
  readonly credentials: Credentials;
  readonly client: Client;
  /** What the coordinator wrote to standard error. */
  readonly said: string[];
  /** How the coordinator ended, if it did. */
  readonly ended: () => string | undefined;
  inside(): Promise<Inside>;
  probe(): Promise<Probed>;
  close(): Promise<void>;
}

export async function startFuzzCluster(): Promise<FuzzCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-fuzz-'));
  const coordinator = startCoordinator(dataDir);
  const said: string[] = [];
  let ended: string | undefined;
  if (coordinator.stderr) {
    createInterface({ input: coordinator.stderr }).on('line', (line) => said.push(line));
  }
  coordinator.on('exit', (code, signal) => (ended = `code ${code}, signal ${signal}`));
  const ports = await listening(coordinator, said);
  const worker = startWorkerProcess(ports.worker, ['--backend', 'analytic']);
  const credentials = await credentialsOf(dataDir);
  const { token } = credentials;
  const options = {
    coordinator: `127.0.0.1:${ports.client}`,
    ...(token !== undefined && { token }),
  };
  const client = new Client(options);
  await until(async () => (await client.workers()).some(({ state }) => state === 'ready'));
  const probe = startProbe(options, ports.http);
  return {
    ports,
    credentials,
    client,
    said,
    ended: () => ended,
    inside: () => ask<Inside>(coordinator),
    probe: () => ask<Probed>(probe),
    async close() {
      client.close();
      for (const process of [probe, worker, coordinator]) await end(process);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function startCoordinator(dataDir: string): ChildProcess {
  const main = join(packageRoot(), 'test', 'fuzz', 'coordinator', 'main.ts');
  const any = '127.0.0.1:0';
  const args = ['--listen', any, '--worker-listen', any, '--http-listen', any, '--data', dataDir];
  const kept = ['--retain-jobs', String(RETAINED_JOBS)];
  return fork(main, ['coordinator', ...args, ...kept, '--log-level', 'fatal'], {
    execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function startProbe(
  { coordinator, token }: { coordinator: string; token?: string },
  http: number,
): ChildProcess {
  const main = join(packageRoot(), 'test', 'fuzz', 'probe', 'main.ts');
  const env = { ...process.env, ...(token !== undefined && { ISOCHRON_TOKEN: token }) };
  return fork(main, [coordinator, String(http)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env,
  });
}

async function listening(
  { stdout }: ChildProcess,
  said: readonly string[],
): Promise<FuzzCluster['ports']> {
  if (!stdout) throw new Error('the coordinator has no output to read');
  for await (const line of createInterface({ input: stdout })) {
    const { event, ports } = JSON.parse(line) as { event?: string; ports: FuzzCluster['ports'] };
    if (event === 'listening') return ports;
  }
  throw new Error(`the coordinator ended before it listened: ${said.join('; ')}`);
}

async function ask<Answer>(process: ChildProcess): Promise<Answer> {
  const over = new AbortController();
  const { signal } = over;
  const gone = once(process, 'exit', { signal }).then(() => undefined);
  gone.catch(() => undefined);
  const answer = once(process, 'message', { signal }) as Promise<[Answer]>;
  process.send('tell');
  const answered = await Promise.race([answer, gone]);
  over.abort();
  answer.catch(() => undefined);
  if (!answered) throw new Error('the process ended before it answered');
  return answered[0];
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}
