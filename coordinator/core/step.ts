/**
 * One transition in the making: a copy of the state that may be changed, and the commands so far.
 * Nothing outside `coordinator/core` sees a half-changed state.
 */
import { assert } from '../../shared/kernel/assert.ts';
import type { Fence } from '../../shared/kernel/block-messages.ts';
import type { Command, Instruction } from './command.ts';
import type { FairQueue } from './fair-queue.ts';
import { SharedMap } from './shared-map.ts';
import type { BlockState, JobState, LatentHandle, State, WorkerState } from './state.ts';
import type { Trust } from './suspicion.ts';

export interface Step {
  readonly atMs: number;
  readonly epoch: number;
  readonly leaseMs: number;
  readonly jobsRunningMax: number;
  lastTickMs: number;
  staleReplies: number;
  readonly checkpointMs: number;
  readonly spotCheckEvery: number;
  trust: ReadonlyMap<string, Trust>;
  readonly workers: SharedMap<WorkerState>;
  readonly jobs: SharedMap<JobState>;
  queue: FairQueue;
  running: readonly string[];
  resolving: string | undefined;
  /** Jobs that this transition has copied already. */
  readonly edited: Set<string>;
  readonly commands: Command[];
}

export function beginStep(state: State, atMs: number): Step {
  return {
    ...state,
    atMs,
    lastTickMs: state.lastTickMs ?? atMs,
    workers: new SharedMap(state.workers),
    jobs: new SharedMap(state.jobs),
    edited: new Set(),
    commands: [],
  };
}

export function endStep(step: Step): { state: State; commands: readonly Command[] } {
  const { commands, atMs: _atMs, edited: _edited, ...state } = step;
  return { state, commands };
}

/** The job for changing: copied, with its blocks, the first time a transition asks for it. */
export function editJob(step: Step, id: string): JobState {
  const job = step.jobs.get(id);
  assert(job, `no job ${id}`);
  if (step.edited.has(id)) return job;
  const copy = { ...job, blocks: job.blocks.map((block) => ({ ...block })) };
  step.jobs.set(id, copy);
  step.edited.add(id);
  return copy;
}

export function fenceOf(
  step: Step,
  job: JobState,
  block: Pick<BlockState, 'index' | 'attempt' | 'round'>,
): Fence {
  const { index, attempt, round } = block;
  return { job: job.id, block: index, epoch: step.epoch, attempt, round };
}

/** An order for the worker that holds a block; while no worker can take it, nobody is told. */
export function tell(
  step: Step,
  { worker }: Pick<BlockState, 'worker'>,
  message: Instruction,
): void {
  if (worker !== '') step.commands.push({ kind: 'send', worker, message });
}

/** What the worker holds under the fence it forgets, and sends nothing of it. */
export function tellToForget(step: Step, holder: Pick<BlockState, 'worker'>, fence: Fence): void {
  tell(step, holder, { kind: 'releaseBlock', fence, collect: false, left: undefined });
}

/** A handle that no other transition makes: the name says what it is and when it was made. */
export function handle(job: JobState, block: number, what: string): LatentHandle {
  return { id: `${job.id}/${block}/${job.tally.rounds}/${what}` };
}

/**
 * Rounds that repeat what was lost with a worker are nobody's fault, and one that ended in front of
 * a late block is no whole round: both come on top.
 */
export function roundsMaxOf(job: JobState): number {
  return planOf(job).roundsMax + job.roundsLost + job.tally.staleRounds;
}

export function planOf(job: JobState): NonNullable<JobState['plan']> {
  assert(job.plan, `job ${job.id} has no plan yet`);
  return job.plan;
}
