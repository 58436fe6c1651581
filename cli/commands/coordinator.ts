import type { Command } from 'commander';

import { operatorTokenFile } from '../../coordinator/shell/auth/token-store.ts';
import { clientWeights as parseClientWeights } from '../../coordinator/shell/weights.ts';
import { tlsFilesIn } from '../../shared/protocol/access/tls-files.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { limits } from '../../shared/kernel/limits.ts';
import {
  collectText,
  defaultCoordinator,
  defaultHttpAddress,
  defaultWorkerAddress,
  integer,
  number,
  withPort,
} from '../arguments.ts';
import { prepareFolder } from '../folder.ts';
import { createLog, logLevelOption } from '../log.ts';
import type { LogLevel } from '../log.ts';
import { interrupted, onInterrupt } from '../signals.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

const GIB = 2 ** 30;

export interface CoordinatorCommandOptions {
  readonly listen: string;
  readonly workerListen: string;
  readonly httpListen?: string;
  readonly httpHost?: readonly string[];
  readonly clientWeight?: readonly string[];
  readonly data: string;
  readonly retainDays: number;
  readonly retainJobs: number;
  readonly retainGib: number;
  readonly checkpointMs: number;
  readonly spotChecks: number;
  readonly numericGap: number;
  readonly insecureBindAnything: boolean;
  readonly tokens?: string;
  readonly certs?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly workerTlsCert?: string;
  readonly workerTlsKey?: string;
  readonly workerCa?: string;
  readonly logLevel: LogLevel;
}

const httpHelp =
  `port of dashboard and HTTP, or off; default ${defaultHttpAddress}, ` +
  'or a free one where --listen picks one';

const weightHelp = 'what a client of the default tenant counts for, 1 unless said; may be repeated';

/** Who lets the port of clients be picked runs several coordinators, or tests. */
export function httpOptions({
  listen,
  httpListen,
  httpHost = [],
}: Pick<CoordinatorCommandOptions, 'listen' | 'httpListen' | 'httpHost'>) {
  const usual = listen.endsWith(':0') || listen === '0' ? '127.0.0.1:0' : defaultHttpAddress;
  return { httpListen: httpListen ?? usual, httpHosts: httpHost };
}

/** Of the dashboard; undefined where there is none. */
export function httpUrl(
  httpListen: string,
  port: number | undefined,
  tls = false,
): string | undefined {
  if (port === undefined) return undefined;
  return `${tls ? 'https' : 'http'}://${withPort(httpListen, port)}/`;
}

/** Where a coordinator listens and keeps its data: shared with `up`. */
export function addListenOptions(command: Command): Command {
  return command
    .option('--listen <host:port>', 'port of clients; 0 picks a free one', defaultCoordinator)
    .option('--worker-listen <host:port>', 'port of workers', defaultWorkerAddress)
    .option('--http-listen <host:port>', httpHelp)
    .option('--http-host <name>', 'a name that it is called by; may be repeated', collectText)
    .option('--client-weight <name=w>', weightHelp, collectText)
    .option('--data <dir>', 'folder of jobs, results and ports.json', './isochron-data')
    .option('--retain-days <n>', 'keep jobs that ended so long', number, limits.retainDays)
    .option('--retain-jobs <n>', 'at most so many of them', integer, limits.retainJobs)
    .option('--retain-gib <x>', 'and so many GiB of results', number, limits.retainBytes / GIB)
    .option('--checkpoint-ms <n>', 'what a restart may cost a running job', integer, 1000)
    .option('--spot-checks <n>', 'recompute a step in n on other workers; 0: none', integer, 256)
    .option('--numeric-gap <x>', 'what their outputs may differ by (RMS)', number, 1e-4);
}

export type JobOptions = Pick<
  CoordinatorCommandOptions,
  | 'clientWeight'
  | 'retainDays'
  | 'retainJobs'
  | 'retainGib'
  | 'checkpointMs'
  | 'spotChecks'
  | 'numericGap'
>;

/**
 * What `addListenOptions` says about jobs: whose come first, and how they are kept and checked.
 *
 * @throws SamplerError INVALID_REQUEST
 */
export function jobOptions(options: JobOptions) {
  const { retainDays, retainJobs, retainGib, checkpointMs, spotChecks: every } = options;
  const retention = { days: retainDays, jobs: retainJobs, bytes: retainGib * GIB };
  const spotChecks = { every, gap: options.numericGap };
  const clientWeights = parseClientWeights(options.clientWeight ?? []);
  return { clientWeights, retention, checkpointMs, spotChecks };
}

export function registerCoordinator(program: Command, context: Context): void {
  const command = program
    .command('coordinator')
    .description('accept jobs and workers, until Ctrl-C');
  addListenOptions(command)
    .option('--tokens <file>', 'list of hashed tokens in place of tokens.json in --data')
    .option('--certs <dir>', 'folder with tls.crt, tls.key and ca.crt: TLS on both ports')
    .option('--tls-cert <file>', 'in its place: certificate of the client port (PEM)')
    .option('--tls-key <file>', 'its private key')
    .option('--worker-tls-cert <file>', 'certificate of the worker port')
    .option('--worker-tls-key <file>', 'its private key')
    .option('--worker-ca <file>', 'authority of the certificates that workers show')
    .option('--insecure-bind-anything', 'without TLS beyond loopback, anybody is let in', false)
    .addOption(logLevelOption('info'))
    .action(async (options: CoordinatorCommandOptions) => {
      await guarded(context, 'text', () => runCoordinator(context, options));
    });
}

/** @throws SamplerError INVALID_REQUEST where a part of what belongs together is missing */
function certificatesOf(options: CoordinatorCommandOptions) {
  const { certs, tlsCert, tlsKey, workerTlsCert, workerTlsKey, workerCa } = options;
  const all = certs === undefined ? undefined : tlsFilesIn(certs);
  const client = together(['--tls-cert', tlsCert], ['--tls-key', tlsKey]);
  const worker = together(
    ['--worker-tls-cert', workerTlsCert],
    ['--worker-tls-key', workerTlsKey],
    ['--worker-ca', workerCa],
  );
  const [cert, key] = client ?? [];
  const [ownCert, ownKey, ca] = worker ?? [];
  return {
    tls: cert && key ? { cert, key, ca: workerCa } : all,
    workerTls: ownCert && ownKey && ca ? { cert: ownCert, key: ownKey, ca } : all,
  };
}

function together(...files: [flag: string, file: string | undefined][]): string[] | undefined {
  const found = files.flatMap(([, file]) => file ?? []);
  if (found.length === 0) return undefined;
  if (found.length === files.length) return found;
  const flags = files.map(([flag]) => flag).join(', ');
  throw new SamplerError('INVALID_REQUEST', `found some of ${flags}, expected all or none`);
}

export async function runCoordinator(
  { terminal }: Context,
  options: CoordinatorCommandOptions,
): Promise<void> {
  // Loaded here: a client command needs neither the engine nor its libraries.
  const { startCoordinator } = await import('../../coordinator/main.ts');
  const { listen, workerListen, data: dataDir, insecureBindAnything, logLevel } = options;
  await prepareFolder('--data', dataDir);
  const interrupt = onInterrupt();
  const log = createLog(logLevel);
  const http = httpOptions(options);
  const certificates = certificatesOf(options);
  const coordinator = await startCoordinator({
    listen,
    workerListen,
    dataDir,
    tokensFile: options.tokens,
    insecureBindAnything,
    ...certificates,
    log,
    ...http,
    ...jobOptions(options),
  });
  const { ports } = coordinator;
  const { client, worker } = ports;
  const dashboard = httpUrl(http.httpListen, ports.http, certificates.tls !== undefined);
  const clients = withPort(listen, client);
  const workers = withPort(workerListen, worker);
  if (terminal.interactive) {
    terminal.out(`clients on ${clients}, workers on ${workers}, data in ${dataDir}\n`);
    if (dashboard !== undefined) {
      terminal.out(`dashboard on ${dashboard}, its token in ${operatorTokenFile(dataDir)}\n`);
    }
  } else {
    const event = { event: 'listening', clients, workers, dashboard, ports, dataDir };
    terminal.out(`${JSON.stringify(event)}\n`);
  }
  await interrupted(interrupt.signal);
  interrupt.release();
  await coordinator.close();
}
