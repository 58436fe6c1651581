/** A coordinator process and worker processes, as a user starts them, and what they take. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../../cli/client.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { startWorkerProcess, until } from '../support/real-cluster.ts';

export interface LoadCluster {
  readonly address: string;
  /** Resident bytes of the coordinator. */
  memory(): Promise<number>;
  close(): Promise<void>;
}

export interface LoadClusterOptions {
  readonly workers: number;
  /** As on a worker's command line. */
  readonly backend: string;
}

export async function startLoadCluster(options: LoadClusterOptions): Promise<LoadCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-load-'));
  const args = ['--listen', '127.0.0.1:0', '--worker-listen', '127.0.0.1:0', '--data', dataDir];
  const main = join(packageRoot(), 'cli', 'main.ts');
  const coordinator = spawn(
    process.execPath,
    [main, 'coordinator', ...args, '--log-level', 'error'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { clients, ports } = await listening(coordinator);
  const workers = Array.from({ length: options.workers }, () =>
    startWorkerProcess(ports.worker, ['--backend', options.backend]),
  );
  const client = new Client({ coordinator: clients });
  try {
    await until(async () => {
      const found = await client.workers();
      return found.filter(({ state }) => state === 'ready').length === options.workers;
    });
  } finally {
    client.close();
  }
  return {
    address: clients,
    memory: () => residentBytes(coordinator.pid),
    close: async () => {
      for (const process of [...workers, coordinator]) await end(process);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Listening {
  readonly clients: string;
  readonly ports: { readonly worker: number };
}

async function listening({ stdout }: ChildProcess): Promise<Listening> {
  if (!stdout) throw new Error('the coordinator has no output to read');
  for await (const line of createInterface({ input: stdout })) {
    const said = JSON.parse(line) as Listening & { readonly event?: string };
    if (said.event === 'listening') return said;
  }
  throw new Error('the coordinator ended before it listened');
}

async function residentBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]);
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}
