/**
 * Speculation: a sweep that takes much longer than such sweeps do is started by somebody else as
 * well, from the left boundary of the block. The first answer counts, the other worker is told to
 * forget the block. A block has one lease and at most one twin (I6).
 */
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { assign } from './blocks.ts';
import type { Reply } from './event.ts';
import { noteCost } from './pace.ts';
import type { BlockState, JobState, LatentHandle, Twin } from './state.ts';
import { fenceOf, planOf, type Step, tell, tellToForget } from './step.ts';

/** Lets a worker sweep a block that another one is sweeping. */
export function startTwin(step: Step, job: JobState, block: BlockState, worker: string): void {
  const { window, steps, samples } = planOf(job);
  // rows that are frozen inside the block are with the other one: here they are made anew
  const frontier = thawed(job, block);
  const left = newestBoundary(job, block);
  const attempt = ++job.attempts;
  const twin: Twin = { worker, attempt, frontier, left, sentMs: step.atMs };
  const own = { ...block, ...twin };
  assign(step, job, own);
  const windowEnd = windowEndOf(frontier, window, steps);
  const range = { frontier, windowEnd, left: undefined, wantsDenoised: block.wantsDenoised };
  tell(step, own, { kind: 'sweep', fence: fenceOf(step, job, own), ...range });
  block.twin = twin;
  job.twinRows += samples * rowsOf(block, windowEnd);
}

/** Rows of one sample that a twin evaluates. */
export function rowsOf({ begin, end }: BlockState, windowEnd: number): number {
  return Math.max(0, Math.min(end, windowEnd) - begin);
}

/**
 * The frontier without what is frozen inside a block: whoever starts it anew has its left boundary
 * and nothing else.
 */
export function thawed({ frontier }: JobState, { begin, end }: BlockState): Int32Array {
  return frontier.map((row) => (row > begin && row <= end ? begin : row));
}

/**
 * Where the wave has just passed its left neighbour, the frontier may be at the block already: who
 * starts it anew takes its boundary for final then, so it must be the one that is.
 */
export function newestBoundary(
  { blocks, wave }: JobState,
  block: BlockState,
): LatentHandle | undefined {
  const at = blocks.indexOf(block);
  const before = blocks[at - 1];
  const passed = at === wave.next && before?.right && before.rightRow === block.begin;
  return passed ? before.right : (block.leftSince ?? block.left);
}

/** Settles who has a block, before an answer of one of the two counts. */
export function settleTwin(step: Step, job: JobState, block: BlockState, reply: Reply): void {
  const { twin } = block;
  if (!twin) return;
  const isTwins = reply.fence.attempt === twin.attempt;
  if (reply.kind === 'blockFailed') return isTwins ? dropTwin(step, job, block) : undefined;
  if (isTwins) adoptTwin(step, job, block);
  else dropTwin(step, job, block);
}

export function dropTwin(step: Step, job: JobState, block: BlockState): void {
  const { twin } = block;
  if (!twin) return;
  block.twin = undefined;
  release(step, job, { ...block, ...twin });
}

/** The twin has the block now: it won, or the other one is gone. */
export function adoptTwin(step: Step, job: JobState, block: BlockState): void {
  const { twin } = block;
  if (!twin) return;
  const { worker, sentMs } = block;
  const { window, steps, samples } = planOf(job);
  if (step.workers.has(worker)) {
    release(step, job, block);
    const rows = samples * rowsOf(block, job.windowEnd);
    const calls = { modelCalls: 0, forwardPasses: rows, microBatches: 1 };
    // all that is known of its pace, and it is bad enough
    noteCost(step, worker, job, { ...calls, modelMs: step.atMs - sentMs, queueMs: 0, scanMs: 0 });
  }
  block.twin = undefined;
  block.worker = twin.worker;
  block.attempt = twin.attempt;
  block.left = twin.left;
  block.leftMoved = false;
  block.sentMs = twin.sentMs;
  block.sweptFrom = twin.frontier;
  block.rows = undefined;
  block.asked = undefined;
  if (job.frontier.some((row) => row > block.end)) job.tornRow = Math.max(job.tornRow, block.end);
  job.roundsLost += block.end - block.begin;
  job.frontier = thawed(job, block);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  job.recut = true;
  // what is being composed is about rows that are not frozen any more
  job.wave = { ...job.wave, awaited: undefined };
}

function release(step: Step, job: JobState, block: BlockState): void {
  tellToForget(step, block, fenceOf(step, job, block));
}
