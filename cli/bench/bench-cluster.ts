/** Real local clusters to measure on: a coordinator here, workers in processes of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { Client } from '../client.ts';
import type { JobResult, SubmitRequest } from '../client.ts';
import { follow, resultOf } from '../job/follow.ts';
import { startCluster, workersReady } from '../local/cluster.ts';
import type { Cluster } from '../local/cluster.ts';
import { createLog } from '../log.ts';
import { formatCount } from '../output/format.ts';
import { interrupted, onInterrupt } from '../signals.ts';

/** Worker processes, and the threads of a model call in each. */
export interface Shape {
  readonly workers: number;
  readonly threads: number;
  /** While the cluster has no other work; absent: the same. */
  readonly threadsAlone?: number;
}

export interface BenchCluster {
  readonly shape: Shape;
  /** Runs one job to its end; nothing else runs meanwhile, here or on another cluster. */
  run(request: SubmitRequest): Promise<Timed>;
  close(): Promise<void>;
}

export interface Timed {
  readonly result: JobResult;
  /** As the result reports it: from the first dispatch to the last frozen row. */
  readonly wallMs: number;
  /** As this client felt it: from submitting to holding the samples. */
  readonly totalMs: number;
}

const READY_TIMEOUT_MS = 300_000;

/** One worker with every core, and a worker for every core: what one machine can be. */
export function machineShapes(): readonly Shape[] {
  const cores = availableParallelism();
  const one = { workers: 1, threads: cores };
  return cores === 1 ? [one] : [one, { workers: cores, threads: 1, threadsAlone: cores }];
}

/** `used` says so where not all workers had anything to do. */
export function shapeName(shape: Shape, used: number = shape.workers): string {
  const { workers, threads, threadsAlone = threads } = shape;
  const all = `${formatCount(workers, 'worker')} x ${formatCount(threads, 'thread')}`;
  if (used >= workers) return all;
  const alone = used === 1 && threadsAlone > threads ? ` (${threadsAlone} alone)` : '';
  return `${used} of ${all}${alone}`;
}

export interface BenchClustersOptions {
  readonly backend: string;
  readonly models: string;
  /** Emulated devices that share a process. */
  readonly perProcess?: number;
}

/**
 * Starts a cluster of every shape, one after the other, so that no worker measures its latency
 * curve while another starts; ends them however `work` ends, also on Ctrl-C.
 */
export async function withBenchClusters<Result>(
  shapes: readonly Shape[],
  options: BenchClustersOptions,
  work: (clusters: readonly BenchCluster[]) => Promise<Result>,
): Promise<Result> {
  const interrupt = onInterrupt();
  const clusters: BenchCluster[] = [];
  const measured = async (): Promise<Result> => {
    for (const shape of shapes) clusters.push(await startBenchCluster(shape, options));
    return work(clusters);
  };
  try {
    return await Promise.race([measured(), interruption(interrupt.signal)]);
  } finally {
    for (const cluster of clusters) await cluster.close();
    interrupt.release();
  }
}

async function interruption(signal: AbortSignal): Promise<never> {
  await interrupted(signal);
  throw new SamplerError('CANCELLED', 'the measurement was interrupted');
}

async function startBenchCluster(
  shape: Shape,
  { backend, models, perProcess = 1 }: BenchClustersOptions,
): Promise<BenchCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-bench-'));
  let cluster: Cluster | undefined;
  let client: Client | undefined;
  const close = async (): Promise<void> => {
    client?.close();
    await cluster?.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    cluster = await startCluster({
      ...shape,
      listen: '127.0.0.1:0',
      workerListen: '127.0.0.1:0',
      dataDir,
      backend,
      models,
      perProcess,
      log: createLog('error'),
      workerLogLevel: 'error',
      restart: false,
      // Kept by the cluster, and shown if a worker ends.
      onLine: () => undefined,
    });
    const { broken } = cluster;
    const own = (client = new Client({ coordinator: cluster.client, token: cluster.token }));
    await workersReady(own, cluster, { workers: shape.workers, timeoutMs: READY_TIMEOUT_MS });
    // on another cluster's job it would measure how slow the machine is meanwhile
    await cluster.measured();
    const run = (request: SubmitRequest) => Promise.race([runJob(own, request), broken]);
    return { shape, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const silent = { show: () => undefined, waiting: () => undefined, end: () => undefined };

async function runJob(client: Client, request: SubmitRequest): Promise<Timed> {
  const startedMs = performance.now();
  const { job } = await client.submit(request);
  const status = (await follow(client, job, silent)) ?? (await client.job(job));
  const result = await resultOf(client, status);
  return { result, wallMs: result.report.wallMs, totalMs: performance.now() - startedMs };
}
