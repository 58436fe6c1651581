import { setTimeout as sleep } from 'node:timers/promises';

import { SamplerError } from '../../shared/protocol/errors.ts';
import type { Ending, WorkerProcess } from './worker-process.ts';

export interface SupervisorOptions {
  /**
   * `onLine` gets everything that the process writes; `halvings` is how often processes before it
   * were killed for their memory: so often it halves its largest batch.
   */
  readonly start: (onLine: (line: string) => void, halvings: number) => WorkerProcess;
  readonly name: string;
  /** Whether a worker that ended is started again, as systemd would do. */
  readonly restart: boolean;
  readonly onLine: (line: string) => void;
  /** Before the first restart; twice as long before every later one of the same kind. */
  readonly pauseMs?: number;
}

export interface Supervisor {
  /** Rejects when the worker has ended for good although nobody stopped it. */
  readonly broken: Promise<never>;
  stop(graceMs: number): Promise<void>;
}

const LINES_KEPT = 5;
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 15_000;
/** A worker that lived this long was well: what killed it is no reason to give up on it. */
const WELL_MS = 20_000;
/** More than a job that kills its workers may take with it before it is failed. */
const SAME_ENDINGS_MAX = 5;
/** A batch of one is all that is left then, whatever the model takes. */
const HALVINGS_MAX = 10;
/** A bad option or a model that cannot be used: trying again changes nothing. */
const USAGE_CODE = 2;

/** Keeps one worker process running. */
export function supervise(options: SupervisorOptions): Supervisor {
  const lastLines: string[] = [];
  const start = (halvings: number): WorkerProcess => options.start(keep, halvings);
  let stopping = false;
  let current = start(0);

  function keep(line: string): void {
    lastLines.push(line);
    if (lastLines.length > LINES_KEPT) lastLines.shift();
    options.onLine(line);
  }

  async function run(): Promise<never> {
    let same = { cause: '', times: 0 };
    let halvings = 0;
    for (;;) {
      const startedMs = performance.now();
      const ending = await current.exited;
      if (stopping) return new Promise<never>(() => undefined);
      const cause = causeOf(ending, lastLines);
      const again = cause === same.cause && performance.now() - startedMs < WELL_MS;
      same = { cause, times: again ? same.times + 1 : 1 };
      const hopeless = ending.code === USAGE_CODE || same.times >= SAME_ENDINGS_MAX;
      if (!options.restart || hopeless) {
        throw workerEnded(options.name, { ending, lastLines, times: same.times });
      }
      if (cause === 'memory') halvings = Math.min(HALVINGS_MAX, halvings + 1);
      options.onLine(`ended (${describe(ending)}), starting again${advice(cause)}`);
      lastLines.length = 0;
      const { pauseMs = PAUSE_MS } = options;
      await sleep(Math.min(PAUSE_MS_MAX, pauseMs * 2 ** (same.times - 1)));
      // It may have been told to stop meanwhile.
      if (!stopping) current = start(halvings);
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

/**
 * What to remember of an end. SIGKILL that is neither ours nor the watchdog's is the kernel's,
 * which ends who takes too much memory; a runtime that finds none left aborts and says so.
 */
function causeOf({ code, signal, error }: Ending, lines: readonly string[]): string {
  const said = lines.join(' ');
  if (said.includes('a model call has hung')) return 'hung';
  if (signal === 'SIGKILL' || /heap out of memory|bad_alloc/.test(said)) return 'memory';
  return error ?? signal ?? `exit code ${code}`;
}

function advice(cause: string): string {
  return cause === 'memory' ? ' with half the batch, as it may have run out of memory' : '';
}

function describe({ code, signal, error }: Ending): string {
  return error ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
}

interface Last {
  readonly ending: Ending;
  readonly lastLines: readonly string[];
  /** How often in a row it ended like that. */
  readonly times: number;
}

function workerEnded(name: string, { ending, lastLines, times }: Last): SamplerError {
  if (ending.code === USAGE_CODE) {
    const reason = lastLines.at(-1)?.replace(/^isochron: /, '') ?? 'a bad option';
    return new SamplerError('INVALID_REQUEST', `${name}: ${reason}`);
  }
  const said = lastLines.length === 0 ? '' : `; its last lines: ${lastLines.join(' | ')}`;
  const often = times > 1 ? ` ${times} times in a row, soon after its start` : '';
  return new SamplerError('WORKER_LOST', `${name} ended (${describe(ending)})${often}${said}`);
}
