/** A coordinator in this process and workers in their own: real gRPC on loopback. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { Client, type JobResult, type SubmitRequest } from '../../cli/client.ts';
import { startCoordinator, type RunningCoordinator } from '../../coordinator/main.ts';
import { SPOT_CHECKS, type SpotCheckOptions } from '../../coordinator/shell/engine.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';

/** Only the check before a job is done: which steps are checked while it runs is up to its id. */
export const lastCheckOnly: SpotCheckOptions = { ...SPOT_CHECKS, every: 2 ** 31 };

/** Failpoints of a worker, with what they do. */
type Faults = Readonly<Record<string, string>>;

export interface RealCluster {
  readonly client: Client;
  readonly ports: RunningCoordinator['ports'];
  readonly metrics: RunningCoordinator['metrics'];
  readonly dataDir: string;
  readonly workers: ChildProcess[];
  /** Starts workers and waits until they are registered. */
  addWorkers(count: number, args?: readonly string[], faults?: Faults): Promise<ChildProcess[]>;
  run(request: SubmitRequest): Promise<JobResult>;
  close(): Promise<void>;
}

const READY_MS = 60_000;

export async function realCluster(
  spotChecks?: SpotCheckOptions,
  log: Logger = pino({ level: 'silent' }),
): Promise<RealCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-e2e-'));
  const any = '127.0.0.1:0';
  // built or not: tests of the port are about the port
  const dashboardDir = join(dataDir, 'no-dashboard');
  const where = { listen: any, workerListen: any, httpListen: any, dataDir, dashboardDir };
  const coordinator = await startCoordinator({ ...where, log, spotChecks });
  const { ports, metrics } = coordinator;
  const client = new Client({ coordinator: `127.0.0.1:${ports.client}` });
  const workers: ChildProcess[] = [];
  return {
    client,
    ports,
    metrics,
    dataDir,
    workers,
    async addWorkers(count, args = ['--backend', 'analytic'], faults = {}) {
      const before = (await ready(client)).length;
      const added = Array.from({ length: count }, () =>
        startWorkerProcess(ports.worker, args, faults),
      );
      workers.push(...added);
      await until(async () => (await ready(client)).length === before + count);
      return added;
    },
    async run(request) {
      const { job } = await client.submit(request);
      for await (const { status } of client.watch(job)) {
        if (status.state === 'failed') throw new Error(status.message);
      }
      return client.result(job);
    },
    async close() {
      for (const worker of workers) if (worker.exitCode === null) worker.kill('SIGKILL');
      client.close();
      await coordinator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ready(client: Client) {
  return (await client.workers()).filter(({ state }) => state === 'ready');
}

export function startWorkerProcess(
  port: number,
  args: readonly string[],
  faults: Faults = {},
): ChildProcess {
  const main = join(packageRoot(), 'worker', 'main.ts');
  const given = [main, '--coordinator', `127.0.0.1:${port}`, ...args];
  const armed = Object.entries(faults).map(([name, action]) => `${name}=${action}`);
  const env = { ...process.env, NODE_ENV: 'test', ISOCHRON_FAILPOINTS: armed.join(';') };
  return spawn(process.execPath, given, { stdio: ['ignore', 'ignore', 'inherit'], env });
}

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('what the test waits for did not happen');
    await sleep(20);
  }
}

export async function killed(worker: ChildProcess): Promise<void> {
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}
