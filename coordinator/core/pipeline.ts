/**
 * Rounds of Parareal, without a barrier: a block's fine sweep starts as soon as its left boundary
 * exists, and its right boundary goes to the neighbour as soon as it is known.
 *
 *   enter: absorb (coarse value) -> sweep (fine) -> absorb (newest left boundary) -> sweep -> ...
 *
 * A block absorbs only when its left neighbour has made a new boundary or is frozen, which keeps
 * neighbours at most one round apart.
 */
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { enterBlock, freezeRows, reassign, releaseFrozen } from './blocks.ts';
import type { Reply } from './event.ts';
import { finishJob } from './job-end.ts';
import type { BlockState, JobState, LatentHandle } from './state.ts';
import { fenceOf, planOf, type Step } from './step.ts';
import { countWork } from './tally.ts';

type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

export function beginPipeline(step: Step, job: JobState): void {
  const { window, steps } = planOf(job);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  enter(step, job, undefined);
}

function enter(step: Step, job: JobState, left: LatentHandle | undefined): void {
  const block = enterBlock(step, job, left, undefined);
  block.round = 0;
  sendAbsorb(step, job, block, undefined);
}

function sendAbsorb(
  step: Step,
  job: JobState,
  block: BlockState,
  left: LatentHandle | undefined,
): void {
  block.phase = 'absorbing';
  if (left) block.left = left;
  block.pendingLeft = undefined;
  const fence = fenceOf(step, job, block);
  const weight = new Float64Array(job.frontier.length).fill(1);
  const message = { kind: 'absorb', fence, left, weight, rightmost: false } as const;
  step.commands.push({ kind: 'send', worker: block.worker, message });
}

function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  block.round++;
  const { frontier, windowEnd } = job;
  const fence = fenceOf(step, job, block);
  const message = { kind: 'sweep', fence, frontier, windowEnd, rightmost: true } as const;
  step.commands.push({ kind: 'send', worker: block.worker, message });
}

export function onPipelineSwept(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'swept'>,
): void {
  countWork(job, block, reply.cost, block === job.blocks[0]);
  step.commands.push({ kind: 'trace', job: job.id, round: reply.residuals });
  block.phase = 'swept';
  job.tally = { ...job.tally, rounds: Math.max(job.tally.rounds, block.round) };
  absorbIfReady(step, job, block);
}

function absorbIfReady(step: Step, job: JobState, block: BlockState): void {
  if (block.phase !== 'swept') return;
  const leftmost = block === job.blocks[0];
  if (block.pendingLeft || leftmost) sendAbsorb(step, job, block, block.pendingLeft);
}

export function onPipelineAbsorbed(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'absorbed'>,
): void {
  const { window, steps, roundsMax } = planOf(job);
  countWork(job, block, reply.cost, block === job.blocks[0]);
  block.phase = 'absorbed';
  block.right = reply.right;
  block.passing = reply.passing;
  block.weightedUpdateSum = reply.weightedUpdateSum;
  freezeRows(job, [block]);
  const residual = block === job.blocks[0] ? reply.updateNorm : Math.max(job.tally.residual, 0);
  job.tally = { ...job.tally, residual };
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  step.commands.push({ kind: 'notify', job: job.id });
  const frozen = Math.min(...job.frontier) >= block.end;
  if (frozen && block.end === steps) {
    finishJob(step, job, 'converged', block.right);
    return;
  }
  handOver(step, job, block);
  if (frozen) {
    releaseFrozen(step, job);
    const leftmost = job.blocks[0];
    if (leftmost) absorbIfReady(step, job, leftmost);
    return;
  }
  if (block.round < roundsMax) sendSweep(step, job, block);
  else if (block.end === steps) finishJob(step, job, 'roundsExhausted', block.right);
}

/** The new right boundary goes to the neighbour, which enters if it is not there yet. */
function handOver(step: Step, job: JobState, block: BlockState): void {
  const next = job.partition[block.index + 1];
  if (!next) return;
  if (block.index + 1 === job.nextBlock) {
    if (next.begin < job.windowEnd) enter(step, job, block.right);
    return;
  }
  const neighbour = job.blocks.find(({ index }) => index === block.index + 1);
  if (!neighbour) return;
  neighbour.pendingLeft = block.right;
  neighbour.ready = Math.max(neighbour.ready, block.ready);
  absorbIfReady(step, job, neighbour);
}

/** A block that lost its worker starts again with the coarse value of its newest left boundary. */
export function recoverPipelineBlock(step: Step, job: JobState, block: BlockState): void {
  block.left = block.pendingLeft ?? block.left;
  block.pendingLeft = undefined;
  if (reassign(step, job, block)) sendAbsorb(step, job, block, undefined);
}
