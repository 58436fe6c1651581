/** A coordinator in this process and workers as its children: what `up` and `demo` run. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from 'pino';

import { startCoordinator } from '../../coordinator/main.ts';
import { operatorTokenFile, workerTokenFile } from '../../coordinator/shell/auth/token-store.ts';
import type { SpotCheckOptions } from '../../coordinator/shell/engine.ts';
import type { Retention } from '../../coordinator/shell/job-store.ts';
import { readToken } from '../../shared/protocol/access/local-access.ts';
import { readPem, type MutualTlsFiles } from '../../shared/protocol/access/tls-files.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { withPort } from '../arguments.ts';
import type { Client } from '../client.ts';
import { prepareFolder } from '../folder.ts';
import type { LogLevel } from '../log.ts';
import { supervise } from './supervisor.ts';
import type { Supervisor } from './supervisor.ts';
import { startWorkerProcess } from './worker-process.ts';

export interface ClusterOptions {
  readonly listen: string;
  readonly workerListen: string;
  /** Of dashboard and HTTP; default none. */
  readonly httpListen?: string;
  readonly httpHosts?: readonly string[];
  readonly dataDir: string;
  /** Of clients that count for more, or less, than 1 in the queue. */
  readonly clientWeights?: ReadonlyMap<string, number>;
  readonly retention?: Partial<Retention>;
  readonly checkpointMs?: number;
  readonly spotChecks?: SpotCheckOptions;
  /** Of the ports of clients and HTTP; workers are on this machine, and show a token. */
  readonly tls?: MutualTlsFiles | undefined;
  readonly workers: number;
  /** Emulated devices that share a process; 1 otherwise. */
  readonly perProcess?: number;
  readonly backend: string;
  readonly models: string;
  readonly threads: number;
  /** Of a call while the cluster has no other work; default `threads`. */
  readonly threadsAlone?: number | undefined;
  readonly log: Logger;
  readonly workerLogLevel: LogLevel;
  /** Whether a worker that ended is started again; without, its end breaks the cluster. */
  readonly restart: boolean;
  /** What a worker writes, and how one ended that nobody stopped. */
  readonly onLine: (worker: string, line: string) => void;
}

export interface Cluster {
  readonly client: string;
  readonly worker: string;
  /** HOST:PORT of dashboard and HTTP; undefined where there is none. */
  readonly http: string | undefined;
  /** The operator's: for clients of `client`. */
  readonly token: string;
  /** PEM of the authority of its certificate, where clients come by TLS. */
  readonly ca?: string | undefined;
  readonly dataDir: string;
  /** Rejects when a worker has ended for good although nobody stopped it. */
  readonly broken: Promise<never>;
  /** Resolves once the coordinator has measured its workers together. */
  measured(): Promise<void>;
  close(): Promise<void>;
}

/** A worker that is inside a long model call is not waited for longer than this. */
const STOP_GRACE_MS = 5_000;
const READY_POLL_MS = 100;

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { listen, workerListen, dataDir, log, retention = {}, checkpointMs = 1_000 } = options;
  await prepareFolder('--data', dataDir);
  const { clientWeights, spotChecks, tls } = options;
  const kept = { dataDir, clientWeights, retention, checkpointMs, spotChecks };
  const { httpListen = 'off', httpHosts } = options;
  const ca = tls && readPem('certificate authority', tls.ca);
  const where = { listen, workerListen, httpListen, httpHosts, tls };
  const coordinator = await startCoordinator({ ...where, log, ...kept });
  const { ports } = coordinator;
  const client = withPort(listen, coordinator.ports.client);
  const workerAddress = withPort(workerListen, coordinator.ports.worker);
  const supervisors = processesOf(options).map((count, index) =>
    supervisor(options, workerAddress, { name: `worker-${index + 1}`, count }),
  );
  return {
    client,
    worker: workerAddress,
    http: ports.http === undefined ? undefined : withPort(httpListen, ports.http),
    token: readToken(operatorTokenFile(dataDir)),
    ca,
    dataDir,
    broken: Promise.race(supervisors.map(({ broken }) => broken)),
    measured: () => coordinator.measured(),
    close: async () => {
      await Promise.all(supervisors.map((worker) => worker.stop(STOP_GRACE_MS)));
      await coordinator.close();
    },
  };
}

/** Workers of each process. */
function processesOf({ workers, perProcess = 1 }: ClusterOptions): number[] {
  const processes = Math.ceil(workers / perProcess);
  return Array.from({ length: processes }, (_, k) =>
    Math.min(perProcess, workers - k * perProcess),
  );
}

function supervisor(
  options: ClusterOptions,
  coordinator: string,
  { name, count }: { readonly name: string; readonly count: number },
): Supervisor {
  const { backend, models, threads, workerLogLevel: logLevel, restart } = options;
  const { threadsAlone = threads } = options;
  const tokenFile = workerTokenFile(options.dataDir);
  const serving = { coordinator, tokenFile, backend, models, threads, threadsAlone };
  const fixed = { ...serving, name, count, logLevel };
  return supervise({
    name,
    restart,
    start: (onLine, halvings) => startWorkerProcess({ ...fixed, halvings, onLine }),
    onLine: (line) => options.onLine(name, line),
  });
}

/** Resolves once `workers` workers are registered; says what the broken one wrote if one ends. */
export async function workersReady(
  client: Client,
  cluster: Pick<Cluster, 'broken'>,
  { workers, timeoutMs }: { readonly workers: number; readonly timeoutMs: number },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await Promise.race([client.workers(), cluster.broken]);
    if (found.filter(({ state }) => state === 'ready').length >= workers) return;
    if (performance.now() > deadline) {
      const text = `${found.length} of ${workers} workers registered within ${timeoutMs / 1000} s`;
      throw new SamplerError('WORKER_LOST', text);
    }
    await sleep(READY_POLL_MS);
  }
}
