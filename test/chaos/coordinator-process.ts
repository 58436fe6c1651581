/** A coordinator of its own process on fixed ports and one folder, through all its lives. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { packageRoot } from '../../shared/protocol/package-root.ts';

export interface LifeOptions {
  readonly checkpointMs: number;
  /** As `ISOCHRON_FAILPOINTS`. */
  readonly failpoints?: string;
}

export interface Life {
  /** Milliseconds from its start to its first line; undefined where it ended before. */
  readonly listening: Promise<number | undefined>;
  /** Resolves when it has ended; the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  kill(signal?: NodeJS.Signals): void;
}

export interface Ports {
  readonly client: number;
  readonly worker: number;
}

export async function freePorts(): Promise<Ports> {
  const servers = await Promise.all([0, 1].map(listening));
  const [client = 0, worker = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { client, worker };
}

async function listening() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function startCoordinatorProcess(folder: string, ports: Ports, options: LifeOptions): Life {
  const { checkpointMs, failpoints } = options;
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      join(packageRoot(), 'cli', 'main.ts'),
      'coordinator',
      ...['--listen', `127.0.0.1:${ports.client}`],
      ...['--worker-listen', `127.0.0.1:${ports.worker}`],
      ...['--data', folder],
      ...['--checkpoint-ms', String(checkpointMs)],
      ...['--log-level', 'error'],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...(failpoints !== undefined && { NODE_ENV: 'test', ISOCHRON_FAILPOINTS: failpoints }),
      },
    },
  );
  const ended = endOf(child);
  return {
    listening: Promise.race([firstLine(child, started), ended.then(() => undefined)]),
    ended,
    kill: (signal = 'SIGKILL') => void child.kill(signal),
  };
}

async function firstLine(child: ChildProcess, started: number): Promise<number | undefined> {
  if (!child.stdout) return undefined;
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return performance.now() - started;
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}
