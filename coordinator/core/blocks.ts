/** Giving blocks to workers. Used by both ways of running a round. */
import { windowEndOf } from '../../shared/numerics/compose.ts';
import type { Frozen } from '../../shared/numerics/solver/freeze.ts';
import type { RowsFrom } from './command.ts';
import { modelOf, slowness, type ModelName } from './speed.ts';
import type { BlockState, JobState, LatentHandle, WorkerState } from './state.ts';
import { fenceOf, planOf, type Step, tell, tellToForget } from './step.ts';
import { countFrozen } from './tally.ts';

/** Workers that may take blocks of a job's model, first who will be free for one more first. */
export function eligibleWorkers(step: Step, job: JobState): string[] {
  const load = blocksPerWorker(step);
  const able = ableWorkers(step, job);
  const slow = slowness(able, planOf(job), step.atMs);
  const turns = new Map(
    able.map(({ id }) => [id, ((load.get(id) ?? 0) + 1) * ((slow.get(id) ?? 0) + 1)]),
  );
  return able
    .map(({ id }) => id)
    .sort((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0) || (a < b ? -1 : 1));
}

export function ableWorkers(step: Step, job: JobState): WorkerState[] {
  const plan = planOf(job);
  return [...step.workers.values()].filter((worker) => canTake(worker, plan));
}

function canTake(worker: WorkerState | undefined, plan: ModelName): boolean {
  return worker?.draining === false && modelOf(worker, plan) !== undefined;
}

export function hasAbleWorker(step: Step, plan: ModelName): boolean {
  for (const worker of step.workers.values()) if (canTake(worker, plan)) return true;
  return false;
}

function blocksPerWorker(step: Step): Map<string, number> {
  const load = new Map<string, number>();
  for (const id of step.running) {
    for (const { worker } of step.jobs.get(id)?.blocks ?? [])
      load.set(worker, (load.get(worker) ?? 0) + 1);
  }
  return load;
}

/** Opens the job on a worker once. */
export function openOn(step: Step, job: JobState, worker: string): void {
  if (job.opened.includes(worker)) return;
  job.opened = [...job.opened, worker];
  // it has it already, for a spot check
  if (job.checks.opened.includes(worker)) return;
  step.commands.push({ kind: 'openJob', worker, job: job.id });
}

/** A worker that has no block of the job is not dealt one for that. */
export function openForCheck(step: Step, job: JobState, worker: string): void {
  const { opened } = job.checks;
  if (job.opened.includes(worker) || opened.includes(worker)) return;
  job.checks = { ...job.checks, opened: [...opened, worker] };
  step.commands.push({ kind: 'openJob', worker, job: job.id });
}

/** The next block of the partition enters at the right end. */
export function enterBlock(
  step: Step,
  job: JobState,
  left: LatentHandle | undefined,
  from: StartsFrom = {},
): BlockState {
  const { begin, end } = job.partition[job.nextBlock] ?? { begin: 0, end: 0 };
  // the only block waited for all that was done before it
  const before = job.blocks.length > 0 ? 0 : job.tally.sequentialCalls;
  const ready = Math.max(before, ...job.blocks.map((block) => block.ready));
  const worker = workerFor(step, job, job.nextBlock++);
  const block = newBlock(job, { begin, end, worker, left });
  block.ready = ready;
  job.blocks = [...job.blocks, block];
  assign(step, job, block, from);
  return block;
}

/** Before its first round. */
export function newBlock(
  job: JobState,
  given: Pick<BlockState, 'begin' | 'end' | 'worker' | 'left'>,
): BlockState {
  const index = job.indices++;
  return {
    ...given,
    index,
    attempt: job.attempts,
    round: job.tally.rounds,
    phase: 'absorbed',
    leftMoved: false,
    lag: 0,
    leftSince: undefined,
    pendingLeft: [],
    leftFinal: index === 0,
    right: undefined,
    rightRow: given.begin,
    summary: undefined,
    sentMs: 0,
    twin: undefined,
    wantsDenoised: false,
    sweptFrom: job.frontier,
    rows: undefined,
    behind: undefined,
    residuals: undefined,
    asked: undefined,
    moments: undefined,
    corrected: undefined,
    ready: 0,
    failures: 0,
    alone: false,
  };
}

/**
 * Whoever the block was cut for. Equal blocks are dealt out in turn, so that the worker whose block
 * froze takes the next one.
 */
function workerFor(step: Step, job: JobState, index: number): string {
  const isAble = (worker: string) => canTake(step.workers.get(worker), planOf(job));
  const cutFor = job.partition[index]?.worker;
  if (cutFor !== undefined) {
    return isAble(cutFor) ? cutFor : (eligibleWorkers(step, job)[0] ?? '');
  }
  const dealt = job.opened.filter(isAble);
  const turn = dealt.length > 0 ? dealt : eligibleWorkers(step, job);
  return turn[index % Math.max(1, turn.length)] ?? '';
}

/** What a block starts from beside its left boundary. */
interface StartsFrom {
  readonly denoised?: LatentHandle | undefined;
  readonly volatility?: Float64Array | undefined;
  /** Rows that another block had, for it to go on with. */
  readonly handed?: RowsFrom;
}

export function assign(
  step: Step,
  job: JobState,
  block: BlockState,
  { denoised, volatility, handed }: StartsFrom = {},
): void {
  if (block.worker === '') return;
  openOn(step, job, block.worker);
  block.assignedMs = step.atMs;
  const { begin, end, left } = block;
  const fence = fenceOf(step, job, block);
  const given = planOf(job).given ?? false;
  const rows = { left, denoised, given, handed, ...(volatility && { volatility }) };
  // rounds that start again leave nothing out
  const everyRow = job.restarts > 0 && { everyRow: true };
  const message = { kind: 'assignBlock', fence, begin, end, ...rows, ...everyRow } as const;
  tell(step, block, message);
}

/**
 * Gives a block whose worker is gone to another one. Its rows are lost and nothing else: it starts
 * again from its left boundary, and the fixed point is the same for any start.
 */
export function reassign(
  step: Step,
  job: JobState,
  block: BlockState,
  taker = anotherFor(step, job, block),
): boolean {
  block.attempt = ++job.attempts;
  job.roundsLost += block.end - block.begin;
  block.worker = taker;
  block.summary = undefined;
  block.rows = undefined;
  block.moments = undefined;
  block.corrected = undefined;
  block.asked = undefined;
  if (job.frontier.some((row) => row > block.end)) job.tornRow = Math.max(job.tornRow, block.end);
  // the new owner starts from this boundary
  block.leftMoved = false;
  if (planOf(job).keepRows && job.frontier.some((row) => row > block.end)) {
    job.rowsLost = `rows ${block.begin + 1} to ${block.end} were lost with their worker`;
  }
  job.frontier = job.frontier.map((row) =>
    row > block.begin && row <= block.end ? block.begin : row,
  );
  const { window, steps } = planOf(job);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  assign(step, job, block);
  return block.worker !== '';
}

/** Whoever has failed it gets it last, and nobody does while it may be what kills workers. */
function anotherFor(step: Step, job: JobState, block: BlockState): string {
  const { shunned = [], parkedUntilMs } = block;
  if (parkedUntilMs !== undefined) return '';
  const able = eligibleWorkers(step, job);
  return able.find((id) => !shunned.includes(id)) ?? able[0] ?? '';
}

/** Drops the blocks that lie wholly behind every sample's frontier. */
export function releaseFrozen(step: Step, job: JobState): void {
  const slowest = Math.min(...job.frontier);
  for (const block of job.blocks.filter(({ end }) => end <= slowest)) {
    releaseBlock(step, job, block);
  }
  job.blocks = job.blocks.filter(({ end }) => end > slowest);
}

/** Everything that workers hold of a job whose rounds start again. */
export function dropBlocks(step: Step, job: JobState): void {
  forgetBlocks(step, job);
  job.attempts++;
  job.owing = [];
}

/** Takes all blocks back, and their twins. */
export function forgetBlocks(step: Step, job: JobState): void {
  for (const block of job.blocks) {
    const fence = fenceOf(step, job, block);
    tellToForget(step, block, fence);
    const { twin } = block;
    if (twin) tellToForget(step, twin, { ...fence, attempt: twin.attempt });
  }
  job.blocks = [];
}

/** The worker forgets the block; where the trajectory is kept it hands its rows over first. */
function releaseBlock(step: Step, job: JobState, block: BlockState): void {
  const { index, begin, end, worker, attempt } = block;
  const collect = planOf(job).keepRows ?? false;
  if (collect && step.workers.has(worker)) {
    job.owing = [...job.owing, { index, begin, end, worker, attempt }];
  } else if (collect) {
    job.rowsLost = `rows ${begin + 1} to ${end} were lost with their worker`;
  }
  const fence = fenceOf(step, job, block);
  const left = collect ? takeMoved(block) : undefined;
  const message = { kind: 'releaseBlock', fence, collect, left } as const;
  tell(step, block, message);
}

/** The left boundary, if the block has to be told. */
export function takeMoved(block: BlockState): LatentHandle | undefined {
  const left = block.leftMoved ? block.left : undefined;
  block.leftMoved = false;
  return left;
}

/** Takes down what froze, where that leaves the window, and what it says about the error. */
export function takeFrozen(
  job: JobState,
  blocks: readonly BlockState[],
  { frontier, errors, errorEstimate, updateNorm }: Frozen,
): void {
  const [from, to] = [Math.min(...job.frontier), Math.min(...frontier)];
  job.errors = errors;
  job.tally = { ...job.tally, errorEstimate, residual: updateNorm };
  job.frontier = frontier;
  const { window, steps } = planOf(job);
  job.windowEnd = windowEndOf(frontier, window, steps);
  for (const { residuals } of blocks) if (residuals) countFrozen(job, residuals, from, to);
}
