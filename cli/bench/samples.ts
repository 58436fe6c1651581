/**
 * Many samples of one job on few emulated workers: does `auto` take no longer than the best that
 * samples side by side can do? What `bench samples` runs.
 *
 * That best is made by hand: a sequential job for each worker, all at once, each with its share of
 * the samples in one batch; no planner has a part in it.
 */
import type { Report, SubmitRequest } from '../client.ts';
import type { BenchCluster, Timed } from './bench-cluster.ts';
import type { SolverSpec } from './spec.ts';
import { median } from './statistics.ts';

export interface SamplesOptions {
  readonly model: string;
  readonly solver: SolverSpec;
  readonly samples: number;
  readonly repeats: number;
  readonly seed: number;
}

/** The JSON document, a contract: fields are added, never renamed. Times are medians. */
export interface SamplesRecord {
  readonly solver: string;
  readonly samples: number;
  readonly workers: number;
  readonly autoMs: number;
  /** Of the longest of the jobs side by side. */
  readonly sideBySideMs: number;
  /** The first over the second. */
  readonly ratio: number;
  /** What the devices alone take side by side. */
  readonly idealMs: number;
  readonly method: string;
  readonly window: number;
  readonly groups: number;
  readonly predictedMs: number | null;
  readonly reason: string;
  readonly emulated: boolean;
}

export async function measureSamples(
  cluster: BenchCluster,
  options: SamplesOptions,
): Promise<SamplesRecord> {
  const { repeats } = options;
  const auto: Timed[] = [];
  const apart: Timed[][] = [];
  // code that has not run yet is slow, and no device is
  await sideBySide(cluster, options, 0);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const turns = [
      async () => void auto.push(await cluster.run(requestOf(options, repeat))),
      async () => void apart.push(await sideBySide(cluster, options, repeat)),
    ];
    for (const turn of repeat % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return recordOf(cluster, options, auto, apart);
}

/** A job for every worker, at once: each goes to the least loaded one. */
function sideBySide(
  cluster: BenchCluster,
  options: SamplesOptions,
  repeat: number,
): Promise<Timed[]> {
  const { workers } = cluster.shape;
  const jobs = Array.from({ length: workers }, (_, k) => {
    const until = (share: number): number => Math.round((share * options.samples) / workers);
    const samples = until(k + 1) - until(k);
    return cluster.run({ ...requestOf(options, repeat), samples, method: 'sequential' });
  });
  return Promise.all(jobs);
}

function recordOf(
  { shape }: BenchCluster,
  { solver, samples }: SamplesOptions,
  auto: readonly Timed[],
  apart: readonly (readonly Timed[])[],
): SamplesRecord {
  const longest = (runs: readonly Timed[], value: (report: Report) => number): number =>
    Math.max(...runs.map(({ result }) => value(result.report)));
  const autoMs = median(auto.map((run) => run.wallMs));
  const sideBySideMs = median(apart.map((runs) => longest(runs, ({ wallMs }) => wallMs)));
  const [first] = auto;
  if (first === undefined) throw new RangeError('nothing was measured');
  const { method, window, plan, emulated } = first.result.report;
  const { groups = 1, predictedMs = null, reason = '' } = plan ?? {};
  return {
    solver: solver.label,
    samples,
    workers: shape.workers,
    autoMs,
    sideBySideMs,
    ratio: autoMs / sideBySideMs,
    idealMs: median(apart.map((runs) => longest(runs, ({ idealMs }) => idealMs))),
    ...{ method, window, groups, predictedMs, reason, emulated },
  };
}

function requestOf(options: SamplesOptions, repeat: number): SubmitRequest {
  const { model, solver, samples, seed } = options;
  const { solver: name, steps } = solver;
  return { model, solver: name, steps, samples, seed: seed + repeat, method: 'auto' };
}
