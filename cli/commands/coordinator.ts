import type { Command } from 'commander';

import { defaultCoordinator, defaultWorkerAddress, withPort } from '../arguments.ts';
import { prepareFolder } from '../folder.ts';
import { createLog, logLevelOption } from '../log.ts';
import type { LogLevel } from '../log.ts';
import { interrupted, onInterrupt } from '../signals.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

export interface CoordinatorCommandOptions {
  readonly listen: string;
  readonly workerListen: string;
  readonly data: string;
  readonly insecureBindAnything: boolean;
  readonly logLevel: LogLevel;
}

/** Where a coordinator listens and keeps its data: shared with `up`. */
export function addListenOptions(command: Command): Command {
  return command
    .option('--listen <host:port>', 'port of clients; 0 picks a free one', defaultCoordinator)
    .option('--worker-listen <host:port>', 'port of workers', defaultWorkerAddress)
    .option('--data <dir>', 'folder of results and ports.json', './isochron-data');
}

export function registerCoordinator(program: Command, context: Context): void {
  const command = program
    .command('coordinator')
    .description('accept jobs and workers, until Ctrl-C');
  addListenOptions(command)
    .option('--insecure-bind-anything', 'listen beyond loopback without authentication', false)
    .addOption(logLevelOption('info'))
    .action(async (options: CoordinatorCommandOptions) => {
      await guarded(context, 'text', () => runCoordinator(context, options));
    });
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
  const coordinator = await startCoordinator({
    listen,
    workerListen,
    dataDir,
    insecureBindAnything,
    log,
  });
  const { client, worker } = coordinator.ports;
  const clients = withPort(listen, client);
  const workers = withPort(workerListen, worker);
  if (terminal.interactive) {
    terminal.out(`clients on ${clients}, workers on ${workers}, data in ${dataDir}\n`);
  } else {
    const ports = { client, worker };
    terminal.out(`${JSON.stringify({ event: 'listening', clients, workers, ports, dataDir })}\n`);
  }
  await interrupted(interrupt.signal);
  interrupt.release();
  await coordinator.close();
}
