/** One run of `bench:coordinator`: jobs of one shape, all at once, on simulated workers. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { submitRequest } from '../../cli/bench/local-job.ts';
import { createEngine, type Engine } from '../../coordinator/shell/engine.ts';
import { createJobDesk, type JobDesk } from '../../coordinator/shell/job-desk.ts';
import { createLedger, type Ledger } from '../../coordinator/shell/ledger.ts';
import { logEvents } from '../../coordinator/shell/log-events.ts';
import { createMetrics } from '../../coordinator/shell/metrics/metrics.ts';
import { createPipelineCalls } from '../../coordinator/shell/pipeline-calls.ts';
import { createPlanner } from '../../coordinator/shell/planning.ts';
import { openSqliteStore } from '../../coordinator/shell/sqlite-store.ts';
import {
  createWorkerRegistry,
  type WorkerSession,
} from '../../coordinator/shell/worker-session.ts';
import type { CoordinatorData } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { assembleFromBlock, decodeFromBlock } from '../../shared/protocol/block-wire.ts';
import { byteCache } from '../../shared/protocol/byte-cache.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import type { Parcel, WorkersData } from './simulated-workers.ts';

export interface Shape {
  readonly workers: number;
  readonly jobs: number;
  readonly steps: number;
  /** Live at once. */
  readonly blocks: number;
  readonly window: number;
}

export interface ShapeResult extends Shape {
  /** Of all jobs. */
  readonly rounds: number;
  readonly messagesPerRound: number;
  readonly msPerRound: number;
  /** Highest of the samples, less what there was before the first job. */
  readonly heapBytes: number;
}

const MODEL = 'mixture6';
const TRAIN_STEPS = 1_000;
/** As the coordinator's. */
const CHECKPOINT_MS = 1_000;
/** The heap is looked at this often, over the rounds that a shape should take. */
const SAMPLES = 6;
const HEAP_LOOKS = 5;
/** Looking is work too. */
const LOOK_MS = 100;
interface Cluster {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly thread: Worker;
  readonly ledger: Ledger;
  readonly folder: string;
  /** Collections and what they find are no work of the coordinator. */
  pausedMs: number;
  messages: number;
  /** Of jobs that have ended. */
  rounds: number;
  outbox: Parcel[];
}

export async function runShape(shape: Shape): Promise<ShapeResult> {
  const cluster = await startCluster(shape);
  const { desk, engine, thread } = cluster;
  const before = await heapNow();
  const started = cpuMs();
  let heap = before;
  const seeds = Array.from({ length: shape.jobs }, (_, seed) => seed);
  const submitted = await Promise.all(seeds.map((seed) => desk.submit(requestOf(shape, seed))));
  flush(cluster);
  // a job that has ended is on disk, and no longer here
  const frontiers = () =>
    submitted.map(({ job }) => {
      const { frontier = [] } = engine.state().jobs.get(job) ?? {};
      return Math.min(shape.steps, ...frontier);
    });
  for (let sample = 1; ;) {
    await sleep(LOOK_MS);
    const slowest = Math.min(...frontiers());
    if (slowest >= shape.steps) break;
    if (slowest < (sample * shape.steps) / SAMPLES) continue;
    sample++;
    const paused = cpuMs();
    heap = Math.max(heap, await heapNow());
    cluster.pausedMs += cpuMs() - paused;
  }
  const spentMs = cpuMs() - started - cluster.pausedMs;
  const { rounds } = cluster;
  await thread.terminate();
  await cluster.ledger.close();
  await rm(cluster.folder, { recursive: true, force: true });
  return {
    ...shape,
    rounds,
    messagesPerRound: cluster.messages / rounds,
    msPerRound: spentMs / rounds,
    heapBytes: heap - before,
  };
}

/** As the coordinator's own: on disk, in a thread of its own. */
async function openLedger(folder: string): Promise<Ledger> {
  const retention = { days: 1, jobs: limits.retainJobs, bytes: limits.retainBytes };
  return createLedger({
    store: await openSqliteStore({ folder }),
    retention,
    fatal: (error) => {
      throw error;
    },
    log: pino({ level: 'silent' }),
  });
}

function requestOf({ steps, blocks, window }: Shape, seed: number) {
  return submitRequest(MODEL, { solver: 'ddpm', steps, seed, window, blocks, client: 'bench' });
}

async function startCluster({ workers, jobs, steps }: Shape): Promise<Cluster> {
  const names = Array.from({ length: workers }, (_, k) => `w${k + 1}`);
  const trainSteps = Math.max(TRAIN_STEPS, steps);
  const workerData: WorkersData = { model: MODEL, trainSteps, workers: names };
  const thread = new Worker(new URL('./simulated-workers.ts', import.meta.url), { workerData });
  const [model] = (await once(thread, 'message')) as [RegisteredModel];
  const folder = await mkdtemp(join(tmpdir(), 'isochron-bench-'));
  const ledger = await openLedger(folder);
  const registry = createWorkerRegistry();
  const log = pino({ level: 'silent' });
  const planner = createPlanner({
    workers: registry,
    takesBlocks: () => true,
    defaults: undefined,
  });
  const metrics = createMetrics(() => undefined);
  const engine: Engine = createEngine({
    epoch: 1,
    workers: registry,
    log,
    jobsRunningMax: jobs,
    checkpointMs: CHECKPOINT_MS,
    observers: [metrics.observer, logEvents(log)],
    hooks: {
      resolve: (job, jobs) => desk.resolve(job, jobs),
      ended: (job) => {
        cluster.rounds += engine.state().jobs.get(job)?.tally.rounds ?? 0;
        desk.ended(job);
      },
      attribute: () => undefined,
      checkpoint: () => undefined,
    },
  });
  const desk = createJobDesk({
    engine: () => engine,
    planner,
    measuring: () => false,
    pipelines: createPipelineCalls({ workers: registry, takesWork: () => true }),
    ledger,
    busy: { untilMs: -Infinity },
    log,
  });
  const cluster: Cluster = {
    engine,
    desk,
    thread,
    ledger,
    folder,
    pausedMs: 0,
    messages: 0,
    rounds: 0,
    outbox: [],
  };
  for (const id of names) {
    registry.add(session(cluster, id, model));
    const models = [{ name: model.name, sha256: model.sha256 }];
    engine.dispatch({ kind: 'workerAttached', worker: id, models });
  }
  listen(cluster, names);
  return cluster;
}

function session(cluster: Cluster, id: string, model: RegisteredModel): WorkerSession {
  return {
    id,
    name: id,
    backend: 'analytic',
    emulated: false,
    previous: '',
    models: [model],
    control: new OrderedWriter(new Writable({ objectMode: true })),
    drop: () => undefined,
    data: new OrderedWriter<CoordinatorData>(wire(cluster, id)),
    rttMs: 1,
    figures: new Map(),
    conditions: byteCache(limits.conditionCacheBytesMax),
    progressAgeMs: 0,
    holds: { blocks: 0, jobs: 0 },
    hangMs: Infinity,
    modelCalls: 0,
    lastError: '',
  };
}

/** Serialised as gRPC would, and handed over in place of a socket. */
function wire(cluster: Cluster, worker: string): Writable {
  const { responseSerialize } = loadPackage().Fleet.service.Data;
  return new Writable({
    objectMode: true,
    write: (message: CoordinatorData, _encoding, written) => {
      cluster.messages++;
      cluster.outbox.push({ worker, bytes: Uint8Array.from(responseSerialize(message)) });
      if (cluster.outbox.length === 1) setImmediate(() => flush(cluster));
      written();
    },
  });
}

function flush(cluster: Cluster): void {
  cluster.thread.postMessage(cluster.outbox);
  cluster.outbox = [];
}

function listen(cluster: Cluster, workers: readonly string[]): void {
  const { requestDeserialize } = loadPackage().Fleet.service.Data;
  const inbox = new Map(workers.map((worker) => [worker, assembleFromBlock()]));
  cluster.thread.on('message', (parcels: readonly Parcel[]) => {
    for (const { worker, bytes } of parcels) {
      cluster.messages++;
      const complete = inbox.get(worker)?.push(requestDeserialize(Buffer.from(bytes)));
      if (complete) cluster.engine.receive(worker, decodeFromBlock(complete));
    }
  });
}

/** Of this thread: the workers have one of their own. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The least of a few: messages that are being read are garbage a moment later. */
async function heapNow(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let time = 0; time < HEAP_LOOKS; time++) {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
    await sleep(1);
  }
  return least;
}
