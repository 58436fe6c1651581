/** A coordinator in this process and real worker processes that a run may kill: only its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from '../../cli/client.ts';
import { startCoordinator } from '../../coordinator/main.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { createLedger, type Ledger } from './ledger.ts';

export interface FleetOptions {
  readonly workers: number;
  /** Of the bundled ones, the only one that they load; or `mixture6`, which needs no file. */
  readonly model: string;
  readonly leaseMs: number;
  /** For every worker that is started from now on. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface FleetWorker {
  /** As the coordinator calls it now. */
  readonly id: string;
  readonly process: ChildProcess;
}

export interface Fleet {
  readonly client: Client;
  readonly ledger: Ledger;
  /** Those that are registered, by the name that they keep. */
  registered(): FleetWorker[];
  /** Starts as many as are missing, and waits until all are registered and measured. */
  fill(): Promise<void>;
  close(): Promise<void>;
}

const READY_MS = 180_000;
const POLL_MS = 25;

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-chaos-'));
  const any = '127.0.0.1:0';
  const ledger = createLedger();
  const { log } = ledger;
  const { leaseMs } = options;
  const coordinator = await startCoordinator({
    ...{ listen: any, workerListen: any, dataDir, log, leaseMs },
  });
  const client = new Client({ coordinator: `127.0.0.1:${coordinator.ports.client}` });
  const processes = new Map<string, ChildProcess>();
  let started = 0;
  endWith(processes);

  const start = (): void => {
    const name = `chaos-${++started}`;
    const child = startWorker(coordinator.ports.worker, name, options);
    processes.set(name, child);
    child.once('exit', () => processes.delete(name));
  };
  const isUp = ({ signalCode, exitCode }: ChildProcess) => signalCode === null && exitCode === null;
  const names = new Map<string, string>();
  const registered = (): FleetWorker[] => {
    // the newest registration of a name counts
    for (const { msg, worker, name } of ledger.entries) {
      if (msg === 'worker registered' && worker && name) names.set(name, worker);
    }
    return [...processes].flatMap(([name, process]) => {
      const id = names.get(name);
      return id === undefined || !isUp(process) ? [] : [{ id, process }];
    });
  };

  return {
    client,
    ledger,
    registered,
    async fill() {
      while (processes.size < options.workers) start();
      const deadline = performance.now() + READY_MS;
      for (;;) {
        const ready = (await client.workers()).filter(({ state }) => state === 'ready');
        const up = new Set(registered().map(({ id }) => id));
        const here = ready.filter(({ id }) => up.has(id)).length;
        if (here === options.workers && ready.length === here) break;
        if (performance.now() > deadline) throw new Error(`${here} of ${options.workers} workers`);
        while (processes.size < options.workers) start();
        await sleep(POLL_MS);
      }
      await coordinator.measured();
    },
    async close() {
      await Promise.all([...processes.values()].map(end));
      client.close();
      await coordinator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Whoever is left when this process ends, by whichever signal, must not outlive it. */
function endWith(processes: ReadonlyMap<string, ChildProcess>): void {
  process.once('exit', () => {
    for (const child of processes.values()) child.kill('SIGKILL');
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function startWorker(port: number, name: string, options: FleetOptions): ChildProcess {
  const main = join(packageRoot(), 'worker', 'main.ts');
  const folder = join(packageRoot(), 'models', options.model);
  const served = options.model === 'mixture6' ? ['--backend', 'analytic'] : ['--models', folder];
  // figures of latency are nobody's business here, and starting workers takes most of the time
  const measured = ['--measure-ms', '100'];
  const args = [main, '--coordinator', `127.0.0.1:${port}`, '--name', name];
  args.push(...served, ...measured);
  const env = { ...process.env, ...options.environment };
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore'], env });
}
