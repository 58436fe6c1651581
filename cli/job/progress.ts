/** Three ways to follow a job: a live strip, JSON lines, or in silence. */
import type { JobStatus } from '../client/types.ts';
import { isFinal } from '../client.ts';
import { renderStrip } from '../output/strip.ts';
import { oneLine } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export interface Progress {
  show(status: JobStatus): void;
  /** Why the job cannot start; the same reason is said once. */
  waiting(reason: string): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

export type ProgressMode = 'strip' | 'lines' | 'silent';

export function progressMode(terminal: Terminal, json: boolean): ProgressMode {
  if (json) return 'silent';
  return terminal.interactive ? 'strip' : 'lines';
}

export function createProgress(terminal: Terminal, mode: ProgressMode, label?: string): Progress {
  if (mode === 'strip') return stripProgress(terminal, label);
  const write =
    mode === 'lines'
      ? (document: object): void => terminal.out(`${JSON.stringify(document)}\n`)
      : (): void => undefined;
  const sayOnce = once((reason) => {
    write({ event: 'waiting', reason });
    terminal.err(`isochron: waiting: ${reason}\n`);
  });
  return {
    show: (status) => {
      write({ event: 'progress', ...progressLine(status) });
      if (status.state === 'queued' && status.message !== '') sayOnce(status.message);
    },
    waiting: sayOnce,
    end: () => undefined,
  };
}

function progressLine(status: JobStatus): object {
  const { job, state, rounds, frontier, windowEnd, residual, modelCalls } = status;
  const { elapsedMs, baselineRounds, steps, rows } = status;
  return {
    job,
    state,
    rounds,
    frontier,
    windowEnd,
    steps,
    rows,
    residual,
    modelCalls,
    elapsedMs,
    baselineRounds,
  };
}

/** Before it is planned, about as many as steps. */
function rowsOf({ rows, steps }: JobStatus): number {
  return Math.max(1, rows || steps);
}

/** More often than this an eye sees flicker, not progress. */
const REDRAW_MS_MIN = 80;
/** Enough to tell the jobs of one screen apart. */
const JOB_DIGITS_SHOWN = 8;

function stripProgress(terminal: Terminal, label: string | undefined): Progress {
  let linesOnScreen = 0;
  let drawnAt = -Infinity;
  let pending: JobStatus | undefined;
  const clock = etaClock();

  function draw(status: JobStatus): void {
    const lines = renderStrip({ ...stripView(status), ...terminalView(), etaMs: clock(status) });
    terminal.out(`${erase()}${lines.join('\n')}\n`);
    linesOnScreen = lines.length;
    drawnAt = performance.now();
    pending = undefined;
  }
  function stripView(status: JobStatus) {
    const baseline = inBaseline(status);
    const name = label ?? status.job.slice(0, JOB_DIGITS_SHOWN);
    return {
      steps: rowsOf(status),
      frontier: baseline ? Math.min(status.baselineRounds, rowsOf(status)) : status.frontier,
      windowEnd: baseline ? status.baselineRounds + 1 : status.windowEnd,
      rounds: baseline ? status.baselineRounds : status.rounds,
      residual: baseline || status.rounds === 0 ? Number.NaN : status.residual,
      modelCalls: status.modelCalls,
      label: baseline ? `${name} (sequential)` : name,
    };
  }
  // A column is left free: some terminals wrap a line that fills the last one.
  const terminalView = () => ({ width: terminal.width() - 1, colour: terminal.colour });
  function erase(): string {
    const up = linesOnScreen === 0 ? '' : `\x1b[${linesOnScreen}A\x1b[J`;
    linesOnScreen = 0;
    return up;
  }

  const sayOnce = once((reason) => terminal.out(`${erase()}waiting: ${reason}\n`));
  return {
    show: (status) => {
      if (status.state === 'queued' && !inBaseline(status)) {
        if (status.message !== '') sayOnce(status.message);
        return;
      }
      const due = performance.now() - drawnAt >= REDRAW_MS_MIN;
      if (due || isFinal(status.state)) draw(status);
      else pending = status;
    },
    waiting: sayOnce,
    end: () => {
      if (pending !== undefined) draw(pending);
      linesOnScreen = 0;
    },
  };
}

function inBaseline(status: JobStatus): boolean {
  return status.baselineRounds > 0 && status.rounds === 0;
}

/** Frozen rows per time since the first one, continued; NaN until one is frozen. */
function etaClock(): (status: JobStatus) => number {
  let startedAt: number | undefined;
  let wasBaseline = false;
  return (status) => {
    const now = performance.now();
    const baseline = inBaseline(status);
    if (startedAt === undefined || baseline !== wasBaseline) startedAt = now;
    wasBaseline = baseline;
    const done = baseline ? status.baselineRounds : status.frontier;
    if (done === 0 || isFinal(status.state)) return Number.NaN;
    return ((now - startedAt) * (rowsOf(status) - done)) / done;
  };
}

function once(say: (reason: string) => void): (reason: string) => void {
  let last: string | undefined;
  return (text) => {
    const reason = withAdvice(oneLine(text));
    if (reason === last) return;
    last = reason;
    say(reason);
  };
}

/** The coordinator knows what is missing; how to start one is this program's business. */
function withAdvice(reason: string): string {
  const lacksWorker = /^no worker has model [^;]*$/.test(reason);
  return lacksWorker ? `${reason}; start one with \`isochron worker\`` : reason;
}
