/** Bookkeeping of a job: what its rounds cost and what is known of its error. */
import type { RoundResiduals, WorkCost } from '../../shared/kernel/block-messages.ts';
import { residualOf } from '../../shared/kernel/residual-code.ts';
import { SharedMap } from './shared-map.ts';
import type { BlockState, JobState, TimeSpent } from './state.ts';

/** Counts the work of one reply. */
export function countWork(job: JobState, block: BlockState, cost: WorkCost): void {
  const { tally } = job;
  const { worker } = block;
  const busyUntil = Math.max(job.callClock.get(worker) ?? 0, block.ready) + cost.microBatches;
  if (cost.microBatches > 0) {
    job.callClock = changed(job.callClock, worker, busyUntil);
    block.ready = busyUntil;
  }
  const { modelMs, queueMs, scanMs } = job.spent.get(worker) ?? job.spentBefore;
  const spent: TimeSpent = {
    modelMs: modelMs + cost.modelMs,
    queueMs: queueMs + cost.queueMs,
    scanMs: scanMs + cost.scanMs,
  };
  job.spent = changed(job.spent, worker, spent);
  job.tally = {
    ...tally,
    // blocks overlap, and only what one worker does is done one after the other
    ...(total(spent) > total(tally) && spent),
    lateMs: tally.lateMs + (cost.modelMs - deviceMsOf(cost)),
    modelCalls: tally.modelCalls + cost.modelCalls,
    forwardPasses: tally.forwardPasses + cost.forwardPasses,
    sequentialCalls: Math.max(tally.sequentialCalls, block.ready),
  };
}

function changed<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  const next = new SharedMap(map);
  next.set(key, value);
  return next;
}

/** What the models spent on a job, in milliseconds of their best batch: rows of any company. */
export function serviceOf({ tally, plan }: JobState): number {
  return tally.forwardPasses * (plan?.demand?.passMs ?? 1);
}

/** What a device took, or would have taken if it were the one that it is said to be. */
function deviceMsOf({ modelMs, deviceMs }: WorkCost): number {
  return deviceMs ?? modelMs;
}

/** Model time of one block in its round; what blocks of one worker take adds up. */
export function countRound(job: JobState, block: BlockState, cost: WorkCost): void {
  const { worker } = block;
  const round = block.round + block.lag;
  const own = job.roundMs.get(round) ?? {};
  const ms = (own[worker] ?? 0) + deviceMsOf(cost);
  job.roundMs = new Map(job.roundMs).set(round, { ...own, [worker]: ms });
}

/** A round is over: nobody could have ended it before its slowest worker's model did. */
export function countIdeal(job: JobState): void {
  const { tally, roundMs } = job;
  const over = [...roundMs].filter(([round]) => round <= tally.rounds);
  const slowest = over.map(([, own]) => Math.max(...Object.values(own)));
  const idealMs = slowest.reduce((sum, ms) => sum + ms, tally.idealMs);
  job.tally = { ...tally, idealMs };
  job.roundMs = new Map([...roundMs].filter(([round]) => round > tally.rounds));
}

/** Rounds of a block that stood alone. */
export function countAlone(job: JobState, cost: WorkCost): void {
  job.tally = { ...job.tally, idealMs: job.tally.idealMs + deviceMsOf(cost) };
}

function total({ modelMs, queueMs, scanMs }: TimeSpent): number {
  return modelMs + queueMs + scanMs;
}

/**
 * Largest residual among the rows that froze in a round: from behind the old frontier, whose first
 * row is exact whatever its residual was, up to the new one.
 */
export function frozenResidual(round: RoundResiduals, from: number, to: number): number {
  let max = 0;
  for (let step = Math.max(from + 1, round.firstStep); step < to; step++) {
    const code = round.codes[step - round.firstStep];
    if (code !== undefined) max = Math.max(max, residualOf(code));
  }
  return max;
}

export function countFrozen(job: JobState, round: RoundResiduals, from: number, to: number): void {
  const residual = frozenResidual(round, from, to);
  job.tally = { ...job.tally, residualMax: Math.max(job.tally.residualMax, residual) };
}

/** A median of so many says what a sweep takes now. */
const SWEEPS_KEPT = 9;

/** A sweep of a block came to its end. */
export function noteSweep(job: JobState, { sentMs }: BlockState, atMs: number): void {
  job.sweepMs = [...job.sweepMs, atMs - sentMs].slice(-SWEEPS_KEPT);
}

/** Before that many nobody knows what is long. */
const SWEEPS_LEAST = 3;

/** The median of its newest sweeps, in milliseconds. */
export function usualSweepMs({ sweepMs }: Pick<JobState, 'sweepMs'>): number | undefined {
  if (sweepMs.length < SWEEPS_LEAST) return undefined;
  return sweepMs.toSorted((a, b) => a - b)[sweepMs.length >> 1];
}
