/**
 * How many rounds and model calls a method takes on a model, as measured: a property of the two,
 * not of any machine. `npm run bench:convergence` writes it, the planner reads it.
 */

/** One setting, a single sample, mean over seeds. */
export interface ConvergenceEntry {
  readonly method: string;
  readonly solver: string;
  readonly steps: number;
  readonly window: number;
  /** With guidance the model runs in pairs and the trajectory bends more. */
  readonly guided: boolean;
  readonly rounds: number;
  readonly calls: number;
  /**
   * The course of a run at the middle of each of `PROFILE_POINTS` equal shares of its rounds: first
   * row that is not frozen, in thousandths of the steps ...
   */
  readonly frontier: readonly number[];
  /** ... and rows evaluated, in thousandths of the window. */
  readonly rows: readonly number[];
}

/** What becomes of a small error until the sample, measured against the sequential sampler. */
export interface Contraction {
  readonly solver: 'ddim' | 'ddpm';
  /** Noise levels sg of the rows that it was measured at, falling. */
  readonly sigma: readonly number[];
  /** Of an error there, the part that reaches the sample: geometric mean over trajectories. */
  readonly part: readonly number[];
}

export interface ConvergenceTable {
  /** That all entries were measured at. */
  readonly tolerance: number;
  /** Share of the rounds that is added when the tolerance is divided by ten. */
  readonly toleranceSlope: number;
  /** Share of the rounds that is added when the samples are multiplied by e. */
  readonly samplesSlope: number;
  readonly entries: readonly ConvergenceEntry[];
  /** One for each solver that it was measured for. */
  readonly contraction?: readonly Contraction[] | undefined;
}

/** Most that either slope may be. */
export const SLOPE_MAX = 10;
export const PROFILE_POINTS = 16;
/** Frontier and rows are kept in thousandths: a run is no more alike to another than that. */
export const PROFILE_UNIT = 1000;
