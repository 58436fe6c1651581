/**
 * From a grid to the coefficients of every step.
 *
 *   i, N      step i maps x[i] to x[i+1]; a prime is the value at i+1
 *   al, sg    signal and sigma of a row: x = al x0 + sg eps. Rows are what the network is given,
 *             so al^2 + sg^2 = 1 for models of variance-preserving noise, al + sg = 1 for flows
 *   g, c      reference and actual noise scale of the step
 *   D         the network's output, in its own prediction type
 *
 * One-step samplers have the pair form (docs/NUMERICS.md, "One-step samplers"), from which a and b
 * of x' = a x + b D + c xi follow:
 *
 *   x' = al' x0 + sqrt(sg'^2 - c^2) eps + c xi
 *
 * All others bring a rule of their own, `StepRule`. The coordinator computes the Grid once and
 * ships it; the rest follows from it with + - * / and Math.sqrt, so every machine holds the same
 * bits.
 */

import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import type { StepRule } from '../kernel/step-rule.ts';
import { toDenoised, toEpsilon } from './parameterization.ts';
import type { Level, Prediction } from './parameterization.ts';
import { posteriorDeviation } from './step/posterior.ts';
import { requireRule } from './step/check-rule.ts';

/** What the coordinator decides and ships. */
export type Grid = {
  /** [N] model time of step i. */
  readonly timestep: Float64Array;
  /** [N+1] al; the last entry is that of the sample. */
  readonly signal: Float64Array;
  /** [N+1] sg */
  readonly sigma: Float64Array;
  /** [N] c, the scale of the step's noise. */
  readonly noiseScale: Float64Array;
  /** What the network predicts. */
  readonly prediction: Prediction;
  /** x[0] is unit noise times this; absent: 1. */
  readonly initialScale?: number | undefined;
  /** What makes the next state; absent: the pair form. */
  readonly rule?: StepRule | undefined;
};

/** The grid and everything derived from it. */
export type StepTable = Grid & {
  /** N */
  readonly steps: number;
  /** Latents of a row's state: x, then the values M of the rows before that its step may use. */
  readonly parts: number;
  /** [N] a, multiplies the state; with a rule, what is left of it once M_i is written out. */
  readonly stateScale: Float64Array;
  /** [N] b, multiplies the network's output; the same. */
  readonly outputScale: Float64Array;
  /** [N] g, the noise scale of eta = 1. */
  readonly sigmaPosterior: Float64Array;
  /** [N] sqrt(sg'^2 - c^2), the coefficient of eps in the pair form. */
  readonly direction: Float64Array;
  /** [N] p of x0 = p x + q D. */
  readonly denoisedFromState: Float64Array;
  /** [N] q of x0 = p x + q D. */
  readonly denoisedFromOutput: Float64Array;
  /** [N] p and q of M = p x + q D, before any bound; those of x0 without a rule. */
  readonly valueFromState: Float64Array;
  readonly valueFromOutput: Float64Array;
  /** [N] carries x - al x0 to the next row in a roll-out: sqrt(sg'^2 - c^2)/sg in the pair form. */
  readonly rolloutScale: Float64Array;
  /** [N] What an error of a row's M is multiplied with, over all steps that use it. */
  readonly valueWeight: Float64Array;
};

function requireGrid(grid: Grid): void {
  const { timestep, signal, sigma, noiseScale, initialScale = 1 } = grid;
  const steps = timestep.length;
  requireInteger('grid.timestep.length', steps, 1, limits.stepsMax);
  requireInteger('grid.signal.length', signal.length, steps + 1, steps + 1);
  requireInteger('grid.sigma.length', sigma.length, steps + 1, steps + 1);
  requireInteger('grid.noiseScale.length', noiseScale.length, steps, steps);
  requireLevels(grid, steps);
  if (!(initialScale > 0 && Number.isFinite(initialScale))) {
    throw outOfRange('initialScale', initialScale, 'a number above 0');
  }
  for (let i = 0; i < steps; i++) {
    const t = timestep[i]!;
    if (!Number.isFinite(t)) throw outOfRange(`timestep[${i}]`, t, 'a finite number');
    // With al = 0 and eta = 1 the noise is all of sg'; its rounding must not be an error.
    const most = grid.rule ? Number.MAX_VALUE : sigma[i + 1]! * (1 + 1e-12);
    const c = noiseScale[i]!;
    if (c >= 0 && c <= most) continue;
    throw outOfRange(`noiseScale[${i}]`, c, `from 0 to ${most}, the next sigma`);
  }
  if (grid.rule) requireRule(grid.rule, steps);
}

/**
 * Signal at the end, noise everywhere else: no step divides by zero. Without a rule there is ever
 * more signal, or the pair form would add noise that is not there.
 */
function requireLevels({ signal, sigma, rule }: Grid, steps: number): void {
  for (let i = 0; i <= steps; i++) {
    const [al, sg] = [signal[i]!, sigma[i]!];
    const known = al >= 0 && sg >= 0 && Number.isFinite(al) && Number.isFinite(sg);
    const inside = i === steps ? al > 0 : sg > 0;
    const before = i === 0 ? 0 : signal[i - 1]!;
    const clearer = rule !== undefined || i === 0 || al * sigma[i - 1]! >= before * sg;
    if (known && inside && clearer) continue;
    const part = i === steps ? 'signal' : 'noise';
    const expected = `finite, with ${part}, and no less signal than the row before`;
    throw outOfRange(`signal[${i}] and sigma[${i}]`, `${al} and ${sg}`, expected);
  }
}

function requireSignal(grid: Grid, i: number, { signal }: Level): void {
  if (grid.prediction !== 'epsilon' || signal >= limits.epsilonSignalMin) return;
  throw outOfRange(
    `signal[${i}]`,
    signal,
    `at least ${limits.epsilonSignalMin} with an epsilon model (x0 divides by it); ` +
      'use a velocity or denoised model, or start at an earlier time',
  );
}

function emptyTable(grid: Grid, steps: number): StepTable {
  return {
    ...grid,
    steps,
    parts: grid.rule?.depth ?? 1,
    stateScale: new Float64Array(steps),
    outputScale: new Float64Array(steps),
    sigmaPosterior: new Float64Array(steps),
    direction: new Float64Array(steps),
    denoisedFromState: new Float64Array(steps),
    denoisedFromOutput: new Float64Array(steps),
    valueFromState: new Float64Array(steps),
    valueFromOutput: new Float64Array(steps),
    rolloutScale: new Float64Array(steps),
    valueWeight: new Float64Array(steps),
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
    const level = { signal: grid.signal[i]!, sigma: grid.sigma[i]! };
    requireSignal(grid, i, level);
    const next = { signal: grid.signal[i + 1]!, sigma: grid.sigma[i + 1]! };
    const c = grid.noiseScale[i]!;
    const direction = Math.sqrt(Math.max(0, (next.sigma - c) * (next.sigma + c)));
    const denoised = toDenoised(grid.prediction, level);
    const epsilon = toEpsilon(grid.prediction, level);
    table.direction[i] = direction;
    table.sigmaPosterior[i] = posteriorDeviation(level, next);
    table.denoisedFromState[i] = denoised.fromState;
    table.denoisedFromOutput[i] = denoised.fromOutput;
    const value = grid.rule?.value === 'epsilon' ? epsilon : denoised;
    table.valueFromState[i] = value.fromState;
    table.valueFromOutput[i] = value.fromOutput;
    table.rolloutScale[i] = direction / level.sigma;
    if (grid.rule) deriveFromRule(table, grid.rule, i);
    else {
      table.stateScale[i] = next.signal * denoised.fromState + direction * epsilon.fromState;
      table.outputScale[i] = next.signal * denoised.fromOutput + direction * epsilon.fromOutput;
    }
  }
  if (!grid.rule) {
    for (const [i, keep] of table.rolloutScale.entries()) {
      table.valueWeight[i] = Math.abs(grid.signal[i + 1]! - keep * grid.signal[i]!);
    }
  }
  return table;
}

/** What a rule makes of x and D themselves, the values of the rows before left out. */
function deriveFromRule(table: StepTable, rule: StepRule, i: number): void {
  const { depth, valueScale } = rule;
  const own = valueScale[i * depth]!;
  table.stateScale[i] = rule.stateScale[i]! + own * table.valueFromState[i]!;
  table.outputScale[i] = rule.outputScale[i]! + own * table.valueFromOutput[i]!;
  // a constant x0 is what the sampler itself makes of x - al x0; other rules roll out as DDIM does
  if (rule.value === 'denoised' && rule.outputScale[i] === 0) {
    table.rolloutScale[i] = rule.stateScale[i]!;
  }
  // later steps take back some of what an error of M does, but never at the same place
  let [net, size] = [0, 0];
  for (let k = 0; k < depth && i + k < table.steps; k++) {
    const scale = valueScale[(i + k) * depth + k]!;
    net += scale;
    size += Math.abs(scale);
  }
  table.valueWeight[i] = Math.max(Math.abs(net), size / 2);
}
