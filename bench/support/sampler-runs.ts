/** What every sampler is and does, measured on an exact denoiser; see `bench/samplers.ts`. */
import { readFileSync } from 'node:fs';
import type { NoiseSchedule } from '../../shared/kernel/noise-schedule.ts';
import { analyticDenoiser, sixModes } from '../../shared/numerics/analytic.ts';
import { drive, type DriveProblem } from '../../shared/numerics/drive.ts';
import { buildGrid, type GridOptions } from '../../shared/numerics/grid.ts';
import { levelsOverTime } from '../../shared/numerics/model-time.ts';
import { partition } from '../../shared/numerics/partition.ts';
import { sequential } from '../../shared/numerics/sequential.ts';
import { method, type MethodName } from '../../shared/numerics/solver/method.ts';
import type { Solver } from '../../shared/numerics/solver-kinds.ts';
import { solverOf, type SolverName } from '../../shared/numerics/solvers.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { scaleInto } from '../../shared/numerics/vector.ts';
import {
  denoisedOf,
  outputOf,
  relativeDifference,
  walk,
  type Mixture,
} from '../../test/numerics/samplers/walk.ts';
import { initialState, noiseSource } from '../../test/support/mixture-job.ts';

const linear = { kind: 'linear', trainSteps: 1000, betaStart: 1e-4, betaEnd: 0.02 } as const;
const flow = { kind: 'flow', trainSteps: 1000, shift: 3 } as const;
const edm = { kind: 'edm', sigmaMin: 0.002, sigmaMax: 80, dataDeviation: 0.5 } as const;

/** The schedule that a sampler is at home on. */
function homeOf(name: SolverName): Pick<GridOptions, 'schedule' | 'prediction'> {
  if (name.startsWith('flow-')) return { schedule: flow, prediction: 'flow' };
  if (name.startsWith('edm-')) return { schedule: edm, prediction: 'edm' };
  return { schedule: linear, prediction: 'epsilon' };
}

export interface SamplerJob {
  readonly name: SolverName;
  readonly steps: number;
  readonly method: MethodName;
  /** All rows where absent. */
  readonly window?: number;
  readonly tolerance: number;
  readonly seed: number;
}

/** Six modes of deviation 0.1 in 64 dimensions. */
const mixture = sixModes(64, 0.1);

function problemOf(job: SamplerJob): DriveProblem {
  const { name, steps, seed, tolerance } = job;
  const home = homeOf(name);
  const levels = { spacing: 'linspace', offset: 0, terminalAlphaBar: 1, steps } as const;
  const table = stepTable(buildGrid({ ...home, ...levels, solver: solverOf(name) }));
  const initial = initialState(seed, 1, mixture.dim);
  scaleInto(initial, 0, table.initialScale ?? 1, initial, 0, initial.length);
  const window = job.method === 'sequential' ? 1 : (job.window ?? table.steps);
  return {
    table,
    samples: 1,
    dim: mixture.dim,
    window,
    noise: noiseSource(seed, mixture.dim),
    denoiser: analyticDenoiser(mixture, levelAt(home.schedule), home.prediction),
    initial,
    method: method(job.method, { priorStd: 0.5 }),
    tolerance,
    blocks: partition(table.steps, window, 1),
  };
}

function levelAt(schedule: NoiseSchedule) {
  const known = levelsOverTime(schedule);
  return (time: number) => {
    const level = known(time);
    if (!level) throw new RangeError(`the schedule has no time ${time}`);
    return level;
  };
}

export interface SamplerRun {
  readonly rows: number;
  /** Latents of a row. */
  readonly parts: number;
  readonly noisy: boolean;
  readonly rounds: number;
  readonly modelCalls: number;
  /** RMS against the sequential sampler. */
  readonly error: number;
  readonly errorEstimate: number;
  /** The sequential sampler's bits. */
  readonly exact: boolean;
}

export async function runSampler(job: SamplerJob): Promise<SamplerRun> {
  const problem = problemOf(job);
  const wanted = await sequential({ ...problem, samples: Int32Array.of(0) });
  const { samples, rounds, modelCalls, errorEstimate } = await drive(problem);
  const error = rmsDifference(samples, 0, wanted, 0, samples.length);
  const { steps, parts, noiseScale } = problem.table;
  const exact = samples.every((value, e) => value === wanted[e]);
  const noisy = noiseScale.some((scale) => scale > 0);
  return { rows: steps, parts, noisy, rounds, modelCalls, error, errorEstimate, exact };
}

interface GoldenCase {
  readonly options: GridOptions;
  readonly rows: readonly (readonly number[])[];
}

interface Golden {
  readonly mixture: Mixture;
  readonly noise: readonly (readonly number[])[];
  readonly cases: readonly GoldenCase[];
}

export interface GoldenDeviation {
  readonly cases: number;
  /** Largest relative difference of any network input and the sample. */
  readonly largest: number;
}

/** How far every sampler is from the reference implementation, in double precision. */
export function goldenDeviations(names: readonly SolverName[]): Map<SolverName, GoldenDeviation> {
  const file = new URL('../../test/golden/samplers/golden.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
  const denoised = denoisedOf(golden.mixture);
  const deviation = ({ options, rows }: GoldenCase): number => {
    const network = outputOf(denoised, options.prediction);
    const found = walk(buildGrid(options), {
      network,
      initial: rows[0] ?? [],
      noise: golden.noise,
    });
    return Math.max(...rows.map((row, i) => relativeDifference(found[i] ?? [], row)));
  };
  return new Map(
    names.map((name) => {
      const own = golden.cases.filter(({ options }) => isOf(name, options.solver));
      return [name, { cases: own.length, largest: Math.max(0, ...own.map(deviation)) }];
    }),
  );
}

/** Names say order and noise; all else are options of the same sampler. */
function isOf(name: SolverName, solver: Solver): boolean {
  const own = solverOf(name);
  if (own.kind !== solver.kind) return false;
  if (own.kind === 'dpmpp' && solver.kind === 'dpmpp') {
    return own.order === solver.order && Boolean(own.noisy) === Boolean(solver.noisy);
  }
  return own.kind !== 'dpmpp-single' || !('order' in solver) || own.order === solver.order;
}
