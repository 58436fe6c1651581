/** One cell of the kill matrix: a job, one moment in it, one fault, and what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { JobResult, SubmitRequest } from '../../cli/client.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import type { Fleet, FleetWorker } from './fleet.ts';
import { attemptsOf, liveBlocks, type Attempt, type Entry } from './ledger.ts';

/** `stopDeaf` is a stop of workers that do not notice that they were given up, and go on. */
export const faultNames = [
  'kill',
  'killAllButOne',
  'stop',
  'stopAllButOne',
  'stopDeaf',
  'drain',
] as const;
export type FaultName = (typeof faultNames)[number];

/** In the middle of a model call, or right after the first answer of the round. */
export type Phase = 'call' | 'reply';

export interface Moment {
  readonly round: number;
  readonly phase: Phase;
}

export interface Cell extends Moment {
  readonly fault: FaultName;
}

export interface Outcome {
  readonly cell: Cell;
  /** Rows of live blocks were with those that were hit. */
  readonly hit: boolean;
  readonly wrong: readonly string[];
  readonly error: number;
  readonly rounds: number;
  /** Blocks that were assigned anew. */
  readonly moved: number;
  readonly modelCalls: number;
  /** Those of them that lost attempts had told of. */
  readonly wastedCalls: number;
  readonly staleReplies: number;
  /** From the signal to the coordinator's word that the worker has left, of each. */
  readonly detectedMs: readonly number[];
  /** From the signal to the first new assignment of a block of theirs. */
  readonly reassignedMs: number | undefined;
}

export interface Measured {
  /** From the order of a sweep to its answer. */
  readonly sweepMs: number;
  /** Of one round of a block that runs alone. */
  readonly aloneMs: number;
  readonly sequential: Float32Array;
}

interface Struck {
  readonly atMs: number;
  readonly victims: readonly FleetWorker[];
  /** Blocks that they held. */
  readonly blocks: readonly number[];
}

const signals = {
  kill: 'SIGKILL',
  killAllButOne: 'SIGKILL',
  stop: 'SIGSTOP',
  stopAllButOne: 'SIGSTOP',
  stopDeaf: 'SIGSTOP',
  drain: 'SIGTERM',
} as const satisfies Record<FaultName, NodeJS.Signals>;

export interface CellOptions {
  readonly fleet: Fleet;
  readonly request: SubmitRequest;
  readonly measured: Measured;
  readonly tolerance: number;
  readonly leaseMs: number;
}

/** Far more than any of them takes, even beside others on a loaded machine. */
const JOB_MS_MAX = 300_000;
/** A block that runs alone is caught by the clock, which may miss: then earlier, and earlier. */
const EARLIER = [1, 0.5, 0.2, 0] as const;

export async function runCell(options: CellOptions, cell: Cell): Promise<Outcome> {
  for (const share of EARLIER.slice(0, -1)) {
    const outcome = await tryCell(options, cell, share);
    if (outcome.hit || outcome.wrong.length > 0) return outcome;
  }
  return tryCell(options, cell, 0);
}

async function tryCell(options: CellOptions, cell: Cell, share: number): Promise<Outcome> {
  const { fleet, request, measured, leaseMs } = options;
  await fleet.fill();
  const { entries } = fleet.ledger;
  const from = entries.length;
  const staleBefore = (await fleet.client.fleet()).staleReplies;
  let struck: Struck | undefined;
  let over = false;
  const job = new Promise<string>((resolve) => {
    fleet.ledger.listen = momentOf(cell, measured, share, (id) => {
      // a clock that is late must not strike the job after this one
      if (!over) struck ??= strike(fleet, entries.slice(from), id, cell);
    });
    void fleet.client.submit(request).then((submitted) => resolve(submitted.job));
  });
  const id = await job;
  const resumed = isStop(cell)
    ? resumeLater({ struck: () => struck, over: () => over }, fleet, leaseMs)
    : undefined;
  const result = await Promise.race([finished(fleet, id), tooLong(id)]);
  over = true;
  await resumed;
  fleet.ledger.listen = () => undefined;
  const staleReplies = (await fleet.client.fleet()).staleReplies - staleBefore;
  const run = entries.slice(from);
  const attempts = attemptsOf(run, id);
  const error = largestError(result, measured.sequential);
  const found = judge(options.tolerance, { result, attempts, run, struck, error });
  const lost = attempts.filter(isLost(attempts, struck));
  if (struck && cell.fault === 'drain') found.push(...(await drained(struck)));
  if (struck && signals[cell.fault] === 'SIGKILL') await buried(struck);
  return {
    cell,
    hit: struck !== undefined && struck.blocks.length > 0,
    wrong: found,
    error,
    rounds: result.report.rounds,
    moved: lost.length,
    modelCalls: result.report.modelCalls,
    wastedCalls: lost.reduce((sum, { calls }) => sum + calls, 0),
    staleReplies,
    ...(struck ? timesOf(struck, run, attempts) : { detectedMs: [], reassignedMs: undefined }),
  };
}

/** Calls `fire` with the job at the moment. */
function momentOf(
  { phase, round }: Cell,
  { sweepMs, aloneMs }: Measured,
  share: number,
  fire: (job: string) => void,
) {
  let armed = true;
  return ({ msg, kind, fence }: Entry): void => {
    if (!armed || !fence) return;
    const asked = msg === 'order' && kind === 'sweep' && fence.round === round;
    const told = msg === 'block replied' && fence.round === round;
    const alone = msg === 'order' && kind === 'advance' && fence.round <= round;
    if (phase === 'reply' ? !told && !alone : !asked && !alone) return;
    armed = false;
    const { job } = fence;
    if (told) return fire(job);
    const waitMs = alone ? (round - fence.round + 0.5) * aloneMs : sweepMs / 2;
    setTimeout(() => fire(job), share * waitMs);
  };
}

function strike(fleet: Fleet, run: readonly Entry[], job: string, cell: Cell): Struck | undefined {
  const held = liveBlocks(run, job);
  const over = run.some(({ msg }) => msg === 'job ended');
  const workers = fleet.registered();
  const holders = workers.filter(({ id }) => [...held.values()].includes(id));
  // another block in every round
  const chosen = holders[cell.round % Math.max(1, holders.length)];
  const all = cell.fault === 'killAllButOne' || cell.fault === 'stopAllButOne';
  const others = workers.filter(({ id }) => id !== chosen?.id);
  const survivor = others[cell.round % Math.max(1, others.length)];
  const victims = all ? workers.filter((worker) => worker !== survivor) : chosen ? [chosen] : [];
  const ids = new Set(victims.map(({ id }) => id));
  const blocks = [...held].filter(([, id]) => ids.has(id)).map(([block]) => block);
  // too late: the job has not been hit, so nobody is
  if (over || blocks.length === 0) return undefined;
  for (const { process } of victims) process.kill(signals[cell.fault]);
  return { atMs: performance.now(), victims, blocks };
}

function isStop({ fault }: Cell): boolean {
  return signals[fault] === 'SIGSTOP';
}

/** Once their blocks are elsewhere, which takes a lease, they go on as if nothing had been. */
async function resumeLater(
  { struck, over }: { readonly struck: () => Struck | undefined; readonly over: () => boolean },
  fleet: Fleet,
  leaseMs: number,
): Promise<void> {
  while (!struck() && !over()) await sleep(5);
  const { victims = [] } = struck() ?? {};
  const gone = ({ id }: FleetWorker) =>
    fleet.ledger.entries.some(({ msg, worker }) => msg === 'worker dropped' && worker === id);
  const latest = performance.now() + 10 * leaseMs;
  while (!victims.every(gone) && performance.now() < latest) await sleep(5);
  for (const { process } of victims) process.kill('SIGCONT');
  // what they still have to say arrives
  await sleep(leaseMs / 2);
}

/** A job that waits for ever is a failure of the run, not a run without end. */
async function tooLong(job: string): Promise<never> {
  await sleep(JOB_MS_MAX, undefined, { ref: false });
  throw new Error(`job ${job} is not over after ${JOB_MS_MAX / 1000} s`);
}

async function finished(fleet: Fleet, job: string): Promise<JobResult> {
  for await (const { status } of fleet.client.watch(job)) {
    if (status.state === 'failed') throw new Error(`the job failed: ${status.message}`);
  }
  return fleet.client.result(job);
}

interface Found {
  readonly result: JobResult;
  readonly attempts: readonly Attempt[];
  readonly run: readonly Entry[];
  readonly struck: Struck | undefined;
  readonly error: number;
}

/** Everything that must hold of a run, whatever was done to it. */
function judge(tolerance: number, { result, attempts, run, struck, error }: Found): string[] {
  const wrong: string[] = [];
  const { outcome, modelCalls } = result.report;
  if (outcome !== 'converged') wrong.push(`it ended ${outcome}`);
  if (!(error <= tolerance)) wrong.push(`its error is ${error}, not at most ${tolerance}`);
  const counted = attempts.reduce((sum, { calls }) => sum + calls, 0);
  if (counted !== modelCalls) wrong.push(`${modelCalls} calls reported, ${counted} counted`);
  const hit = new Set(struck?.victims.map(({ id }) => id));
  for (const { msg, worker = '', kind, fence } of run) {
    if (msg === 'worker left' && !hit.has(worker)) wrong.push(`${worker} left unasked`);
    const failed = msg === 'block replied' && kind === 'blockFailed';
    if (failed) wrong.push(`block ${fence?.block} failed on ${worker}`);
  }
  for (const { block, replies } of attempts) {
    const again = replies.filter((reply, k) => isRound(reply) && replies.indexOf(reply) < k);
    if (again.length > 0) wrong.push(`block ${block} did ${again.join(', ')} twice`);
  }
  return wrong;
}

/** A report of an advance comes several times under one round. */
function isRound(reply: string): boolean {
  return !reply.startsWith('progress');
}

/** Its worker was hit, and another one started the block anew; what moved with its rows is kept. */
function isLost(attempts: readonly Attempt[], struck: Struck | undefined) {
  const hit = new Set(struck?.victims.map(({ id }) => id));
  return ({ block, attempt, worker }: Attempt) => {
    const later = attempts.filter((other) => other.block === block && other.attempt > attempt);
    return hit.has(worker) && later[0]?.handed === false;
  };
}

function largestError({ samples, report }: JobResult, wanted: Float32Array): number {
  const dim = samples.length / report.samples;
  const errors = Array.from({ length: report.samples }, (_, m) =>
    rmsDifference(samples, m * dim, wanted, m * dim, dim),
  );
  return samples.length === wanted.length ? Math.max(...errors) : Infinity;
}

function timesOf(
  { atMs, victims, blocks }: Struck,
  run: readonly Entry[],
  attempts: readonly Attempt[],
): Pick<Outcome, 'detectedMs' | 'reassignedMs'> {
  const left = ({ id }: FleetWorker) =>
    run.find(({ msg, worker }) => worker === id && msg === 'worker left')?.atMs;
  const detected = victims.map(left).filter((ms) => ms !== undefined);
  const again = attempts.find((one) => one.atMs > atMs && blocks.includes(one.block));
  return { detectedMs: detected.map((ms) => ms - atMs), reassignedMs: again && again.atMs - atMs };
}

/** The next job begins without those who are dead and not missed yet. */
async function buried({ victims }: Struck): Promise<void> {
  while (victims.some(({ process }) => process.signalCode === null)) await sleep(5);
}

/** A worker that is asked to leave ends in order. */
async function drained({ victims }: Struck): Promise<string[]> {
  const deadline = performance.now() + 30_000;
  const running = () => victims.some(({ process }) => process.exitCode === null);
  while (running() && performance.now() < deadline) await sleep(20);
  return victims
    .filter(({ process }) => process.exitCode !== 0)
    .map(({ id, process }) => `${id} was asked to leave and ended with ${process.exitCode}`);
}
