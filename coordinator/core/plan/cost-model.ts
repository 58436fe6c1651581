/**
 * The wall clock of a setting, as far as it can be known before it runs (docs/planner.md):
 *
 *   wall = start + sum over rounds of ( max over workers of model + vector work ) + overhead
 *
 *   model      calls as the worker's batcher will cut them, read off its latency curve
 *   vector     scans, secants and noise on the worker's main thread, per row
 *   overhead   per round: nearly nothing where one block runs alone, one exchange otherwise
 *
 * The rows of a round come from the measured course of such runs: where the frontier is, and how
 * many rows are evaluated; which worker has them is the same partition that the job will get.
 */
import { batchesOf, type CallShape } from '../../../shared/numerics/batches.ts';
import { callMs, type LatencyCurve } from '../../../shared/numerics/latency-curve.ts';
import { cutByShares, partition, turnsOf, type Block } from '../../../shared/numerics/partition.ts';
import { unevenShares } from '../speed.ts';
import { liveRows, type LiveBlock } from './live-rows.ts';
import type { RoundsEstimate } from './rounds-model.ts';

export interface PlanWorker {
  readonly id: string;
  /** Of a call while other workers are idle. */
  readonly curve: LatencyCurve;
  /** Of a call while all workers that were measured together are busy; absent before that. */
  readonly crowded?: LatencyCurve;
  /** How many were. */
  readonly crowd: number;
  /** There and back of an empty message. */
  readonly rttMs: number;
  /** Most model rows of a call (`worthwhileBatch`) ... */
  readonly batchMax: number;
  /** ... and of one that the blocks of a worker share (`sharedBatch`). */
  readonly sharedMax: number;
}

export interface PlanJob extends CallShape {
  readonly steps: number;
  readonly samples: number;
  /** Elements of one latent. */
  readonly dim: number;
}

export interface Setting {
  readonly method: string;
  readonly window: number;
  /** Live at once. */
  readonly blocks: number;
  /** Side by side, each with all blocks on `workers / groups` workers. */
  readonly groups: number;
  /** Fastest first. */
  readonly workers: readonly PlanWorker[];
}

export interface WallTime {
  readonly modelMs: number;
  /** Everything else. */
  readonly restMs: number;
  readonly bytes: number;
}

/**
 * Measured on one core of an Intel Xeon with Node 24 (docs/planner.md says how); the planner
 * corrects them by what jobs really took, so that their order of magnitude is enough.
 */
export const costs = {
  /** Vector work of one row of one sample, whatever its size ... */
  rowMs: 0.004,
  /** ... and per element of its latent. */
  elementMs: 1e-5,
  /** A round that a worker runs by itself. */
  aloneRoundMs: 0.03,
  /** An exchange beyond its round trip ... */
  exchangeMs: 0.3,
  /** ... and what the coordinator does in it for each block. */
  blockExchangeMs: 0.13,
  /** A byte of a latent through serialising, checksum, socket and copies, one way. */
  byteMs: 3e-6,
  /** Opening a job and its first block. */
  startMs: 2,
} as const;

/** ParaTAA composes twice and corrects; Parareal hands over after its absorption. */
const exchangesPerRound: Readonly<Record<string, number>> = { parataa: 3, parareal: 2 };
const SCALAR_BYTES_PER_ROW = 20;
const MESSAGE_BYTES = 400;
const FLOAT_BYTES = 4;
/** A long course is looked at in this many places. */
const ROUNDS_LOOKED_AT_MAX = 48;

export function wallTime(job: PlanJob, setting: Setting, course: RoundsEstimate): WallTime {
  if (setting.method === 'sequential') return sequentialTime(job, setting);
  if (setting.method === 'parareal') return pararealTime(job, setting, course);
  return windowTime(job, setting, course);
}

/** Samples of the largest group. */
function groupSamples({ samples }: PlanJob, { groups }: Setting): number {
  return Math.ceil(samples / groups);
}

function sequentialTime(job: PlanJob, setting: Setting): WallTime {
  const samples = groupSamples(job, setting);
  const roundMs = rowsTimer(job, setting)(samples);
  return {
    modelMs: job.steps * roundMs,
    restMs: startMs(setting) + job.steps * (vectorMs(job, samples) + costs.aloneRoundMs),
    bytes: setting.groups * 2 * latentBytes(job, samples),
  };
}

function startMs({ workers, groups }: Setting): number {
  return costs.startMs * Math.max(1, workers.length / groups) + slowestRtt(workers);
}

function slowestRtt(workers: readonly PlanWorker[]): number {
  return Math.max(...workers.map(({ rttMs }) => rttMs));
}

function vectorMs({ dim }: PlanJob, rows: number): number {
  return rows * (costs.rowMs + dim * costs.elementMs);
}

function latentBytes({ dim }: PlanJob, samples: number): number {
  return FLOAT_BYTES * dim * samples;
}

/**
 * Milliseconds of the model calls for so many pairs of row and sample of one block, on the slowest
 * of some workers, while all workers are busy.
 */
function rowsTimer(
  job: PlanJob,
  setting: Setting,
  some: readonly PlanWorker[] = setting.workers,
): (rows: number) => number {
  const { workers } = setting;
  const known = new Map<number, number>();
  const byBatch = [...Map.groupBy(some, ({ batchMax }) => batchMax)];
  // with one timestep per call every row of the trajectory is a call of its own
  const perCall = job.sharedTimestep ? groupSamples(job, setting) : Infinity;
  return (rows) => {
    const found = known.get(rows);
    if (found !== undefined) return found;
    const count = Math.min(rows, perCall);
    const each = byBatch.map(([most, own]) => slowestMs(cutsOf(job, count, most), own, workers));
    const ms = rows === 0 ? 0 : (Math.max(...each) * rows) / count;
    known.set(rows, ms);
    return ms;
  };
}

/**
 * Likewise for all blocks of a worker. The wave reaches them one after the other: the first is
 * computed by the time that others wait, and those share a call where it is small enough.
 */
function sharedTimer(
  job: PlanJob,
  setting: Setting,
  some: readonly PlanWorker[] = setting.workers,
): (blocks: readonly number[]) => number {
  const apart = rowsTimer(job, setting, some);
  const most = Math.min(...some.map(({ sharedMax }) => sharedMax));
  return ([first = 0, ...others]) => {
    const modelRows = sum(others) * (job.guided ? 2 : 1);
    const shared = others.length > 1 && modelRows <= most;
    const othersMs = shared
      ? slowestMs([[modelRows, 1]], some, setting.workers)
      : sum(others.map(apart));
    return apart(first) + othersMs;
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Calls of each size; the batcher makes at most two sizes. */
function cutsOf({ guided }: PlanJob, count: number, most: number): [size: number, calls: number][] {
  const cuts = batchesOf({ count, timesteps: [] }, { guided, sharedTimestep: false }, most);
  const calls = new Map<number, number>();
  for (const { count: size } of cuts) calls.set(size, (calls.get(size) ?? 0) + 1);
  return [...calls];
}

function slowestMs(
  cuts: readonly [size: number, calls: number][],
  own: readonly PlanWorker[],
  { length: busy }: readonly PlanWorker[],
): number {
  let most = 0;
  for (const worker of own) {
    let ms = 0;
    for (const [size, calls] of cuts) ms += calls * busyCallMs(worker, size, busy);
    most = Math.max(most, ms);
  }
  return most;
}

/** Between alone and all together; as if they shared one device until they were measured. */
function busyCallMs({ curve, crowded, crowd }: PlanWorker, batch: number, busy: number): number {
  const alone = callMs(curve, batch);
  if (busy <= 1) return alone;
  if (!crowded || crowd <= 1) return alone * busy;
  const share = (busy - 1) / (crowd - 1);
  return Math.max(alone, alone + share * (callMs(crowded, batch) - alone));
}

/** The course of the rolling window over the blocks of one group. */
function windowTime(job: PlanJob, setting: Setting, course: RoundsEstimate): WallTime {
  const { groups, window } = setting;
  const rounds = Math.max(1, Math.round(course.rounds));
  const samples = groupSamples(job, setting);
  const { blocks, ...dealt } = deal(job, setting);
  const looks = Math.min(rounds, ROUNDS_LOOKED_AT_MAX);
  const total = { modelMs: 0, restMs: 0, bytes: 0 };
  for (let look = 0; look < looks; look++) {
    const at = (look + 0.5) / looks;
    const live = liveRows(blocks, { steps: job.steps, window, samples, course, at });
    const loads = loadsOf(live, dealt);
    total.modelMs += Math.max(...loads.map(({ ms }) => ms)) / looks;
    const rows = Math.max(...loads.map((load) => load.rows));
    total.restMs += (vectorMs(job, rows) + overheadMs(job, setting, live.length)) / looks;
    total.bytes += (groups * roundBytes(job, setting, live)) / looks;
  }
  const entering = runsAlone(setting) ? 0 : blocks.length * groups;
  return {
    modelMs: rounds * total.modelMs,
    restMs: startMs(setting) + rounds * total.restMs + entering * entryMs(job, samples),
    bytes: rounds * total.bytes + (groups + entering) * 2 * latentBytes(job, samples),
  };
}

/** A block that enters is rolled out to, and gets two latents. */
function entryMs(job: PlanJob, samples: number): number {
  return costs.blockExchangeMs + 2 * latentBytes(job, samples) * costs.byteMs;
}

interface Deal {
  /** Of each worker of a group, for all of its blocks. */
  readonly timers: readonly ((blocks: readonly number[]) => number)[];
  /** Of a block, by its index. */
  readonly ownerOf: (index: number) => number;
}

/** As `core/deal.ts` will cut: in turn, or by the speed of workers that differ. */
function deal(job: PlanJob, setting: Setting): Deal & { readonly blocks: readonly Block[] } {
  const { window, blocks: live, groups, workers } = setting;
  const perGroup = Math.max(1, Math.floor(workers.length / groups));
  const even = partition(job.steps, window, live);
  const own = workers.map((worker) => rowsTimer(job, setting, [worker]));
  const apart = groups === 1 && even.length > 1 && perGroup > 1;
  const rows = Math.min(window, job.steps);
  const shares = apart ? unevenShares(rows, own, groupSamples(job, setting)) : undefined;
  if (!shares) {
    const timer = sharedTimer(job, setting);
    const timers = Array.from({ length: perGroup }, () => timer);
    return { blocks: even, timers, ownerOf: (index) => index % perGroup };
  }
  const takers = shares.map((share, k) => ({ worker: `${k}`, rows: share }));
  const blocks = cutByShares({ begin: 0, end: job.steps }, takers, turnsOf(takers, live));
  const timers = workers.map((worker) => sharedTimer(job, setting, [worker]));
  return { blocks, timers, ownerOf: (index) => Number(blocks[index]?.worker ?? 0) };
}

function loadsOf(live: readonly LiveBlock[], { timers, ownerOf }: Deal) {
  const loads = timers.map((): number[] => []);
  for (const { index, rows } of live) loads[ownerOf(index)]?.push(rows);
  return loads.map((rows, k) => ({ ms: timers[k]?.(rows) ?? 0, rows: sum(rows) }));
}

/** One block that holds the whole window needs nobody. */
export function runsAlone({ blocks }: Pick<Setting, 'blocks'>): boolean {
  return blocks === 1;
}

function overheadMs(job: PlanJob, setting: Setting, live: number): number {
  if (runsAlone(setting)) return costs.aloneRoundMs;
  const latent = latentBytes(job, groupSamples(job, setting));
  const perBlock = costs.blockExchangeMs + 2 * latent * costs.byteMs;
  const link = slowestRtt(setting.workers) + costs.exchangeMs;
  const exchange = link + live * setting.groups * perBlock;
  return (exchangesPerRound[setting.method] ?? 1) * exchange;
}

function roundBytes(job: PlanJob, setting: Setting, live: readonly LiveBlock[]): number {
  if (runsAlone(setting)) return setting.window;
  const rows = live.reduce((sum, block) => sum + block.rows, 0);
  const latent = latentBytes(job, groupSamples(job, setting));
  return live.length * (2 * latent + MESSAGE_BYTES) + rows * SCALAR_BYTES_PER_ROW;
}

/**
 * Without a barrier: the fine steps of all blocks are spread over the workers, and no block ends
 * before the chain of its boundaries does. A bound from below on what is rarely worth choosing.
 */
function pararealTime(job: PlanJob, setting: Setting, course: RoundsEstimate): WallTime {
  const { workers, blocks } = setting;
  const samples = groupSamples(job, setting);
  const rounds = Math.max(1, course.rounds);
  const callMs = rowsTimer(job, setting)(samples);
  const calls = course.calls / job.samples;
  const chain = Math.max(calls / workers.length, blocks + (rounds * job.steps) / blocks);
  const exchanges = (rounds * blocks) / workers.length;
  return {
    modelMs: chain * callMs,
    restMs:
      startMs(setting) + chain * vectorMs(job, samples) + exchanges * overheadMs(job, setting, 1),
    bytes: rounds * blocks * (2 * latentBytes(job, samples) + MESSAGE_BYTES),
  };
}
