import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { LogLevel } from '../log.ts';
import { programFile } from './program-file.ts';

export interface WorkerProcessOptions {
  readonly coordinator: string;
  readonly tokenFile: string;
  readonly backend: string;
  readonly models: string;
  readonly threads: number;
  /** While the cluster has no other work. */
  readonly threadsAlone: number;
  readonly name: string;
  /** Workers in the process. */
  readonly count: number;
  readonly logLevel: LogLevel;
  /** How often it halves its largest batch. */
  readonly halvings: number;
  /** Every line that the worker writes. */
  readonly onLine: (line: string) => void;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even start. */
  readonly error?: string;
}

export interface WorkerProcess {
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<Ending>;
  /** Asks it to drain, and ends it if it takes longer than that. */
  stop(graceMs: number): Promise<void>;
}

/** `isochron worker` as a child of this process, which it does not outlive (commands/worker.ts). */
export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  return startChild(workerArguments(options), options.onLine);
}

/** @param args of `isochron worker` */
export function startChild(args: readonly string[], onLine: (line: string) => void): WorkerProcess {
  const argv = [...process.execArgv, programFile(), 'worker', ...args];
  const child = spawn(process.execPath, argv, {
    // The channel carries no message: its end tells the child that its parent is gone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Out of reach of the terminal's Ctrl-C, whose second signal would cut the drain short.
    detached: process.platform !== 'win32',
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine);
  }
  const exited = exitOf(child);
  return {
    exited,
    stop: async (graceMs) => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function workerArguments(options: WorkerProcessOptions): string[] {
  const { coordinator, tokenFile, backend, models } = options;
  const { threads, threadsAlone, name, count, logLevel, halvings } = options;
  return [
    ...['--coordinator', coordinator],
    ...['--token-file', tokenFile],
    ...['--backend', backend],
    ...['--models', models],
    ...['--threads', String(threads)],
    ...['--threads-alone', String(threadsAlone)],
    ...['--name', name],
    ...['--count', String(count)],
    ...['--log-level', logLevel],
    ...['--halve-batch', String(halvings)],
  ];
}

function exitOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ code: null, signal: null, error: message }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
