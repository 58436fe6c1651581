/**
 * How many rounds does each method need? Every method on every solver and seed, in this process,
 * with true errors against the sequential sampler of the same seed: what `bench rounds` runs.
 */
import { statesOf } from '../../shared/numerics/bundle.ts';
import { checkRequest, resolveSubmission } from '../../coordinator/shell/submission.ts';
import { drive } from '../../shared/numerics/drive.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import type { BenchInputs } from './bench-inputs.ts';
import { localJob, submitRequest, wireInputs } from './local-job.ts';
import type { LocalModel, Request } from './local-job.ts';
import { orderRows } from './spec.ts';
import type { MethodSpec, SolverSpec } from './spec.ts';
import { finite, mean, median, worst } from './statistics.ts';

export interface RoundsOptions {
  readonly solvers: readonly SolverSpec[];
  readonly methods: readonly MethodSpec[];
  readonly seeds: readonly number[];
  /** The stopping rule's own default where absent. */
  readonly tolerance?: number | undefined;
  /** All steps where absent. */
  readonly window?: number | undefined;
  readonly guidance: number;
  /** Which rule decides what freezes. */
  readonly stop: string;
  /** No row is left out. */
  readonly everyRow?: boolean;
  readonly inputs: BenchInputs;
}

/** One record of the JSON file, a contract: fields are added, never renamed. */
export interface RoundsRecord {
  readonly solver: string;
  readonly method: string;
  readonly window: number;
  readonly seeds: number;
  /** Until the stopping rule; means over the seeds, as all that is not named otherwise. */
  readonly rounds: number;
  readonly roundsWorst: number;
  readonly modelCalls: number;
  /** Until the final sample first comes this near; null where a seed never did. */
  readonly roundsTo1e2: number | null;
  readonly roundsTo1e3: number | null;
  /** True errors, RMS against the sequential sample. */
  readonly errorMedian: number;
  readonly errorWorst: number;
  readonly tolerance: number;
  /** Runs that ended above the tolerance. */
  readonly overTolerance: number;
  /** What the runs said of their error themselves. */
  readonly estimateMedian: number;
  /** Share of the runs whose error was at most their estimate. */
  readonly estimateCoverage: number;
  /** Median of estimate over error; null where it is not finite. */
  readonly estimateRatio: number | null;
  readonly initialization: string;
  readonly stop: string;
  /** True error and estimate of every run, in the order of the seeds. */
  readonly runs: readonly { readonly error: number; readonly estimate: number }[];
  /** Median error of the final sample after rounds 1, 2, …; null before it exists. */
  readonly errorByRound: readonly (number | null)[];
}

interface Run {
  readonly rounds: number;
  readonly modelCalls: number;
  readonly error: number;
  readonly estimate: number;
  /** After every round; Infinity while no row reaches the end. */
  readonly errors: readonly number[];
}

/** What one method does on one solver, for all seeds. */
interface Case {
  readonly solver: SolverSpec;
  readonly method: MethodSpec;
  readonly settings: DriveProblem;
  readonly runs: Run[];
}

export interface RoundsProgress {
  readonly solver: SolverSpec;
  /** Seeds done, of this solver. */
  readonly done: number;
}

export async function measureRounds(
  local: LocalModel,
  options: RoundsOptions,
  onProgress: (progress: RoundsProgress) => void,
): Promise<RoundsRecord[]> {
  // All of them before the first: a wrong setting must not end an hour of measuring.
  for (const solver of options.solvers) {
    for (const method of options.methods) checkCase(local, options, solver, method);
  }
  const records: RoundsRecord[] = [];
  for (const solver of options.solvers) {
    const runs = new Map<MethodSpec, Run[]>();
    for (const [done, seed] of options.seeds.entries()) {
      await runSeed(local, options, { solver, seed, runs });
      onProgress({ solver, done: done + 1 });
    }
    for (const method of options.methods) {
      const request = requestOf(options, solver, method, options.seeds[0] ?? 0);
      const { problem: settings } = await localJob(local, request);
      records.push(summarize({ solver, method, settings, runs: runs.get(method) ?? [] }));
    }
  }
  return records;
}

function checkCase(
  { model }: LocalModel,
  options: RoundsOptions,
  solver: SolverSpec,
  method: MethodSpec,
): void {
  const [seed = 0] = options.seeds;
  const request = submitRequest(model.name, requestOf(options, solver, method, seed));
  checkRequest(request);
  resolveSubmission(request, model);
}

interface SeedRun {
  readonly solver: SolverSpec;
  readonly seed: number;
  readonly runs: Map<MethodSpec, Run[]>;
}

async function runSeed(
  local: LocalModel,
  options: RoundsOptions,
  { solver, seed, runs }: SeedRun,
): Promise<void> {
  const [any] = options.methods;
  if (any === undefined) return;
  // The same noise and grid whatever the method.
  const reference = await (
    await localJob(local, requestOf(options, solver, any, seed))
  ).reference();
  for (const method of options.methods) {
    const { problem } = await localJob(local, requestOf(options, solver, method, seed));
    const own = runs.get(method) ?? [];
    runs.set(method, [...own, await runOne(problem, reference)]);
  }
}

async function runOne(problem: DriveProblem, reference: Float32Array): Promise<Run> {
  const errors: number[] = [];
  const result = await drive(problem, ({ edge }) => {
    const { steps, parts } = problem.table;
    const sample = statesOf(edge.state, problem.samples, parts);
    errors.push(edge.row === steps ? rms(sample, reference) : Infinity);
  });
  const { rounds, modelCalls, samples, errorEstimate: estimate } = result;
  return { rounds, modelCalls, error: rms(samples, reference), estimate, errors };
}

function rms(a: Float32Array, b: Float32Array): number {
  return rmsDifference(a, 0, b, 0, a.length);
}

function requestOf(
  { tolerance, window, guidance, stop, everyRow = false, inputs }: RoundsOptions,
  { solver, steps }: SolverSpec,
  spec: MethodSpec,
  seed: number,
): Request {
  const { method, memory, order, initialization } = spec;
  const rows = spec.window ?? window;
  return {
    solver,
    steps,
    seed,
    method,
    guidance,
    stop: method === 'sequential' ? '' : stop,
    everyRow,
    inputs: wireInputs(inputs(seed, 1)),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(rows === undefined ? {} : { window: Math.min(rows, steps) }),
    ...(memory === undefined ? {} : { memory }),
    ...(order === undefined ? {} : { order: orderRows(order, steps) }),
    ...(initialization === undefined ? {} : { initialization }),
  };
}

function summarize({ solver, method, settings, runs }: Case): RoundsRecord {
  const { window, tolerance } = settings;
  const errors = runs.map(({ error }) => error);
  return {
    solver: solver.label,
    method: method.label,
    window,
    seeds: runs.length,
    rounds: mean(runs.map(({ rounds }) => rounds)),
    roundsWorst: worst(runs.map(({ rounds }) => rounds)),
    modelCalls: mean(runs.map(({ modelCalls }) => modelCalls)),
    roundsTo1e2: roundsTo(runs, 1e-2),
    roundsTo1e3: roundsTo(runs, 1e-3),
    errorMedian: median(errors),
    errorWorst: worst(errors),
    tolerance,
    overTolerance: errors.filter((error) => !(error <= tolerance)).length,
    estimateMedian: median(runs.map(({ estimate }) => estimate)),
    estimateCoverage: mean(runs.map(({ error, estimate }) => (error <= estimate ? 1 : 0))),
    estimateRatio: finite(median(runs.map(ratioOf))),
    initialization: settings.method.initialization,
    stop: settings.stop ?? 'final',
    runs: runs.map(({ error, estimate }) => ({ error, estimate })),
    errorByRound: errorByRound(runs),
  };
}

/** Of a run without any error an estimate of 0 is right, and another one no ratio. */
function ratioOf({ error, estimate }: Run): number {
  if (error > 0) return estimate / error;
  return estimate === 0 ? 1 : Infinity;
}

function roundsTo(runs: readonly Run[], error: number): number | null {
  const first = runs.map(({ errors }) => {
    const round = errors.findIndex((found) => found <= error);
    return round < 0 ? Infinity : round + 1;
  });
  return finite(mean(first));
}

/** A run that has ended keeps its last error while the others go on. */
function errorByRound(runs: readonly Run[]): (number | null)[] {
  const rounds = Math.max(0, ...runs.map(({ errors }) => errors.length));
  return Array.from({ length: rounds }, (_, round) =>
    finite(median(runs.map(({ errors, error }) => errors[round] ?? error))),
  );
}
