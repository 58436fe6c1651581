/**
 * Rounds and calls of a setting that nobody measured, from those that somebody did.
 *
 *   N  steps   W  window   R  rounds   C  calls of one sample
 *
 * log(R/N) and log(C/N) are nearly straight lines in log N and log W: a small window makes R/N
 * about 1/W whatever N is, and with a full window R hardly grows with N. So both are interpolated
 * linearly in those logarithms, at the window W_i = W^(log N_i / log N) of each measured grid N_i:
 * it keeps 1/W where the window limits, and the full window full. W = 1 is known (R = C = N), and
 * so is N = 2, where there is nothing to win.
 */
import {
  PROFILE_POINTS,
  PROFILE_UNIT,
  type ConvergenceEntry,
  type ConvergenceTable,
} from '../../../shared/kernel/convergence.ts';
import { callsLeast } from '../../../shared/numerics/solver/called-rows.ts';

export interface RoundsQuestion {
  readonly method: string;
  /** 0 is the deterministic sampler, 1 is DDPM. */
  readonly eta: number;
  readonly steps: number;
  readonly window: number;
  readonly guided: boolean;
  readonly tolerance: number;
  readonly samples: number;
}

export interface RoundsEstimate {
  readonly rounds: number;
  /** Evaluations of (row, sample), all samples. */
  readonly calls: number;
  /** At the middle of equal shares of the rounds: first row not frozen, as a share of the steps. */
  readonly frontier: readonly number[];
  /** Rows that each sample evaluates in a round, as a share of the window. */
  readonly rows: readonly number[];
  /** Rows that a block calls of each sample, if it has as many. */
  readonly rowsLeast: number;
}

/** Where every update must be zero in each bit: as far as float32 reaches. */
const EXACT_TOLERANCE = 1e-7;
/** A model that was never measured with guidance: what it cost the bundled one. */
const GUIDED_FACTOR = 1.15;
const STEPS_WITHOUT_GAIN = 2;

interface Point {
  readonly logRounds: number;
  readonly logCalls: number;
  readonly frontier: readonly number[];
  readonly rows: readonly number[];
}

/** Undefined where the table knows nothing of the method. */
export function estimateRounds(
  table: ConvergenceTable,
  question: RoundsQuestion,
): RoundsEstimate | undefined {
  const { method, steps, eta, guided } = question;
  const own = table.entries.filter((entry) => entry.method === method);
  const sameGuidance = own.filter((entry) => entry.guided === guided);
  const entries = sameGuidance.length > 0 ? sameGuidance : own;
  const ddim = atSteps(ofSolver(entries, 'ddim'), question);
  const ddpm = atSteps(ofSolver(entries, 'ddpm'), question);
  const point = ddim && ddpm ? mix(ddim, ddpm, Math.min(1, Math.max(0, eta))) : (ddim ?? ddpm);
  if (!point) return undefined;
  const assumed = entries === sameGuidance || !guided ? 1 : GUIDED_FACTOR;
  const factor = assumed * toleranceFactor(table, question.tolerance);
  const alone = Math.min(steps, factor * steps * Math.exp(point.logRounds));
  const many = 1 + table.samplesSlope * Math.log(question.samples);
  const rounds = Math.max(1, Math.min(steps, alone * many));
  const calls = question.samples * steps * factor * Math.exp(point.logCalls);
  return scaled(point, { rounds, calls: Math.max(calls, question.samples), question });
}

function ofSolver(entries: readonly ConvergenceEntry[], solver: string): ConvergenceEntry[] {
  return entries.filter((entry) => entry.solver === solver);
}

function toleranceFactor(table: ConvergenceTable, tolerance: number): number {
  const wanted = Math.max(EXACT_TOLERANCE, tolerance);
  const decades = Math.log10(table.tolerance / wanted);
  return Math.max(0.2, 1 + table.toleranceSlope * decades);
}

/** Rows of a round are what the calls leave when they are spread over the rounds. */
function scaled(
  { frontier, rows }: Point,
  { rounds, calls, question }: { rounds: number; calls: number; question: RoundsQuestion },
): RoundsEstimate {
  const perRound = calls / rounds / question.samples / question.window;
  const mean = rows.reduce((sum, share) => sum + share, 0) / rows.length;
  return {
    rounds,
    calls,
    frontier,
    rows: rows.map((share) => Math.min(1, (share * perRound) / mean)),
    rowsLeast: callsLeast(question.eta === 0),
  };
}

function atSteps(
  entries: readonly ConvergenceEntry[],
  { steps, window }: RoundsQuestion,
): Point | undefined {
  if (entries.length === 0) return undefined;
  const grids = [...new Set(entries.map((entry) => entry.steps))].sort((a, b) => a - b);
  const [least = 1, most = 1] = [grids[0], grids.at(-1)];
  const at = (grid: number, rows: number): Point =>
    atWindow(
      entries.filter((entry) => entry.steps === grid),
      grid,
      rows,
    );
  if (steps >= most) return beyond(at(most, Math.min(window, most)), window / most);
  const above = grids.find((grid) => grid >= steps) ?? most;
  const relative = (grid: number) => window ** (Math.log(grid) / Math.log(steps));
  if (above === steps) return at(above, window);
  if (steps <= STEPS_WITHOUT_GAIN) return nothingWon;
  const below = grids.findLast((grid) => grid < steps);
  const upper = at(above, relative(above));
  const lower = below === undefined ? nothingWon : at(below, relative(below));
  const from = below ?? Math.min(STEPS_WITHOUT_GAIN, least);
  return mix(lower, upper, share(steps, from, above));
}

/**
 * A longer grid than any measured takes the same share of rounds with the same window, and a window
 * longer than it as many fewer as it is longer: the rounds of full windows hardly grow.
 */
function beyond(point: Point, windows: number): Point {
  return { ...point, logRounds: point.logRounds - Math.log(Math.max(1, windows)) };
}

const even = Array.from({ length: PROFILE_POINTS }, (_, p) => (p + 0.5) / PROFILE_POINTS);
const nothingWon: Point = {
  logRounds: 0,
  logCalls: 0,
  frontier: even,
  rows: even.map(() => 1),
};

/** Position of `value` between `low` and `high`, on a logarithmic scale. */
function share(value: number, low: number, high: number): number {
  if (high <= low) return 0;
  return Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));
}

function atWindow(entries: readonly ConvergenceEntry[], steps: number, window: number): Point {
  const known = [...entries].sort((a, b) => a.window - b.window);
  const upper = known.find((entry) => entry.window >= window - 1e-9) ?? known.at(-1);
  if (!upper) return nothingWon;
  const lower = known.findLast((entry) => entry.window < upper.window && entry.window <= window);
  const from = lower ? pointOf(lower) : nothingWon;
  return mix(from, pointOf(upper), share(window, lower?.window ?? 1, upper.window));
}

function pointOf({ steps, rounds, calls, frontier, rows }: ConvergenceEntry): Point {
  return {
    logRounds: Math.log(rounds / steps),
    logCalls: Math.log(calls / steps),
    frontier: frontier.map((value) => value / PROFILE_UNIT),
    rows: rows.map((value) => value / PROFILE_UNIT),
  };
}

function mix(a: Point, b: Point, weight: number): Point {
  const between = (x: number, y: number) => (1 - weight) * x + weight * y;
  const both = (x: readonly number[], y: readonly number[]) =>
    x.map((value, p) => between(value, y[p] ?? value));
  return {
    logRounds: between(a.logRounds, b.logRounds),
    logCalls: between(a.logCalls, b.logCalls),
    frontier: both(a.frontier, b.frontier),
    rows: both(a.rows, b.rows),
  };
}
