import type { Command } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { backendOption, integer } from '../arguments.ts';
import { Client } from '../client.ts';
import type { AvailableModel } from '../client.ts';
import { startCluster, workersReady } from '../local/cluster.ts';
import type { Cluster } from '../local/cluster.ts';
import { bundledModels } from '../local/models.ts';
import { createLog, logLevelOption } from '../log.ts';
import type { LogLevel } from '../log.ts';
import { interrupted, onInterrupt } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';
import { addListenOptions, httpOptions, storeOptions, type StoreOptions } from './coordinator.ts';

interface UpOptions extends StoreOptions {
  readonly workers: number;
  readonly backend: string;
  readonly models: string;
  readonly threads: number;
  readonly listen: string;
  readonly workerListen: string;
  readonly httpListen?: string;
  readonly httpHost?: readonly string[];
  readonly data: string;
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
    .option('--models <dir>', 'folder of models (default: the bundled ones)', bundledModels())
    .option('--threads <n>', 'threads of one model call in each worker', integer, 1);
  addListenOptions(command)
    .addOption(logLevelOption('warn'))
    .action(async (options: UpOptions) => {
      await guarded(context, 'text', () => up(context, options));
    });
}

async function up({ terminal }: Context, options: UpOptions): Promise<void> {
  checkWorkers(options.workers);
  const interrupt = onInterrupt();
  const cluster = await startCluster({
    ...options,
    ...storeOptions(options),
    ...httpOptions(options),
    dataDir: options.data,
    log: createLog(options.logLevel),
    workerLogLevel: options.logLevel,
    restart: true,
    onLine: (worker, line) => terminal.err(`${worker}: ${line}\n`),
  });
  const client = new Client({ coordinator: cluster.client });
  try {
    const stop = interrupted(interrupt.signal);
    const ready = workersReady(client, cluster, {
      workers: options.workers,
      timeoutMs: READY_TIMEOUT_MS,
    }).then(async () => greet(terminal, cluster, options, await client.models()));
    await Promise.race([ready, stop]);
    await Promise.race([stop, cluster.broken]);
    terminal.err('stopping the workers\n');
  } finally {
    client.close();
    await cluster.close();
    interrupt.release();
  }
}

function checkWorkers(workers: number): void {
  if (workers >= 1 && workers <= WORKERS_MAX) return;
  const text = `--workers: found ${workers}, expected 1 to ${WORKERS_MAX}`;
  throw new SamplerError('INVALID_REQUEST', text, { context: { field: 'workers' } });
}

function greet(
  terminal: Terminal,
  cluster: Cluster,
  options: UpOptions,
  models: readonly AvailableModel[],
): void {
  const { client, worker, http } = cluster;
  const dashboard = http && `http://${http}/`;
  const names = models.map(({ name }) => name);
  if (!terminal.interactive) {
    const event = { event: 'ready', coordinator: client, workerListen: worker, dashboard };
    terminal.out(`${JSON.stringify({ ...event, workers: options.workers, models: names })}\n`);
    return;
  }
  const lines = [
    `coordinator on ${client} (workers join on ${worker}), data in ${options.data}`,
    `${options.workers} workers, models: ${names.join(', ') || 'none'}`,
    ...(dashboard ? [`dashboard on ${dashboard}`] : []),
  ];
  // A condition shows more of the command line.
  const model = models.find(({ conditions }) => conditions.length > 0) ?? models[0];
  if (model !== undefined) lines.push('try:', `  ${exampleLine(model, client)}`);
  terminal.out(`${[...lines, 'Ctrl-C stops everything'].join('\n')}\n`);
}

function exampleLine(model: AvailableModel, client: string): string {
  const [condition] = model.conditions;
  const label = condition?.labels.find((candidate) => /^[\w-]+$/.test(candidate));
  const input =
    condition === undefined ? '' : ` --input ${condition.name}=${label ?? condition.minimum}`;
  const where = client === '127.0.0.1:7400' ? '' : ` --coordinator ${client}`;
  return `isochron submit --model ${model.name} --solver ddim --steps 50${input} --out out${where}`;
}
