/** The worker process: command line and environment end here. */
import { join } from 'node:path';

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';

import { SamplerError } from '../shared/protocol/errors.ts';
import { announceFailpoints } from '../shared/protocol/failpoints.ts';
import { packageRoot } from '../shared/protocol/package-root.ts';
import { analyticBackend, analyticModel, builtinModels } from './backend/analytic.ts';
import type { Backend } from './backend/backend.ts';
import { discoverModels } from './backend/manifest.ts';
import type { DiscoveredModel } from './backend/manifest.ts';
import { onnxBackend } from './backend/onnx.ts';
import { startWorker } from './shell/worker.ts';
import type { RunningWorker } from './shell/worker.ts';

export interface WorkerArguments {
  readonly coordinator: string;
  readonly models: string;
  readonly backend: 'onnx' | 'analytic';
  readonly threads: number;
  readonly name?: string;
  readonly healthListen?: string;
  readonly logLevel: string;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const signals = ['SIGTERM', 'SIGINT'] as const;
const usageError = 2;

/**
 * Serves until it is told to leave, by a signal or by the coordinator. Rejects with a SamplerError,
 * or a CommanderError for a bad command line.
 *
 * @param argv the arguments alone, without program and command
 */
export async function runWorker(argv: readonly string[]): Promise<void> {
  const command = workerCommand();
  command.parse(argv, { from: 'user' });
  const given = command.opts<WorkerArguments>();
  const log = pino({ name: 'worker', level: given.logLevel }, destination({ fd: 2, sync: true }));
  announceFailpoints(log);
  const worker = await startWorker({ ...given, backend: await openBackend(given, log), log });
  // Port 0 picks a free one, which whoever chose it must learn.
  if (worker.healthPort !== undefined) process.stdout.write(`health port ${worker.healthPort}\n`);
  await untilLeft(worker, log);
}

function workerCommand(): Command {
  return new Command('worker')
    .description('runs models for a coordinator')
    .option('--coordinator <host:port>', 'where to register', hostPort, '127.0.0.1:7401')
    .option('--models <dir>', 'folder of models', join(packageRoot(), 'models'))
    .addOption(
      new Option('--backend <name>', 'what runs them')
        .choices(['onnx', 'analytic'])
        .default('onnx'),
    )
    .option('--threads <n>', 'threads of one model call', integer, 1)
    .option('--name <name>', 'name in lists and logs (default: host:pid)')
    .option('--health-listen <host:port>', 'serve gRPC health checks here', hostPort)
    .addOption(
      new Option('--log-level <level>', 'least level logged').choices(logLevels).default('warn'),
    )
    .exitOverride();
}

function hostPort(text: string): string {
  const port = /^(?:\[[^\]\s]+\]|[^\s:/]+):(\d{1,5})$/.exec(text)?.[1];
  if (port !== undefined && Number(port) <= 65_535) return text;
  throw new InvalidArgumentError('expected HOST:PORT, such as 127.0.0.1:7401.');
}

function integer(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number.');
}

async function openBackend(given: WorkerArguments, log: Logger): Promise<Backend> {
  const { models, problems } = await discoverModels(given.models);
  for (const problem of problems) log.error({ err: problem }, 'model left out');
  if (given.backend === 'analytic') {
    return analyticBackend({ models: [...builtinModels(), ...mixturesOf(models)] });
  }
  return onnxBackend(models, { threads: given.threads });
}

function mixturesOf(discovered: readonly DiscoveredModel[]) {
  return discovered.flatMap((model) => {
    const { manifest } = model;
    return manifest.kind === 'gaussian-mixture' ? [analyticModel(manifest, model)] : [];
  });
}

/** The first signal drains; a second one ends what no exit can end, a model call. */
async function untilLeft(worker: RunningWorker, log: Logger): Promise<void> {
  let asked = false;
  const leave = (signal: NodeJS.Signals): void => {
    if (asked) process.kill(process.pid, 'SIGKILL');
    asked = true;
    log.info({ signal }, 'leaving');
    void worker.drain();
  };
  for (const signal of signals) process.on(signal, leave);
  await worker.left;
  for (const signal of signals) process.off(signal, leave);
}

if (import.meta.main) {
  try {
    await runWorker(process.argv.slice(2));
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? 0 : usageError;
    } else {
      process.stderr.write(`worker: ${SamplerError.from(thrown).message}\n`);
      process.exitCode = usageError;
    }
  }
}
