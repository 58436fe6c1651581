import { availableParallelism } from 'node:os';

import type { Command } from 'commander';

import { parseAddress } from '../../coordinator/shell/listen.ts';
import { isLoopback, reachable } from '../../shared/protocol/access/addresses.ts';
import { tlsFilesIn } from '../../shared/protocol/access/tls-files.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { backendOption, integer, modelsOption } from '../arguments.ts';
import { Client } from '../client.ts';
import { startCluster, workersReady } from '../local/cluster.ts';
import { greeting } from '../local/greeting.ts';
import { createLog, logLevelOption } from '../log.ts';
import type { LogLevel } from '../log.ts';
import { interrupted, onInterrupt } from '../signals.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';
import { addListenOptions, httpOptions, jobOptions, type JobOptions } from './coordinator.ts';

interface UpOptions extends JobOptions {
  readonly workers: number;
  readonly backend: string;
  readonly models: string;
  readonly threads: number;
  readonly threadsAlone?: number;
  readonly listen: string;
  readonly workerListen: string;
  readonly httpListen?: string;
  readonly httpHost?: readonly string[];
  readonly data: string;
  readonly certs?: string;
  readonly logLevel: LogLevel;
}

/** More processes than any one machine has accelerators or cores for. */
const WORKERS_MAX = 256;
/** Loading a large model and measuring its latency curve takes a while. */
const READY_TIMEOUT_MS = 300_000;

export function registerUp(program: Command, context: Context): void {
  const command = program
    .command('up')
    .description('a local cluster in one command, until Ctrl-C')
    .option('--workers <n>', 'worker processes', integer, 2)
    .addOption(backendOption())
    .addOption(modelsOption())
    .option('--threads <n>', 'threads of one model call in each worker', integer, 1)
    .option(
      '--threads-alone <n>',
      'threads of one on the CPU while the cluster has no other work (default: all cores)',
      integer,
    );
  addListenOptions(command)
    .option('--certs <dir>', 'folder with tls.crt, tls.key and ca.crt: TLS for clients and HTTP')
    .addOption(logLevelOption('warn'))
    .action(async (options: UpOptions) => {
      await guarded(context, 'text', () => up(context, options));
    });
}

async function up({ terminal }: Context, options: UpOptions): Promise<void> {
  checkWorkers(options);
  const { certs } = options;
  const interrupt = onInterrupt();
  const cluster = await startCluster({
    ...options,
    threadsAlone: options.threadsAlone ?? availableParallelism(),
    ...jobOptions(options),
    ...httpOptions(options),
    dataDir: options.data,
    tls: certs === undefined ? undefined : tlsFilesIn(certs),
    log: createLog(options.logLevel),
    workerLogLevel: options.logLevel,
    restart: true,
    onLine: (worker, line) => terminal.err(`${worker}: ${line}\n`),
  });
  const { token, ca } = cluster;
  const client = new Client({ coordinator: reachable(cluster.client), token, ca });
  try {
    const stop = interrupted(interrupt.signal);
    const ready = workersReady(client, cluster, {
      workers: options.workers,
      timeoutMs: READY_TIMEOUT_MS,
    }).then(async () =>
      terminal.out(greeting(terminal.interactive, { cluster, ...options }, await client.models())),
    );
    await Promise.race([ready, stop]);
    await Promise.race([stop, cluster.broken]);
    terminal.err('stopping the workers\n');
  } finally {
    client.close();
    await cluster.close();
    interrupt.release();
  }
}

function checkWorkers({ workers, workerListen }: UpOptions): void {
  if (workers < 1 || workers > WORKERS_MAX) {
    const text = `--workers: found ${workers}, expected 1 to ${WORKERS_MAX}`;
    throw new SamplerError('INVALID_REQUEST', text, { context: { field: 'workers' } });
  }
  const { host } = parseAddress('--worker-listen', workerListen);
  if (isLoopback(host)) return;
  const text = `--worker-listen: found ${host}, expected a loopback address: workers of other`;
  throw new SamplerError('INVALID_REQUEST', `${text} machines join \`isochron coordinator\``);
}
