/**
 * The jobs and blocks that a worker holds. Messages in, messages out; the model, the clock and the
 * event loop are arguments.
 *
 * The messages of one block are processed one after the other, those of different blocks side by
 * side. `releaseBlock` and `closeJob` do not wait in line: after them nothing of the block is sent,
 * whatever of it still runs. Only a block whose rows are collected sends those first.
 */
import type {
  Fence,
  FromBlock,
  JobSpec,
  ToBlock,
  ToWorker,
} from '../../shared/kernel/block-messages.ts';
import { unreachable } from '../../shared/kernel/assert.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import { createSolver } from '../../shared/numerics/solver/create-solver.ts';
import { runAdvance } from './advance.ts';
import { BlockError, failureOf } from './block-error.ts';
import { runAbsorb, runCollect, runCorrect, runHandOver, runSweep } from './block-rounds.ts';
import type { OpenBlock, Order } from './block-rounds.ts';
import { blockProblem, leftEdge, prepareJob } from './job-setup.ts';
import type { PreparedJob } from './job-setup.ts';

export interface RuntimeOptions {
  /**
   * The model of a job; `stopped` turns true when nobody wants its outputs any more, `alone` is
   * true while the cluster has no other work.
   */
  readonly openDenoiser: (
    spec: JobSpec,
    stopped: () => boolean,
    alone: () => boolean,
  ) => Promise<Denoiser>;
  readonly send: (message: FromBlock) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Resolves after the event loop has turned. */
  readonly breathe: () => Promise<void>;
  /** The last block has gone. */
  readonly onIdle?: () => void;
}

export interface BlockRuntime {
  handle(message: ToWorker): void;
  /** Blocks held. */
  readonly held: number;
  /** Jobs open. */
  readonly openJobs: number;
  /** Forgets everything, as if every job were closed. */
  reset(): void;
}

interface Job {
  readonly ready: Promise<PreparedJob>;
  readonly blocks: Map<number, Held>;
  closed: boolean;
  /** Its only block advances, and the coordinator has no other work. */
  alone: boolean;
}

interface Held {
  readonly epoch: number;
  readonly attempt: number;
  released: boolean;
  /** The round that runs, for the text of a failure. */
  round: number;
  open: OpenBlock | undefined;
  tail: Promise<void>;
}

interface Runtime extends RuntimeOptions {
  readonly jobs: Map<string, Job>;
  held: number;
}

export function createBlockRuntime(options: RuntimeOptions): BlockRuntime {
  const runtime: Runtime = { ...options, jobs: new Map(), held: 0 };
  return {
    handle: (message) => handle(runtime, message),
    get held() {
      return runtime.held;
    },
    get openJobs() {
      return runtime.jobs.size;
    },
    reset: () => {
      for (const job of [...runtime.jobs.keys()]) closeJob(runtime, job);
    },
  };
}

function handle(runtime: Runtime, message: ToWorker): void {
  switch (message.kind) {
    case 'openJob':
      openJob(runtime, message.spec);
      return;
    case 'closeJob':
      closeJob(runtime, message.job);
      return;
    case 'assignBlock':
      assignBlock(runtime, message);
      return;
    case 'releaseBlock':
      if (message.collect || message.handOver) inLine(runtime, message);
      else releaseBlock(runtime, message.fence);
      return;
    case 'sweep':
    case 'advance':
    case 'absorb':
    case 'correct':
      inLine(runtime, message);
      return;
    default:
      unreachable(message);
  }
}

function inLine(runtime: Runtime, message: ToBlock): void {
  const block = current(runtime, message.fence);
  // Of a block that failed, moved or was cancelled: its sender will learn that it is late.
  if (block !== undefined) enqueue(runtime, block, message);
}

function openJob(runtime: Runtime, spec: JobSpec): void {
  closeJob(runtime, spec.job);
  const [stopped, alone] = [() => job.closed, () => job.alone];
  const opening = (): Promise<Denoiser> => runtime.openDenoiser(spec, stopped, alone);
  const ready = Promise.resolve()
    .then(opening)
    .then((denoiser) => prepareJob(spec, denoiser));
  const job: Job = { ready, blocks: new Map(), closed: false, alone: false };
  // The failure belongs to the blocks, each of which waits for this promise.
  ready.catch(() => undefined);
  runtime.jobs.set(spec.job, job);
}

function closeJob(runtime: Runtime, name: string): void {
  const job = runtime.jobs.get(name);
  if (job === undefined) return;
  runtime.jobs.delete(name);
  job.closed = true;
  for (const index of [...job.blocks.keys()]) forget(runtime, job, index);
}

function assignBlock(runtime: Runtime, message: Order<'assignBlock'>): void {
  const { job: name, block: index, epoch, attempt, round } = message.fence;
  const job = runtime.jobs.get(name);
  if (job === undefined) {
    const error = new BlockError('UNKNOWN_JOB', `job ${name} was not opened on this worker`, true);
    runtime.send({ kind: 'blockFailed', fence: message.fence, ...failureOf(error, round) });
    return;
  }
  const before = job.blocks.get(index);
  if (before !== undefined) {
    if (isOlder(message.fence, before)) return;
    forget(runtime, job, index);
  }
  const fresh = { epoch, attempt, released: false, round, open: undefined };
  const block: Held = { ...fresh, tail: Promise.resolve() };
  job.blocks.set(index, block);
  runtime.held += 1;
  enqueue(runtime, block, message);
}

function isOlder(fence: Fence, { epoch, attempt }: Held): boolean {
  return fence.epoch < epoch || (fence.epoch === epoch && fence.attempt < attempt);
}

function releaseBlock(runtime: Runtime, fence: Fence): void {
  const job = runtime.jobs.get(fence.job);
  const block = job?.blocks.get(fence.block);
  if (job && block && !isOlder(fence, block)) forget(runtime, job, fence.block);
}

function forget(runtime: Runtime, job: Job, index: number): void {
  const block = job.blocks.get(index);
  if (block === undefined) return;
  job.blocks.delete(index);
  block.released = true;
  const { open, tail } = block;
  // what of it still runs ends first
  if (open) void tail.then(() => open.solver.dispose?.());
  block.open = undefined;
  runtime.held -= 1;
  if (runtime.held === 0) runtime.onIdle?.();
}

/** The block that a message is about, if the message is about the present. */
function current(runtime: Runtime, { job, block, epoch, attempt }: Fence): Held | undefined {
  const held = runtime.jobs.get(job)?.blocks.get(block);
  return held?.epoch === epoch && held.attempt === attempt ? held : undefined;
}

function enqueue(runtime: Runtime, block: Held, message: ToBlock): void {
  block.tail = block.tail.then(() => carryOut(runtime, block, message));
}

async function carryOut(runtime: Runtime, block: Held, message: ToBlock): Promise<void> {
  if (block.released) return;
  block.round = message.fence.round;
  const job = runtime.jobs.get(message.fence.job);
  if (job) job.alone = message.kind === 'advance' && message.alone === true;
  try {
    const answer = await answerTo(runtime, block, message);
    if (answer !== undefined && !block.released) runtime.send(answer);
    // what a block hands over is the end of it
    if (message.kind === 'releaseBlock') releaseBlock(runtime, message.fence);
  } catch (error) {
    fail(runtime, block, message.fence, error);
  }
}

function fail(runtime: Runtime, block: Held, fence: Fence, error: unknown): void {
  if (block.released) return;
  const failure = failureOf(error, block.round);
  const job = runtime.jobs.get(fence.job);
  runtime.send({ kind: 'blockFailed', fence, ...failure });
  if (job) forget(runtime, job, fence.block);
}

async function answerTo(
  runtime: Runtime,
  block: Held,
  message: ToBlock,
): Promise<FromBlock | undefined> {
  if (message.kind === 'assignBlock') {
    const job = await runtime.jobs.get(message.fence.job)?.ready;
    if (job !== undefined) block.open = openBlock(job, message);
    return undefined;
  }
  const { open } = block;
  if (open === undefined) return undefined;
  const { now, breathe } = runtime;
  switch (message.kind) {
    case 'sweep':
      return runSweep(open, message, now);
    case 'absorb':
      return runAbsorb(open, message, now);
    case 'correct':
      return runCorrect(open, message, now);
    case 'releaseBlock':
      return message.handOver ? runHandOver(open, message) : runCollect(open, message);
    case 'advance':
      return runAdvance(open, message, {
        now,
        breathe,
        send: runtime.send,
        released: () => block.released,
        onRound: (round) => {
          block.round = round;
        },
      });
    default:
      return unreachable(message);
  }
}

function openBlock(job: PreparedJob, message: Order<'assignBlock'>): OpenBlock {
  const left = leftEdge(job, message);
  return { job, solver: createSolver(blockProblem(job, message), left) };
}
