import { setTimeout as sleep } from 'node:timers/promises';

import { SamplerError } from '../../shared/protocol/errors.ts';
import type { Ending, WorkerProcess } from './worker-process.ts';

export interface SupervisorOptions {
  /** `onLine` gets everything that the process writes. */
  readonly start: (onLine: (line: string) => void) => WorkerProcess;
  readonly name: string;
  /** Whether a worker that ended is started again, as systemd would do. */
  readonly restart: boolean;
  readonly onLine: (line: string) => void;
}

export interface Supervisor {
  /** Rejects when the worker has ended for good although nobody stopped it. */
  readonly broken: Promise<never>;
  stop(graceMs: number): Promise<void>;
}

const LINES_KEPT = 5;
const RESTART_PAUSE_MS = 500;
/** A worker that lived this long was well: what killed it is no reason to give up on it. */
const WELL_MS = 20_000;
const QUICK_ENDINGS_MAX = 3;
/** A bad option or a model that cannot be used: trying again changes nothing. */
const USAGE_CODE = 2;

/** Keeps one worker process running. */
export function supervise(options: SupervisorOptions): Supervisor {
  const lastLines: string[] = [];
  const start = (): WorkerProcess => options.start(keep);
  let stopping = false;
  let current = start();

  function keep(line: string): void {
    lastLines.push(line);
    if (lastLines.length > LINES_KEPT) lastLines.shift();
    options.onLine(line);
  }

  async function run(): Promise<never> {
    let quickEndings = 0;
    for (;;) {
      const startedMs = performance.now();
      const ending = await current.exited;
      if (stopping) return new Promise<never>(() => undefined);
      quickEndings = performance.now() - startedMs < WELL_MS ? quickEndings + 1 : 0;
      const hopeless = ending.code === USAGE_CODE || quickEndings >= QUICK_ENDINGS_MAX;
      if (!options.restart || hopeless) throw workerEnded(options.name, ending, lastLines);
      options.onLine(`ended (${describe(ending)}), starting again`);
      await sleep(RESTART_PAUSE_MS);
      // It may have been told to stop meanwhile.
      if (!stopping) current = start();
    }
  }

  const broken = run();
  // Whoever waits for it sees the rejection; a caller that does not must not crash.
  broken.catch(() => undefined);
  return {
    broken,
    stop: async (graceMs) => {
      stopping = true;
      await current.stop(graceMs);
    },
  };
}

function describe({ code, signal, error }: Ending): string {
  return error ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
}

function workerEnded(name: string, ending: Ending, lastLines: readonly string[]): SamplerError {
  if (ending.code === USAGE_CODE) {
    const reason = lastLines.at(-1)?.replace(/^isochron: /, '') ?? 'a bad option';
    return new SamplerError('INVALID_REQUEST', `${name}: ${reason}`);
  }
  const said = lastLines.length === 0 ? '' : `; its last lines: ${lastLines.join(' | ')}`;
  return new SamplerError('WORKER_LOST', `${name} ended (${describe(ending)})${said}`);
}
