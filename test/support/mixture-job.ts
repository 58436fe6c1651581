/** Small jobs on the analytic denoisers, with the sequential oracle beside them. */
import { assert } from '../../shared/kernel/assert.ts';
import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import {
  scheduleLevels,
  analyticDenoiser,
  gaussianMixture,
  sixModes,
  subMixture,
  type GaussianMixture,
} from '../../shared/numerics/analytic.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import { partition } from '../../shared/numerics/partition.ts';
import { alphaBars } from '../../shared/numerics/schedule.ts';
import { sequential, type NoiseSource } from '../../shared/numerics/sequential.ts';
import { interpolatesRows, interpolationLimits } from '../../shared/numerics/solver/called-rows.ts';
import { method, type Method, type MethodName } from '../../shared/numerics/solver/method.ts';
import { buildGrid, type Solver } from '../../shared/numerics/grid.ts';
import { stepTable, type Grid } from '../../shared/numerics/step-table.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';

const schedule = { kind: 'linear', trainSteps: 1000, betaStart: 1e-4, betaEnd: 0.02 } as const;

export interface JobOptions {
  readonly solver: 'ddim' | 'ddpm';
  readonly steps: number;
  readonly method: MethodName;
  readonly settings?: Partial<Omit<Method, 'name'>>;
  readonly window?: number;
  readonly blocks?: number;
  readonly samples?: number;
  readonly seed?: number;
  readonly tolerance?: number;
  /** Rows whose x0-hat can be interpolated are not called, as the coordinator has it. */
  readonly interpolate?: boolean;
  readonly mixture?: GaussianMixture;
  /** Makes another sampler of the solver's grid. */
  readonly regrid?: (grid: Grid) => Grid;
}

export interface Job {
  readonly problem: DriveProblem;
  /** Rows 1 .. N of the sequential trajectory. */
  reference(): Promise<Float32Array[]>;
}

export function noiseSource(seed: number, dim: number): NoiseSource {
  const words = seedWords(seed);
  return (step, sample, out, at) =>
    fillNormal(out, at, dim, { seed: words, stream: noiseStream.step, sample, step });
}

export function initialState(seed: number, samples: number, dim: number): Float32Array {
  const initial = new Float32Array(samples * dim);
  for (let sample = 0; sample < samples; sample++) {
    const key = { seed: seedWords(seed), stream: noiseStream.initial, sample, step: 0 };
    fillNormal(initial, sample * dim, dim, key);
  }
  return initial;
}

/** N(0, s^2 I): the prior is then the exact Jacobian. */
export function gaussian(dim: number, std: number): GaussianMixture {
  return gaussianMixture({ means: new Float32Array(dim), modes: 1, dim, std });
}

export function mixtureJob(options: JobOptions): Job {
  const { steps, samples = 1, seed = 1 } = options;
  const mixture = options.mixture ?? sixModes();
  const { dim } = mixture;
  const solver: Solver = options.solver === 'ddpm' ? { kind: 'ddpm' } : { kind: 'ddim', eta: 0 };
  const grid = buildGrid({
    schedule,
    spacing: 'linspace',
    offset: 0,
    terminalAlphaBar: 1,
    steps,
    solver,
    prediction: 'epsilon',
  });
  const table = stepTable(options.regrid?.(grid) ?? grid);
  const denoiser: Denoiser = analyticDenoiser(
    mixture,
    scheduleLevels(alphaBars(schedule)),
    'epsilon',
  );
  const noise = noiseSource(seed, dim);
  const initial = initialState(seed, samples, dim);
  const windows = { sequential: 1, parareal: table.steps } as Partial<Record<MethodName, number>>;
  const window = windows[options.method] ?? options.window ?? table.steps;
  const { tolerance = 0.01 } = options;
  const interpolates =
    options.interpolate &&
    interpolatesRows(options.method, { stop: 'final', tolerance, parts: table.parts });
  const problem: DriveProblem = {
    table,
    samples,
    dim,
    window,
    noise,
    denoiser,
    initial,
    method: method(options.method, options.settings),
    tolerance,
    ...(interpolates && { interpolation: interpolationLimits(table, { tolerance, dim }) }),
    blocks: partition(table.steps, window, options.blocks ?? 1),
  };
  return { problem, reference: () => referenceRows(problem) };
}

async function referenceRows(problem: DriveProblem): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  const samples = Int32Array.from({ length: problem.samples }, (_, m) => m);
  await sequential({ ...problem, samples }, (_row, states) => rows.push(states.slice()));
  return rows;
}

/**
 * A job of one sample between two narrow modes whose weights are such that its trajectory passes
 * close to where the mode is decided: another log weight, `gap` away, ends in the other one.
 */
export async function borderJob(options: JobOptions, gap: number): Promise<Job> {
  const pair = subMixture(sixModes(64, 0.05), Int32Array.of(0, 1));
  const jobAt = (weight: number): Job => {
    const mixture = gaussianMixture({ ...pair, logWeights: Float64Array.of(0, weight) });
    return mixtureJob({ ...options, mixture });
  };
  const endsInFirst = async (weight: number): Promise<boolean> => {
    const sample = (await jobAt(weight).reference()).at(-1);
    return sample !== undefined && rmsDifference(sample, 0, pair.means, 0, pair.dim) < 0.5;
  };
  let [inside, outside] = [-1000, 1000];
  assert(await endsInFirst(inside), 'the weight of a mode decides nothing');
  while (outside - inside > gap) {
    const middle = (inside + outside) / 2;
    if (await endsInFirst(middle)) inside = middle;
    else outside = middle;
  }
  return jobAt(inside);
}
