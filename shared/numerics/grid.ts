/**
 * From a solver and a schedule to the grid that a job samples on: times, levels, noise and, where
 * the solver has not the pair form, its rule.
 */
import { unreachable } from '../kernel/assert.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import type { Bound } from '../kernel/step-rule.ts';
import {
  betaLevels,
  edmLevel,
  edmLevels,
  flowLevels,
  levelsAtTimes,
  strideTargets,
  type LevelFamily,
  type LevelOptions,
  type TimedLevels,
} from './grid-levels.ts';
import type { Levels, Rows } from './levels.ts';
import type { Level, Prediction } from './parameterization.ts';
import { lcmRows, tcdRows } from './samplers/consistency.ts';
import { ddimRows, pairRows } from './samplers/ddim.ts';
import { ddpmRows } from './samplers/ddpm.ts';
import { deisRows } from './samplers/deis.ts';
import { singlestepRows } from './samplers/dpmpp-single.ts';
import { dpmppRows } from './samplers/dpmpp.ts';
import { edmEulerRows, edmHeunRows } from './samplers/edm.ts';
import { heunRows } from './samplers/heun.ts';
import { lmsRows } from './samplers/lms.ts';
import { pndmRows } from './samplers/pndm.ts';
import { saRows } from './samplers/sa-solver.ts';
import { unipcRows } from './samplers/unipc.ts';
import { alphaBars, type BetaSchedule, type NoiseSchedule } from './schedule.ts';
import { usualOriginalSteps, type Solver, type SolverKind } from './solver-kinds.ts';
import { requireSolver } from './solver-options.ts';
import type { Grid } from './step-table.ts';
import { ddimNoiseScale } from './step/ddim.ts';
import { distilledTimesteps, timesteps } from './timesteps.ts';

export type { Solver } from './solver-kinds.ts';

export type GridOptions = LevelOptions & {
  readonly schedule: NoiseSchedule;
  readonly solver: Solver;
  readonly prediction: Prediction;
  /** What keeps x0-hat in the range of the data; absent: nothing. */
  readonly bound?: Bound | undefined;
};

/** The grid of a configuration: explicit pairs (t_i, t_{i+1}), the last one ending at terminal. */
export function buildGrid(options: GridOptions): Grid {
  const { prediction, solver, steps, skip = 0 } = options;
  requireInteger('steps', steps, 1, limits.stepsMax);
  requireInteger('skip', skip, 0, steps - 1);
  requireSolver(solver);
  requireFitting(options);
  const { initialScale, ...rows } = rowsFor(options);
  const grid = { ...rows, prediction };
  return initialScale === 1 ? grid : { ...grid, initialScale };
}

type ScaledRows = Rows & { readonly initialScale: number };

const onTimes: readonly SolverKind[] = ['ddim', 'ddpm', 'pndm', 'lcm', 'tcd'];
const onLambda: readonly SolverKind[] = ['dpmpp', 'dpmpp-single', 'unipc', 'deis', 'sa-solver'];
const withoutFlow: readonly SolverKind[] = [...onTimes.slice(1), 'lms', 'euler-ancestral'];
const withoutBound: readonly SolverKind[] = ['lms', 'pndm', 'deis', 'tcd'];

/**
 * Combinations that no step is defined for. DDPM, PLMS and the distilled ones need training times;
 * LMS and Euler ancestral the variance-exploding form, which a flow starts at infinity.
 */
function requireFitting({ schedule, solver, prediction, bound, sigmas }: GridOptions): void {
  const { kind } = solver;
  const flow = schedule.kind === 'flow';
  const edm = schedule.kind === 'edm';
  const fits = (prediction === 'flow') === flow && (prediction === 'edm') === edm;
  if (prediction !== 'denoised' && !fits) {
    throw outOfRange('prediction', prediction, `one that fits the schedule ${schedule.kind}`);
  }
  if (flow && (withoutFlow.includes(kind) || kind.startsWith('edm-'))) {
    throw outOfRange('solver', kind, 'flow-euler, flow-heun, ddim or a dpmpp solver with a flow');
  }
  if (!flow && kind.startsWith('flow-')) {
    throw outOfRange('schedule.kind', schedule.kind, `flow with the solver ${kind}`);
  }
  if (edm && onTimes.includes(kind) && kind !== 'ddim') {
    throw outOfRange('solver', kind, 'edm-euler, edm-heun or one in sigma with the schedule edm');
  }
  if (bound && withoutBound.includes(kind)) {
    throw outOfRange('bound', bound.kind, `none with the solver ${kind}, which uses eps`);
  }
  if (sigmas && onTimes.includes(kind)) {
    throw outOfRange('sigmas', sigmas.kind, `none with the solver ${kind}, which goes by times`);
  }
}

/** Levels of everything that does not go by integer training times, from where it starts. */
function levelsFor(options: GridOptions): Levels {
  const { skip = 0 } = options;
  const { timestep, signal, sigma, initialScale } = allLevels(options);
  const rest = (values: Float64Array): Float64Array => values.subarray(skip);
  return { timestep: rest(timestep), signal: rest(signal), sigma: rest(sigma), initialScale };
}

function allLevels(options: GridOptions): Levels {
  const { schedule, solver } = options;
  const family: LevelFamily = onLambda.includes(solver.kind) ? 'lambda' : 'ratios';
  if (schedule.kind === 'flow') return flowLevels(schedule, options, family);
  if (schedule.kind === 'edm') return edmLevels(schedule, options);
  return betaLevels(schedule, options, family);
}

function rowsFor(options: GridOptions): ScaledRows {
  const { schedule, solver, bound } = options;
  if (goesByTimes(solver) && schedule.kind !== 'flow' && schedule.kind !== 'edm') {
    return { ...timedRows(options, schedule, solver), initialScale: 1 };
  }
  const levels = levelsFor(options);
  if (mayChurn(solver)) {
    const make = solver.kind === 'edm-euler' ? edmEulerRows : edmHeunRows;
    return make(levels, { churn: solver.churn, bound, levelOf: raisedLevel(options) });
  }
  return { ...leveledRows(levels, solver, options), initialScale: levels.initialScale };
}

type MayChurn = Extract<Solver, { churn?: unknown }>;

function mayChurn(solver: Solver): solver is MayChurn {
  return solver.kind === 'edm-euler' || solver.kind === 'edm-heun';
}

/** Levels that churn raises to exist only where time is a formula of them. */
function raisedLevel({ schedule }: GridOptions): Parameters<typeof edmEulerRows>[1]['levelOf'] {
  if (schedule.kind === 'edm') return (ratio) => edmLevel(schedule, ratio);
  throw outOfRange('schedule.kind', schedule.kind, 'edm with the solvers edm-euler and edm-heun');
}

type OnTimes = Extract<Solver, { kind: 'ddim' | 'ddpm' | 'pndm' | 'lcm' | 'tcd' }>;

function goesByTimes(solver: Solver): solver is OnTimes {
  return onTimes.includes(solver.kind);
}

/** Solvers that go by integer training times. */
function timedRows(options: GridOptions, schedule: BetaSchedule, solver: OnTimes): Rows {
  const { spacing, steps, offset, bound, terminalAlphaBar, skip = 0 } = options;
  const { trainSteps } = schedule;
  const distilled = solver.kind === 'lcm' || solver.kind === 'tcd';
  const all = distilled
    ? distilledTimesteps(trainSteps, steps, solver.originalSteps ?? usualOriginalSteps)
    : timesteps(spacing, trainSteps, steps, offset);
  const levels = levelsAtTimes(schedule, all.subarray(skip), terminalAlphaBar);
  switch (solver.kind) {
    case 'ddim':
      return ddimOnTimes(levels, options, schedule, solver);
    case 'ddpm':
      return ddpmRows(levels, { ...solver, bound });
    case 'pndm':
      return pndmOnTimes(levels, options, schedule, solver);
    case 'lcm':
      return lcmRows(levels, { ...solver, bound });
    case 'tcd': {
      const powers = alphaBars(schedule);
      return tcdRows(levels, solver.gamma, (time) => powers[time]!);
    }
    default:
      return unreachable(solver);
  }
}

function ddimOnTimes(
  levels: TimedLevels,
  options: GridOptions,
  schedule: BetaSchedule,
  solver: Extract<Solver, { kind: 'ddim' }>,
): Rows {
  const { eta, epsilonFromBound } = solver;
  const pair = { prediction: options.prediction, bound: options.bound, epsilonFromBound };
  if (solver.target === 'stride') {
    return ddimRows(levels, eta, {
      ...pair,
      targets: strideTargets(schedule, levels, options.steps),
    });
  }
  const { alphaBar } = levels;
  const noise = levels.timestep.map((_, i) => ddimNoiseScale(eta, alphaBar[i]!, alphaBar[i + 1]!));
  return pairRows(levels, noise, pair);
}

function pndmOnTimes(
  levels: Levels,
  { steps }: GridOptions,
  schedule: BetaSchedule,
  solver: Extract<Solver, { kind: 'pndm' }>,
): Rows {
  const { signal, sigma, timestep } = levels;
  const at = (i: number): Level => ({ signal: signal[i]!, sigma: sigma[i]! });
  if (solver.target !== 'stride')
    return pndmRows(
      levels,
      Array.from(timestep, (_, i) => at(i + 1)),
    );
  const stride = Math.floor(schedule.trainSteps / steps);
  const power = alphaBars(schedule)[(timestep[1] ?? 0) + stride]!;
  const start = { signal: Math.sqrt(power), sigma: Math.sqrt(1 - power) };
  return pndmRows(levels, strideTargets(schedule, levels, steps), start);
}

/** Solvers whose levels are ratios or lambdas. */
function leveledRows(
  levels: Levels,
  solver: Exclude<Solver, MayChurn>,
  { prediction, bound, schedule }: GridOptions,
): Rows {
  switch (solver.kind) {
    case 'ddim': {
      const { eta, epsilonFromBound } = solver;
      return ddimRows(levels, eta, { prediction, bound, epsilonFromBound });
    }
    case 'ddpm':
    case 'pndm':
    case 'lcm':
    case 'tcd':
      throw outOfRange('solver', solver.kind, `one for the schedule ${schedule.kind}`);
    case 'euler':
    case 'flow-euler':
      return ddimRows(levels, 0, { prediction, bound, epsilonFromBound: true });
    case 'euler-ancestral':
      return ddimRows(levels, solver.eta ?? 1, { prediction, bound, epsilonFromBound: true });
    case 'heun':
    case 'flow-heun':
      return heunRows(levels, { bound, flow: schedule.kind === 'flow' });
    case 'lms':
      return lmsRows(levels, solver.order ?? 4);
    case 'dpmpp':
      return dpmppRows(levels, { ...solver, bound });
    case 'dpmpp-single':
      return singlestepRows(levels, { ...solver, bound });
    case 'unipc':
      return unipcRows(levels, { ...solver, bound });
    case 'deis':
      return deisRows(levels, solver);
    case 'sa-solver':
      return saRows(levels, { ...solver, bound });
    default:
      return unreachable(solver);
  }
}
