/**
 * Is time-parallel sampling faster here? One run alternates the sequential sampler and `auto` on
 * real local clusters, the same seeds on both sides: what `bench speedup` runs.
 *
 * Sequential is the best this machine can do: a worker with every core and a worker with one are
 * both measured in every repeat, and the one with the lower median counts. The parallel side runs
 * on one worker with every core or on a worker for every core, whichever a few runs before the
 * measurement found faster. Clusters that are not being measured are idle.
 */
import { loadavg } from 'node:os';

import type { Report, SubmitRequest } from '../client.ts';
import { worstRms } from '../demo/table.ts';
import type { BenchInputs } from './bench-inputs.ts';
import type { BenchCluster, Shape, Timed } from './bench-cluster.ts';
import type { SolverSpec } from './spec.ts';
import { median, worst } from './statistics.ts';

/** Short jobs get faster over the first few: one run would choose by that. */
const CALIBRATION_RUNS = 3;

export interface SpeedupOptions {
  readonly model: string;
  readonly solver: SolverSpec;
  readonly repeats: number;
  readonly samples: number;
  /** Repeat r has seed + r. */
  readonly seed: number;
  readonly method: string;
  readonly window?: number | undefined;
  readonly tolerance?: number | undefined;
  /** No row is left out. */
  readonly everyRow?: boolean;
  readonly guidance: number;
  readonly inputs: BenchInputs;
  /** Where the sequential sampler is measured. */
  readonly sequentialOn: readonly BenchCluster[];
  /** Where the parallel side may run; more than one are calibrated. */
  readonly parallelOn: readonly BenchCluster[];
}

/** The JSON document, a contract: fields are added, never renamed. Times are medians. */
export interface SpeedupRecord {
  readonly model: string;
  readonly solver: string;
  readonly repeats: number;
  readonly sequentialMs: number;
  readonly parallelMs: number;
  readonly speedup: number;
  readonly plan: ParallelPlan;
  /** Of the parallel side: medians. */
  readonly rounds: number;
  readonly modelCalls: number;
  /** Largest RMS of a parallel sample against the sequential one of the same seed. */
  readonly errorWorst: number;
  readonly samples: number;
  readonly tolerance: number;
  readonly sequential: Side;
  readonly parallel: Side;
  /** The sequential samples of all shapes against each other: float noise, or a mistake. */
  readonly sequentialSpread: number;
  /** Sequential on the other shapes. */
  readonly otherSequential: readonly Side[];
  /** Medians of a few runs of each shape, before the measurement, that chose the parallel one. */
  readonly calibration: readonly (Shape & { readonly wallMs: number; readonly method: string })[];
  /** Of the machine, over the minute before the run: figures of a busy one say little. */
  readonly loadBefore: number;
}

/** What the parallel side ran, in the first repeat, and what the planner had expected of it. */
export interface ParallelPlan extends Shape {
  readonly method: string;
  readonly window: number;
  readonly blocks: number;
  /** Groups of samples that ran apart from each other. */
  readonly groups: number;
  /** Null where nobody knew how the method converges. */
  readonly predictedMs: number | null;
  readonly reason: string;
}

/** All times of one side, in milliseconds. */
export interface Side extends Shape {
  /** Workers that held a block. */
  readonly workersUsed: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** As the client felt it, submitting and fetching included. */
  readonly totalMs: number;
}

export async function measureSpeedup(
  options: SpeedupOptions,
  say: (text: string) => void,
): Promise<SpeedupRecord> {
  const loadBefore = loadavg()[0] ?? NaN;
  const { sequentialOn, repeats } = options;
  say('warm-up: one run of everything, not counted');
  for (const cluster of sequentialOn) await cluster.run(sequentialRequest(options, 0));
  const { cluster: parallelOn, calibration } = await calibrate(options);
  const sequential = new Map<BenchCluster, Timed[]>(sequentialOn.map((one) => [one, []]));
  const parallel: Timed[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const turns = [
      ...sequentialOn.map((cluster) => async () => {
        const timed = await cluster.run(sequentialRequest(options, repeat));
        sequential.get(cluster)?.push(timed);
      }),
      async () => void parallel.push(await parallelOn.run(parallelRequest(options, repeat))),
    ];
    // Nobody always runs behind the same neighbour.
    for (const turn of repeat % 2 === 0 ? turns : turns.toReversed()) await turn();
    say(`repeat ${repeat + 1} of ${repeats}`);
  }
  const sides = [...sequential].map(([cluster, runs]) => ({ side: sideOf(cluster, runs), runs }));
  const parallelSide = { side: sideOf(parallelOn, parallel), runs: parallel };
  return { ...recordOf(options, sides, parallelSide), calibration, loadBefore };
}

interface Measured {
  readonly side: Side;
  readonly runs: readonly Timed[];
}

function recordOf(options: SpeedupOptions, sequential: readonly Measured[], parallel: Measured) {
  const [best, ...others] = sequential.toSorted((a, b) => a.side.medianMs - b.side.medianMs);
  const reports = parallel.runs.map(({ result }) => result.report);
  const [report] = reports;
  if (best === undefined || report === undefined) throw new RangeError('nothing was measured');
  const { tolerance } = report;
  return {
    model: options.model,
    solver: options.solver.label,
    repeats: options.repeats,
    sequentialMs: best.side.medianMs,
    parallelMs: parallel.side.medianMs,
    speedup: best.side.medianMs / parallel.side.medianMs,
    plan: planOf(parallel.side, report),
    rounds: median(reports.map(({ rounds }) => rounds)),
    modelCalls: median(reports.map(({ modelCalls }) => modelCalls)),
    errorWorst: differenceOf(parallel, best),
    samples: options.samples,
    tolerance,
    sequential: best.side,
    parallel: parallel.side,
    sequentialSpread: Math.max(0, ...others.map((other) => differenceOf(other, best))),
    otherSequential: others.map(({ side }) => side),
  };
}

function planOf({ workers, threads }: Shape, report: Report): ParallelPlan {
  const { method, window, blocks, plan } = report;
  const { groups = 1, predictedMs = null, reason = '' } = plan ?? {};
  return { workers, threads, method, window, blocks, groups, predictedMs, reason };
}

/** The largest RMS difference of a sample, over all repeats. */
function differenceOf(a: Measured, b: Measured): number {
  return worst(
    a.runs.map(({ result }, repeat) => {
      const other = b.runs[repeat]?.result.samples ?? new Float32Array();
      return worstRms(result.samples, other, result.report.samples);
    }),
  );
}

function sideOf({ shape }: BenchCluster, runs: readonly Timed[]): Side {
  const times = runs.map(({ wallMs }) => wallMs);
  return {
    ...shape,
    workersUsed: Math.max(...runs.map(({ result }) => result.report.workers)),
    medianMs: median(times),
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    totalMs: median(runs.map(({ totalMs }) => totalMs)),
  };
}

/** A warm-up and a few timed runs on every shape; one shape needs no choice. */
async function calibrate(options: SpeedupOptions) {
  const tried: { cluster: BenchCluster; wallMs: number; method: string }[] = [];
  for (const cluster of options.parallelOn) {
    const { result } = await cluster.run(parallelRequest(options, 0));
    const times: number[] = [];
    for (let run = 0; run < CALIBRATION_RUNS; run++) {
      times.push((await cluster.run(parallelRequest(options, 0))).wallMs);
    }
    tried.push({ cluster, wallMs: median(times), method: result.report.method });
  }
  const [fastest] = tried.toSorted((a, b) => a.wallMs - b.wallMs);
  if (fastest === undefined) throw new RangeError('there is no cluster to measure on');
  const calibration = tried.map(({ cluster, ...told }) => ({ ...cluster.shape, ...told }));
  return { cluster: fastest.cluster, calibration };
}

function sequentialRequest(options: SpeedupOptions, repeat: number): SubmitRequest {
  return { ...commonRequest(options, repeat), method: 'sequential' };
}

function parallelRequest(options: SpeedupOptions, repeat: number): SubmitRequest {
  const { method, window, tolerance, everyRow } = options;
  return { ...commonRequest(options, repeat), method, window, tolerance, everyRow };
}

function commonRequest(options: SpeedupOptions, repeat: number): SubmitRequest {
  const { model, samples, guidance } = options;
  const { solver, steps } = options.solver;
  const seed = options.seed + repeat;
  return { model, solver, steps, samples, seed, guidance, inputs: options.inputs(seed, samples) };
}
