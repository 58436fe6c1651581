/** The worker process: command line and environment end here. */
import { join } from 'node:path';

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';

import { SamplerError } from '../shared/protocol/errors.ts';
import { type MutualTlsFiles, tlsFilesIn } from '../shared/protocol/access/tls-files.ts';
import { announceFailpoints } from '../shared/protocol/failpoints.ts';
import { tuneHeap } from '../shared/protocol/heap.ts';
import { logOptions } from '../shared/protocol/log-options.ts';
import { packageRoot } from '../shared/protocol/package-root.ts';
import { checkBackend } from './backend/backend-name.ts';
import { SLEEPERS_MAX } from './backend/emulated/sleep-board.ts';
import { openBackend } from './backend/open-backend.ts';
import { giveWay, niceOf } from './shell/give-way.ts';
import { certifiedName } from './shell/worker-access.ts';
import { defaultName } from './shell/registration.ts';
import { startWorker } from './shell/worker.ts';
import type { RunningWorker } from './shell/worker.ts';

export interface WorkerArguments {
  readonly coordinator: string;
  readonly models: string;
  readonly backend: string;
  /** Workers in this process. */
  readonly count: number;
  readonly threads: number;
  readonly threadsAlone?: number;
  readonly name?: string;
  readonly healthListen?: string;
  readonly tokenFile?: string;
  readonly certs?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly ca?: string;
  readonly measureMs?: number;
  readonly hangMs?: number;
  readonly halveBatch: number;
  readonly nice?: number;
  readonly logLevel: string;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const signals = ['SIGTERM', 'SIGINT'] as const;
const usageError = 2;
/** Of a name, with room for a number behind it. */
const NAME_ROOM = 56;

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
  const options = { name: 'worker', level: given.logLevel, ...logOptions };
  const log = pino(options, destination({ fd: 2, sync: true }));
  announceFailpoints(log);
  tuneHeap();
  giveWay(niceOf(given.coordinator, given.nice));
  const workers = await Promise.all(namesOf(given).map((name) => start({ ...given, name }, log)));
  for (const { healthPort } of workers) {
    // Port 0 picks a free one, which whoever chose it must learn.
    if (healthPort !== undefined) process.stdout.write(`health port ${healthPort}\n`);
  }
  await untilLeft(workers, log);
}

/** All three files or none: a worker that is encrypted one way only would be let in nowhere. */
function certificatesOf(given: WorkerArguments): MutualTlsFiles | undefined {
  const { certs, tlsCert, tlsKey, ca } = given;
  if (certs !== undefined) return tlsFilesIn(certs);
  if (tlsCert !== undefined && tlsKey !== undefined && ca !== undefined) {
    return { cert: tlsCert, key: tlsKey, ca };
  }
  if ([tlsCert, tlsKey, ca].every((file) => file === undefined)) return undefined;
  const expected = '--tls-cert, --tls-key and --ca together, or --certs DIR';
  throw new SamplerError(
    'INVALID_REQUEST',
    `certificates: found some of them, expected ${expected}`,
  );
}

/** A device that is not there needs no process of its own. */
function namesOf(given: WorkerArguments): readonly string[] {
  const { count, name, backend, healthListen } = given;
  const own = name ?? certifiedName(certificatesOf(given)) ?? defaultName();
  if (count === 1) return [own];
  const isEmulated = backend.startsWith('emulated');
  if (!isEmulated || healthListen !== undefined || count < 1 || count > SLEEPERS_MAX) {
    const expected = `1, or 2 to ${SLEEPERS_MAX} of an emulated device and without --health-listen`;
    throw new SamplerError('INVALID_REQUEST', `--count: found ${count}, expected ${expected}`);
  }
  return Array.from({ length: count }, (_, k) => `${own.slice(-NAME_ROOM)}.${k + 1}`);
}

async function start(given: WorkerArguments, log: Logger): Promise<RunningWorker> {
  const onProblem = (problem: SamplerError): void => log.error({ err: problem }, 'model left out');
  const measure = given.measureMs === undefined ? {} : { budgetMs: given.measureMs };
  const backend = await openBackend(given, onProblem);
  return startWorker({ ...given, backend, log, measure, certificates: certificatesOf(given) });
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('runs models for a coordinator')
    .option('--coordinator <host:port>', 'where to register', hostPort, '127.0.0.1:7401')
    .option('--models <dir>', 'folder of models', join(packageRoot(), 'models'))
    .option(
      '--backend <name>',
      'onnx[:PROVIDER], analytic, emulated:PROFILE or oip:SERVER/MODEL',
      backendName,
      'onnx',
    )
    .option('--count <n>', 'workers in this process, of an emulated device', integer, 1)
    .option('--threads <n>', 'threads of one model call', integer, 1)
    .option(
      '--threads-alone <n>',
      'threads of one on the CPU while the cluster has no other work (default: --threads)',
      integer,
    )
    .option('--name <name>', 'name in lists and logs (default: host:pid)')
    .option('--measure-ms <n>', 'time for measuring each model (default: 2000)', integer)
    .option('--hang-ms <n>', 'a model call hangs after this at least (default: 30000)', integer)
    .option('--halve-batch <n>', 'halve the largest batch of every model n times', integer, 0)
    .option('--nice <n>', 'give way, 0 to 19 (default: 5 beside its coordinator, else 0)', integer)
    .addOption(
      new Option(
        '--token-file <file>',
        'of the coordinator, where it has no TLS (default: what one on this machine has left)',
      ).env('ISOCHRON_WORKER_TOKEN_FILE'),
    )
    .option('--certs <dir>', 'folder with tls.crt, tls.key and ca.crt: connect by mutual TLS')
    .option('--tls-cert <file>', 'in its place: certificate of this worker (PEM)')
    .option('--tls-key <file>', 'its private key')
    .option('--ca <file>', 'certificate authority of the coordinator')
    .option('--supervise', 'start it again when it ends (isochron worker only)')
    .option('--health-listen <host:port>', 'serve gRPC health checks here', hostPort)
    .addOption(
      new Option('--log-level <level>', 'least level logged').choices(logLevels).default('warn'),
    )
    .exitOverride();
}

function backendName(text: string): string {
  try {
    return checkBackend(text);
  } catch (error) {
    throw new InvalidArgumentError(SamplerError.from(error).message);
  }
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

/** The first signal drains; a second one ends what no exit can end, a model call. */
async function untilLeft(workers: readonly RunningWorker[], log: Logger): Promise<void> {
  let asked = false;
  const leave = (signal: NodeJS.Signals): void => {
    if (asked) process.kill(process.pid, 'SIGKILL');
    asked = true;
    log.info({ signal }, 'leaving');
    for (const worker of workers) void worker.drain();
  };
  for (const signal of signals) process.on(signal, leave);
  await Promise.all(workers.map(({ left }) => left));
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
