/**
 * From a solver and a schedule to the grid that a job samples on: times, levels, noise and, where
 * the solver has not the pair form, its rule.
 */
import { unreachable } from '../kernel/assert.ts';
import { outOfRange } from '../kernel/limits.ts';
import type { Prediction } from './parameterization.ts';
import { alphaBars } from './schedule.ts';
import type { NoiseSchedule } from './schedule.ts';
import type { Grid } from './step-table.ts';
import { ddimNoiseScale } from './step/ddim.ts';
import { ddpmNoiseScale } from './step/ddpm.ts';
import { timesteps } from './timesteps.ts';
import type { Spacing } from './timesteps.ts';

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
  return {
    timestep: Float64Array.from(times),
    signal: alphaBar.map(Math.sqrt),
    sigma: alphaBar.map((power) => Math.sqrt(1 - power)),
    noiseScale,
    prediction,
  };
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
