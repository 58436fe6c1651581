/**
 * From a configuration to the coefficients of every step, x' = a x + b D + c xi.
 *
 *   i, N          step i maps x[i] to x[i+1]; a prime is the value at i+1
 *   ab, al, sg    alphaBar, sqrt(alphaBar), sqrt(1 - alphaBar)
 *   g, c          reference and actual noise scale of the step
 *   D             the network's output, in its own prediction type
 *
 * Pair form, the single rule behind a and b (docs/NUMERICS.md, "One-step samplers"):
 *
 *   x' = al' x0 + sqrt(sg'^2 - c^2) eps + c xi
 *
 * The coordinator computes the Grid once and ships it; the rest follows from it with + - * / and
 * Math.sqrt, so every machine holds the same bits.
 */

import { unreachable } from '../kernel/assert.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import { levelOf, toDenoised, toEpsilon } from './parameterization.ts';
import type { Prediction } from './parameterization.ts';
import { alphaBars } from './schedule.ts';
import type { NoiseSchedule } from './schedule.ts';
import { ddimNoiseScale, posteriorScale } from './step/ddim.ts';
import { ddpmNoiseScale } from './step/ddpm.ts';
import { timesteps } from './timesteps.ts';
import type { Spacing } from './timesteps.ts';

/** What the coordinator decides and ships. */
export type Grid = {
  /** [N] model time of step i. */
  readonly timestep: Float64Array;
  /** [N+1] never descending; the last entry is the terminal value. */
  readonly alphaBar: Float64Array;
  /** [N] c, the scale of the step's noise. */
  readonly noiseScale: Float64Array;
  /** What the network predicts. */
  readonly prediction: Prediction;
};

/** The grid and everything derived from it. */
export type StepTable = Grid & {
  /** N */
  readonly steps: number;
  /** [N] a, multiplies the state. */
  readonly stateScale: Float64Array;
  /** [N] b, multiplies the network's output. */
  readonly outputScale: Float64Array;
  /** [N] g, the noise scale of eta = 1. */
  readonly sigmaPosterior: Float64Array;
  /** [N+1] al */
  readonly signal: Float64Array;
  /** [N+1] sg */
  readonly sigma: Float64Array;
  /** [N] sqrt(sg'^2 - c^2), the coefficient of eps in the pair form. */
  readonly direction: Float64Array;
  /** [N] p of x0 = p x + q D. */
  readonly denoisedFromState: Float64Array;
  /** [N] q of x0 = p x + q D. */
  readonly denoisedFromOutput: Float64Array;
  /** [N] sqrt(sg'^2 - c^2)/sg, carries x - al x0 to the next row in a roll-out. */
  readonly rolloutScale: Float64Array;
};

export type Solver = { readonly kind: 'ddim'; readonly eta: number } | { readonly kind: 'ddpm' };

export type GridOptions = {
  readonly schedule: NoiseSchedule;
  readonly spacing: Spacing;
  /** Shift of `leading` times; 1 for Stable Diffusion. */
  readonly offset: number;
  /** alphaBar of the finished sample: a number, usually 1, or `first` for the schedule's own. */
  readonly terminalAlphaBar: number | 'first';
  readonly steps: number;
  readonly solver: Solver;
  readonly prediction: Prediction;
};

function solverNoiseScale(solver: Solver, alphaBar: number, alphaBarNext: number): number {
  switch (solver.kind) {
    case 'ddim':
      return ddimNoiseScale(solver.eta, alphaBar, alphaBarNext);
    case 'ddpm':
      return ddpmNoiseScale(alphaBar, alphaBarNext);
    default:
      return unreachable(solver);
  }
}

/** The grid of a configuration: explicit pairs (t_i, t_{i+1}), the last one ending at terminal. */
export function buildGrid(options: GridOptions): Grid {
  const { schedule, spacing, offset, terminalAlphaBar, steps, solver, prediction } = options;
  const all = alphaBars(schedule);
  const times = timesteps(spacing, schedule.trainSteps, steps, offset);
  const alphaBar = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) alphaBar[i] = all[times[i]!]!;
  alphaBar[steps] = terminalAlphaBar === 'first' ? all[0]! : terminalAlphaBar;
  requireAlphaBars(alphaBar);
  const noiseScale = new Float64Array(steps);
  for (let i = 0; i < steps; i++) {
    noiseScale[i] = solverNoiseScale(solver, alphaBar[i]!, alphaBar[i + 1]!);
  }
  return { timestep: Float64Array.from(times), alphaBar, noiseScale, prediction };
}

/** 0 <= ab_0 <= .. <= ab_{N-1} < 1 and 0 < ab_N <= 1: no step divides by zero or adds noise. */
function requireAlphaBars(alphaBar: Float64Array): void {
  const last = alphaBar.length - 1;
  for (let i = 0; i <= last; i++) {
    const found = alphaBar[i]!;
    const before = i === 0 ? 0 : alphaBar[i - 1]!;
    const inside = i === last ? found > 0 && found <= 1 : found < 1;
    if (found >= before && inside) continue;
    const range = i === last ? 'above 0 and at most 1' : 'below 1';
    throw outOfRange(`alphaBar[${i}]`, found, `at least ${before}, the value before it, ${range}`);
  }
}

function requireGrid(grid: Grid): void {
  const { timestep, alphaBar, noiseScale } = grid;
  const steps = timestep.length;
  requireInteger('grid.timestep.length', steps, 1, limits.stepsMax);
  requireInteger('grid.alphaBar.length', alphaBar.length, steps + 1, steps + 1);
  requireInteger('grid.noiseScale.length', noiseScale.length, steps, steps);
  requireAlphaBars(alphaBar);
  for (let i = 0; i < steps; i++) {
    const t = timestep[i]!;
    if (!Number.isFinite(t)) throw outOfRange(`timestep[${i}]`, t, 'a finite number');
    const most = Math.sqrt(1 - alphaBar[i + 1]!);
    const c = noiseScale[i]!;
    // With ab = 0 and eta = 1 the noise is all of sg'; its rounding must not be an error.
    const inside = c >= 0 && c <= most * (1 + 1e-12);
    if (!inside) throw outOfRange(`noiseScale[${i}]`, c, `from 0 to ${most}, the next sigma`);
  }
}

function requireSignal(grid: Grid, i: number, signal: number): void {
  if (grid.prediction !== 'epsilon' || signal >= limits.epsilonSignalMin) return;
  throw outOfRange(
    `sqrt(alphaBar[${i}])`,
    signal,
    `at least ${limits.epsilonSignalMin} with an epsilon model (x0 divides by it); ` +
      'use a velocity or denoised model, or start at an earlier time',
  );
}

function emptyTable(grid: Grid, steps: number): StepTable {
  return {
    ...grid,
    steps,
    stateScale: new Float64Array(steps),
    outputScale: new Float64Array(steps),
    sigmaPosterior: new Float64Array(steps),
    signal: grid.alphaBar.map(Math.sqrt),
    sigma: grid.alphaBar.map((ab) => Math.sqrt(1 - ab)),
    direction: new Float64Array(steps),
    denoisedFromState: new Float64Array(steps),
    denoisedFromOutput: new Float64Array(steps),
    rolloutScale: new Float64Array(steps),
  };
}

/**
 * Everything the solvers need, from the grid alone. With x0 = p x + q D and eps = r x + s D,
 *
 *   a = al' p + sqrt(sg'^2 - c^2) r,     b = al' q + sqrt(sg'^2 - c^2) s
 *
 * sg'^2 - c^2 is formed as (sg' - c)(sg' + c), which is exactly 0 where c is all of sg'.
 */
export function stepTable(grid: Grid): StepTable {
  requireGrid(grid);
  const steps = grid.timestep.length;
  const table = emptyTable(grid, steps);
  for (let i = 0; i < steps; i++) {
    const level = levelOf(grid.alphaBar[i]!);
    requireSignal(grid, i, level.signal);
    const signalNext = table.signal[i + 1]!;
    const sigmaNext = table.sigma[i + 1]!;
    const c = grid.noiseScale[i]!;
    const direction = Math.sqrt(Math.max(0, (sigmaNext - c) * (sigmaNext + c)));
    const denoised = toDenoised(grid.prediction, level);
    const epsilon = toEpsilon(grid.prediction, level);
    table.direction[i] = direction;
    table.stateScale[i] = signalNext * denoised.fromState + direction * epsilon.fromState;
    table.outputScale[i] = signalNext * denoised.fromOutput + direction * epsilon.fromOutput;
    table.sigmaPosterior[i] = posteriorScale(grid.alphaBar[i]!, grid.alphaBar[i + 1]!);
    table.denoisedFromState[i] = denoised.fromState;
    table.denoisedFromOutput[i] = denoised.fromOutput;
    table.rolloutScale[i] = direction / level.sigma;
  }
  return table;
}
