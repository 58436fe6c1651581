/** From what the coordinator says about a job to what its blocks compute with. */
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { limits, requireInteger } from '../../shared/kernel/limits.ts';
import { bundlesOf, spanOf } from '../../shared/numerics/bundle.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import { guidanceSpread } from '../../shared/numerics/guidance.ts';
import { noiseAhead } from '../../shared/numerics/noise-ahead.ts';
import { initialLatents, stepNoise } from '../../shared/numerics/seeded-noise.ts';
import type { NoiseSource } from '../../shared/numerics/sequential.ts';
import { buffers } from '../../shared/numerics/solver/buffers.ts';
import type { BlockProblem, Edge } from '../../shared/numerics/solver/block-solver.ts';
import { interpolationLimits } from '../../shared/numerics/solver/called-rows.ts';
import { isMethodName, method } from '../../shared/numerics/solver/method.ts';
import type { Method } from '../../shared/numerics/solver/method.ts';
import { predictions } from '../../shared/numerics/parameterization.ts';
import { isStopRule } from '../../shared/numerics/solver/stop-rules.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import { BlockError } from './block-error.ts';
import { nextRows, type NextRows } from './next-rows.ts';

export interface PreparedJob {
  readonly problem: Omit<BlockProblem, 'begin' | 'end'>;
  readonly next: NextRows;
  /** Of the trajectory that blocks start from, where it is not the job's own. */
  readonly givenNoise: NoiseSource | undefined;
  /** x[0] of all samples, made when first asked for. */
  initial(): Float32Array;
}

export function prepareJob(spec: JobSpec, denoiser: Denoiser): PreparedJob {
  const { samples, dim, window, tolerance, keepRows, seed, givenSeed = seed } = spec;
  const spread = guidanceSpread(spec.guidance);
  requireField('samples', samples, limits.samplesMax);
  requireField('dim', dim, limits.latentElementsMax);
  requireField('window', window, limits.stepsMax);
  const table = tableOf(spec);
  const noise = stepNoise(spec, seed);
  const ahead = noiseAhead(noise, spec, table);
  const method = methodOf(spec);
  const { stop, contraction } = spec;
  if (!isStopRule(stop)) throw unknownName('stopping rule', stop);
  if (contraction && contraction.length !== table.steps) {
    const text = `found ${contraction.length} values, expected ${table.steps}, one a step`;
    throw new BlockError('INVALID_REQUEST', `contraction: ${text}`);
  }
  const { guidanceWeights: weights } = spec;
  if (weights && weights.length !== table.steps) {
    const text = `found ${weights.length} weights, expected ${table.steps}, one a step`;
    throw new BlockError('INVALID_REQUEST', `guidance: ${text}`);
  }
  let initial: Float32Array | undefined;
  const next = nextRows();
  return {
    next,
    problem: {
      table,
      samples,
      dim,
      window,
      tolerance,
      spread,
      stop,
      method,
      noise,
      ahead,
      buffers: buffers(),
      nextRows: next.expected,
      denoiser,
      keepRows,
      contraction,
      ...(spec.interpolate && {
        interpolation: interpolationLimits(table, { tolerance, spread, dim }),
      }),
    },
    givenNoise: givenSeed === seed ? undefined : stepNoise(spec, givenSeed),
    initial: () => (initial ??= initialLatents(spec)),
  };
}

function requireField(name: string, value: number, most: number): void {
  try {
    requireInteger(name, value, 1, most);
  } catch (error) {
    throw refused(error);
  }
}

function refused(error: unknown): unknown {
  return error instanceof RangeError ? new BlockError('INVALID_REQUEST', error.message) : error;
}

function tableOf(spec: JobSpec): StepTable {
  const { timesteps, signals, sigmas, noiseScales, prediction } = spec;
  const known = predictions.find((name) => name === prediction);
  if (known === undefined) throw unknownName('prediction', prediction);
  const levels = { signal: signals, sigma: sigmas };
  const grid = { timestep: timesteps, ...levels, noiseScale: noiseScales };
  try {
    const { initialScale, rule } = spec;
    return stepTable({ ...grid, prediction: known, initialScale, rule });
  } catch (error) {
    throw refused(error);
  }
}

function methodOf(spec: JobSpec): Method {
  const { method: name, priorStd, memory, order, regularization } = spec;
  if (!isMethodName(name)) throw unknownName('method', name);
  const known = (['denoised', 'constant'] as const).find((kind) => kind === spec.initialization);
  if (known === undefined) throw unknownName('initialization', spec.initialization);
  return method(name, { initialization: known, priorStd, memory, order, regularization });
}

/** The coordinator is newer: another worker of this version would fail the same way. */
function unknownName(field: string, found: string): BlockError {
  return new BlockError('VERSION_SKEW', `this worker knows no ${field} ${JSON.stringify(found)}`);
}

const plainStep = method('sequential');

export interface AssignedBlock {
  readonly begin: number;
  readonly end: number;
  readonly left?: Float32Array;
  readonly denoised?: Float32Array;
  readonly volatility?: Float64Array;
  /** x[begin .. end] of a trajectory to start from. */
  readonly given?: Float32Array;
  /** One step of a spot check. */
  readonly single?: boolean;
  /** Nothing is left out. */
  readonly everyRow?: boolean;
}

/** What a block computes with. */
export function blockProblem(job: PreparedJob, block: AssignedBlock): BlockProblem {
  const { begin, end, given: states, everyRow = states !== undefined } = block;
  const problem = everyRow ? { ...job.problem, interpolation: undefined } : job.problem;
  const { samples, method } = problem;
  // methods that have no sweep of one step, or that correct it, take the plain one
  if (block.single) return { ...problem, method: plainStep, keepRows: false, begin, end };
  job.next.entered(begin, end);
  if (states === undefined) return { ...problem, begin, end };
  if (method.name === 'parareal') {
    throw new BlockError('VERSION_SKEW', 'parareal takes no trajectory to start from');
  }
  requireLength('given', states, (end + 1 - begin) * samples * spanOf(problem));
  const given = { first: begin, states, noise: job.givenNoise };
  return { ...problem, begin, end, given };
}

/** The left edge that a block grows from; only the first block makes its own. */
export function leftEdge(job: PreparedJob, block: AssignedBlock): Edge {
  const { begin, end, left, denoised, volatility } = block;
  const { samples, dim, table } = job.problem;
  if (!(begin < end && end <= table.steps)) {
    const what = `found block [${begin}, ${end}), expected one within [0, ${table.steps})`;
    throw new BlockError('SHAPE_MISMATCH', what);
  }
  if (left === undefined && begin > 0) {
    throw new BlockError('SHAPE_MISMATCH', `block [${begin}, ${end}) came without left boundary`);
  }
  const state = left ?? bundlesOf(job.initial(), samples, table.parts);
  requireLength('left', state, samples * spanOf(job.problem));
  if (denoised === undefined) return { row: begin, state };
  requireLength('denoised', denoised, samples * dim);
  if (volatility) requireLength('volatility', volatility, samples);
  return { row: begin, state, denoised, ...(volatility && { volatility }) };
}

/** What arrives is checked before it reaches the numerics, which check nothing in their loops. */
export function requireLength(name: string, found: ArrayLike<number>, expected: number): void {
  if (found.length === expected) return;
  const what = `${name}: found ${found.length} values, expected ${expected}`;
  throw new BlockError('SHAPE_MISMATCH', what);
}
