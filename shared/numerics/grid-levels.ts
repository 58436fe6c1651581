/**
 * Levels of a configuration. Three families of solvers choose theirs differently on the same
 * schedule, as their authors did and other libraries still do:
 *
 *   times    integer training times (DDIM, DDPM, PLMS, LCM, TCD); the sample has an alphaBar
 *   ratios   z = x/al of variance-exploding noise (Euler, Heun, LMS); fractional times, sigmas
 *            spaced between those of the first and the last time
 *   lambda   lam = ln(al/sg) (DPM-Solver++, UniPC, DEIS, SA-Solver); N + 1 points with the end
 *            dropped, sigmas spaced over the whole schedule, whole times
 *
 * Where lam counts, a level without signal has that of half precision, alphaBar = 2^-24.
 */
import { unreachable } from '../kernel/assert.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import { preservingLevel, type Levels } from './levels.ts';
import { levelOf, type Level } from './parameterization.ts';
import { alphaBars, linspace } from './schedule.ts';
import type { BetaSchedule, EdmSchedule, FlowSchedule } from './schedule.ts';
import { interpolated, requireDescending, requirePositive } from './sigma-spacing.ts';
import { spacedSigmas, timeOf } from './sigma-spacing.ts';
import type { SigmaSpacing } from './sigma-spacing.ts';
import { roundHalfEven, timesteps, timestepsWithEnd, type Spacing } from './timesteps.ts';

export type LevelFamily = 'ratios' | 'lambda';

export type LevelOptions = {
  readonly spacing: Spacing;
  /** Shift of `leading` times; 1 for Stable Diffusion. */
  readonly offset: number;
  /** alphaBar of the finished sample: a number, usually 1, or `first` for the schedule's own. */
  readonly terminalAlphaBar: number | 'first';
  readonly steps: number;
  /** The first of them, which are left out: the sampler starts behind them. Absent: none. */
  readonly skip?: number | undefined;
  /** Levels by their ratio sg/al; absent: those of the times. */
  readonly sigmas?: SigmaSpacing | undefined;
};

/** alphaBar below which there is no signal for half precision. */
const ALPHA_BAR_MIN = 2 ** -24;

/** A flow that starts this close to pure noise starts there. */
const FLOW_SIGNAL_MIN = 1e-6;

function assemble(timestep: ArrayLike<number>, levels: readonly Level[], scale: number): Levels {
  return {
    timestep: Float64Array.from(timestep),
    signal: Float64Array.from(levels, ({ signal }) => signal),
    sigma: Float64Array.from(levels, ({ sigma }) => sigma),
    initialScale: scale,
  };
}

/** Levels at training times, with the powers that they are the roots of. */
export type TimedLevels = Levels & { readonly alphaBar: Float64Array };

/** Levels at given training times. */
export function levelsAtTimes(
  schedule: BetaSchedule,
  times: ArrayLike<number>,
  terminalAlphaBar: number | 'first',
): TimedLevels {
  const all = alphaBars(schedule);
  const alphaBar = Array.from(times, (time) => all[time]!);
  alphaBar.push(terminalAlphaBar === 'first' ? all[0]! : terminalAlphaBar);
  requireAlphaBars(alphaBar);
  return { ...assemble(times, alphaBar.map(levelOf), 1), alphaBar: Float64Array.from(alphaBar) };
}

/** 0 <= ab_0 <= .. <= ab_{N-1} < 1 and 0 < ab_N <= 1: no step divides by zero or adds noise. */
function requireAlphaBars(alphaBar: readonly number[]): void {
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

/**
 * Where each step leads whose stride is floor(T/N) training times, whatever the next row's time is:
 * what DDIM and PLMS of diffusers do. The same as the next row for `leading`, and for `trailing`
 * where N divides T.
 */
export function strideTargets(schedule: BetaSchedule, levels: Levels, steps: number): Level[] {
  const all = alphaBars(schedule);
  const { timestep, signal, sigma } = levels;
  const count = timestep.length;
  const stride = Math.floor(schedule.trainSteps / steps);
  const sample = { signal: signal[count]!, sigma: sigma[count]! };
  return Array.from(timestep, (time) => (time >= stride ? levelOf(all[time - stride]!) : sample));
}

/** sg/al by training time, the last one finite. */
function ratiosOf(schedule: BetaSchedule): Float64Array {
  const all = alphaBars(schedule);
  if (all.at(-1) === 0) all[all.length - 1] = ALPHA_BAR_MIN;
  return all.map((power) => Math.sqrt((1 - power) / power));
}

/** Levels for solvers in z = x/al or in lam. */
export function betaLevels(
  schedule: BetaSchedule,
  options: LevelOptions,
  family: LevelFamily,
): Levels {
  const ratios = ratiosOf(schedule);
  const { timestep, ratio } = visited(schedule, ratios, options, family);
  const { terminalAlphaBar: end, steps } = options;
  const last = end === 'first' ? ratios[0]! : Math.sqrt((1 - end) / end);
  if (!(last >= 0 && last <= ratio[steps - 1]!)) {
    const least = 1 / (1 + ratio[steps - 1]! ** 2);
    throw outOfRange('terminalAlphaBar', end, `from ${least}, that of the last step, to 1`);
  }
  const levels = Array.from(ratio, preservingLevel);
  levels.push(family === 'ratios' ? { signal: 1, sigma: last } : preservingLevel(last));
  // for `leading` times, whose first is not the last of training, all of the variance is noise
  const plain = family === 'lambda' || options.spacing === 'leading';
  return assemble(timestep, levels, plain ? 1 : levels[0]!.sigma);
}

type Visited = { readonly timestep: ArrayLike<number>; readonly ratio: Float64Array };

function visited(
  schedule: BetaSchedule,
  ratios: Float64Array,
  { spacing, offset, steps, sigmas }: LevelOptions,
  family: LevelFamily,
): Visited {
  const { trainSteps } = schedule;
  if (sigmas?.kind === 'times') {
    const timestep = requireDescending('sigmas.values', sigmas.values, steps);
    if (timestep[0]! > trainSteps - 1) {
      throw outOfRange(
        'sigmas.values[0]',
        timestep[0],
        `at most ${trainSteps - 1}, a training time`,
      );
    }
    return { timestep, ratio: timestep.map((time) => interpolated(ratios, time)) };
  }
  const timestep = Float64Array.from(
    family === 'lambda'
      ? timestepsWithEnd(spacing, trainSteps, steps, offset)
      : spacing === 'linspace'
        ? linspace(0, trainSteps - 1, steps).reverse()
        : timesteps(spacing, trainSteps, steps, offset),
  );
  const plain = timestep.map((time) => interpolated(ratios, time));
  if (!sigmas) return { timestep, ratio: plain };
  const whole = family === 'lambda';
  const most = whole ? ratios.at(-1)! : plain[0]!;
  const least = whole ? ratios[0]! : plain[steps - 1]!;
  const ratio = spacedSigmas(sigmas, most, least, steps);
  const times = ratio.map((r) => timeOf(r, ratios));
  if (!whole) return { timestep: times, ratio };
  // others round the times of Karras levels only, and cut the rest off
  const rounded = sigmas.kind === 'karras' && schedule.kind !== 'cosine';
  return { timestep: times.map(rounded ? roundHalfEven : Math.floor), ratio };
}

/** The level of a flow at s. */
function flowLevel(s: number): Level {
  return { signal: 1 - s, sigma: s };
}

/**
 * Levels of a flow. `linspace`: between the shifted first and last training time, shifted again, as
 * Stable Diffusion 3 does; `trailing`: 1, 1 - 1/N, .., shifted, as FLUX does. With lambda: N + 1
 * points from 1 - 1/T with the end dropped, or (`trailing`) the same, and never without signal.
 */
export function flowLevels(
  schedule: FlowSchedule,
  { spacing, steps, sigmas, terminalAlphaBar }: LevelOptions,
  family: LevelFamily,
): Levels {
  const { trainSteps, shift, shiftTerminal } = schedule;
  requireInteger('schedule.trainSteps', trainSteps, 2, limits.trainStepsMax);
  requirePositive('schedule.shift', shift);
  if (terminalAlphaBar !== 1) {
    throw outOfRange('terminalAlphaBar', terminalAlphaBar, '1: a flow ends at its sample');
  }
  const shifted = (s: number): number => (shift * s) / (1 + (shift - 1) * s);
  const plain = flowSpacing(spacing, steps, trainSteps, family === 'lambda' ? undefined : shifted);
  let s: Float64Array = plain.map(shifted);
  if (shiftTerminal !== undefined) {
    if (!(shiftTerminal > 0 && shiftTerminal < 1)) {
      throw outOfRange('schedule.shiftTerminal', shiftTerminal, 'strictly between 0 and 1');
    }
    const stretch = (1 - s[steps - 1]!) / (1 - shiftTerminal);
    s = s.map((value) => 1 - (1 - value) / stretch);
  }
  if (sigmas) {
    s =
      sigmas.kind === 'times'
        ? requireDescending('sigmas.values', sigmas.values, steps).map((t) => t / trainSteps)
        : spacedSigmas(sigmas, s[0]!, s[steps - 1]!, steps);
  }
  if (family === 'lambda' && 1 - s[0]! < FLOW_SIGNAL_MIN) s[0] = 1 - FLOW_SIGNAL_MIN;
  const whole = family === 'lambda';
  const timestep = s.map((value) => (whole ? Math.floor(value * trainSteps) : value * trainSteps));
  return assemble(timestep, [...Array.from(s, flowLevel), flowLevel(0)], 1);
}

/** Before the shift; `shifted` is for the ends of `linspace` that are shifted already. */
function flowSpacing(
  spacing: Spacing,
  steps: number,
  trainSteps: number,
  shifted?: (s: number) => number,
): Float64Array {
  switch (spacing) {
    case 'trailing':
      return linspace(1, 1 / steps, steps);
    case 'linspace':
      if (shifted) return linspace(shifted(1), shifted(1 / trainSteps), steps);
      return linspace(1 - 1 / trainSteps, 0, steps + 1).subarray(0, steps);
    case 'leading':
      throw outOfRange('spacing', spacing, 'linspace or trailing with a flow');
    default:
      return unreachable(spacing);
  }
}

/** Level and time of a ratio under EDM's scaling of the input. */
export function edmLevel(
  { dataDeviation }: EdmSchedule,
  ratio: number,
): Level & { readonly timestep: number } {
  const signal = 1 / Math.sqrt(ratio * ratio + dataDeviation * dataDeviation);
  return { signal, sigma: ratio * signal, timestep: Math.log(ratio) / 4 };
}

/** Levels of EDM: Karras spacing unless said otherwise; the first state has deviation
 * sqrt(sigmaMax^2 + 1) in z, as in public code. */
export function edmLevels(
  schedule: EdmSchedule,
  { steps, sigmas = { kind: 'karras' }, terminalAlphaBar: end }: LevelOptions,
): Levels {
  if (sigmas.kind === 'times') {
    throw outOfRange('sigmas.kind', sigmas.kind, 'karras, exponential, beta or sigmas with edm');
  }
  if (end !== 1 && end !== 'first') throw outOfRange('terminalAlphaBar', end, '1 or first');
  const { sigmaMin, sigmaMax, dataDeviation } = schedule;
  requirePositive('schedule.sigmaMin', sigmaMin);
  requirePositive('schedule.dataDeviation', dataDeviation);
  if (!(sigmaMax > sigmaMin && Number.isFinite(sigmaMax))) {
    throw outOfRange('schedule.sigmaMax', sigmaMax, `a number above sigmaMin, ${sigmaMin}`);
  }
  const ratio = spacedSigmas(sigmas, sigmaMax, sigmaMin, steps);
  const levels = Array.from(ratio, (r) => edmLevel(schedule, r));
  const scale = levels[0]!.signal * Math.sqrt(sigmaMax * sigmaMax + 1);
  const sample = { signal: 1, sigma: end === 'first' ? ratio[steps - 1]! : 0 };
  return assemble(
    levels.map(({ timestep }) => timestep),
    [...levels, sample],
    scale,
  );
}
