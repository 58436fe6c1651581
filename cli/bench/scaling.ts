/**
 * What this software adds to the time of the devices: emulated ones, at the pace of a profile, in
 * real clusters of several sizes. What `bench scaling` runs.
 *
 *   ideal     sum over the rounds of the slowest worker's model time, as its device would take it
 *   overhead  wall clock over ideal: messages, scans, timers, and what the host is short of
 *   speedup   the sequential sampler on one of the same devices over the wall clock
 */
import { cpus } from 'node:os';

import type { Report, SubmitRequest } from '../client.ts';
import { worstRms } from '../demo/table.ts';
import type { BenchCluster, Timed } from './bench-cluster.ts';
import type { SolverSpec } from './spec.ts';
import { median, worst } from './statistics.ts';

export interface ScalingOptions {
  /** As the emulated workers call it. */
  readonly model: string;
  readonly solver: SolverSpec;
  readonly repeats: number;
  /** Repeat r has seed + r. */
  readonly seed: number;
  readonly method: string;
  readonly window?: number | undefined;
  readonly tolerance?: number | undefined;
  /** No row is left out. */
  readonly everyRow?: boolean;
  /** How many times slower than life the devices run, in every time of the record. */
  readonly dilation: number;
}

/** A record of the JSON document, a contract: fields are added, never renamed. Times: medians. */
export interface ScalingRecord {
  readonly solver: string;
  readonly workers: number;
  readonly wallMs: number;
  readonly idealMs: number;
  readonly overhead: number;
  readonly speedup: number;
  readonly dilation: number;
  readonly rounds: number;
  readonly modelCalls: number;
  /** Calls over steps. */
  readonly work: number;
  readonly method: string;
  readonly window: number;
  readonly blocks: number;
  readonly workersUsed: number;
  readonly sequentialMs: number;
  /** Of the sequential run: wall clock over what the device would have taken. */
  readonly sequentialOverhead: number;
  /** Largest RMS against the sequential sample of the same seed. */
  readonly errorWorst: number;
  /** By which calls were late since the host was busy, all workers together. */
  readonly hostLateMs: number;
  /** Share of all cores of the host that was busy meanwhile, with whatever. */
  readonly hostBusy: number;
  readonly bytesPerRound: number;
  readonly timeMs: Report['timeMs'];
  readonly emulated: boolean;
}

export interface SequentialRuns {
  readonly runs: readonly Timed[];
}

interface Run extends Timed {
  readonly hostBusy: number;
}

/** The sequential sampler on one device, one run a seed: what everything is compared with. */
export async function measureSequential(
  cluster: BenchCluster,
  options: ScalingOptions,
): Promise<SequentialRuns> {
  await cluster.run({ ...requestOf(options, 0), steps: 2, method: 'sequential' });
  const runs: Timed[] = [];
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    runs.push(await cluster.run({ ...requestOf(options, repeat), method: 'sequential' }));
  }
  return { runs };
}

export async function measureScaling(
  cluster: BenchCluster,
  options: ScalingOptions,
  sequential: SequentialRuns,
): Promise<ScalingRecord> {
  const { method, window, tolerance, everyRow, repeats } = options;
  const request = { method, window, tolerance, everyRow };
  // code that has not run yet is slow, and no device is
  await cluster.run({ ...requestOf(options, 0), ...request });
  const runs: Run[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const before = busyTime();
    const timed = await cluster.run({ ...requestOf(options, repeat), ...request });
    runs.push({ ...timed, hostBusy: busyShare(before, busyTime()) });
  }
  return recordOf(cluster, options, runs, sequential.runs);
}

function recordOf(
  { shape }: BenchCluster,
  { solver, dilation }: ScalingOptions,
  runs: readonly Run[],
  sequential: readonly Timed[],
): ScalingRecord {
  const reports = runs.map(({ result }) => result.report);
  const [report] = reports;
  if (report === undefined) throw new RangeError('nothing was measured');
  const of = (value: (report: Report) => number): number => median(reports.map(value));
  const [wallMs, idealMs] = [of((one) => one.wallMs), of((one) => one.idealMs)];
  const sequentialMs = median(sequential.map((run) => run.wallMs));
  const { method, window, blocks, workers: workersUsed, timeMs, emulated } = report;
  return {
    solver: solver.label,
    workers: shape.workers,
    wallMs,
    idealMs,
    overhead: of((one) => one.wallMs / one.idealMs),
    speedup: sequentialMs / wallMs,
    dilation,
    rounds: of(({ rounds }) => rounds),
    modelCalls: of(({ modelCalls }) => modelCalls),
    work: of(({ modelCalls, steps }) => modelCalls / steps),
    ...{ method, window, blocks, workersUsed, timeMs, emulated, sequentialMs },
    sequentialOverhead: median(
      sequential.map(({ wallMs: ms, result }) => ms / result.report.idealMs),
    ),
    errorWorst: worst(runs.map((run, k) => errorOf(run, sequential[k]))),
    hostLateMs: of(({ hostLateMs }) => hostLateMs),
    hostBusy: median(runs.map(({ hostBusy }) => hostBusy)),
    bytesPerRound: of(({ bytes, rounds }) => (bytes.toWorkers + bytes.fromWorkers) / rounds),
  };
}

function errorOf({ result }: Timed, exact: Timed | undefined): number {
  const other = exact?.result.samples ?? new Float32Array();
  return worstRms(result.samples, other, result.report.samples);
}

function requestOf({ model, solver, seed }: ScalingOptions, repeat: number): SubmitRequest {
  return { model, solver: solver.solver, steps: solver.steps, seed: seed + repeat };
}

interface CoreTime {
  readonly busy: number;
  readonly all: number;
}

function busyTime(): CoreTime {
  const cores = cpus().map(({ times }) => times);
  const idle = cores.reduce((sum, times) => sum + times.idle, 0);
  const busy = cores.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { busy, all: busy + idle };
}

function busyShare(from: CoreTime, to: CoreTime): number {
  return (to.busy - from.busy) / Math.max(1, to.all - from.all);
}
