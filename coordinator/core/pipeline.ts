/**
 * Rounds of Parareal, without a barrier: a block's fine sweep starts as soon as its left boundary
 * exists, and its right boundary goes to the neighbour as soon as it is known.
 *
 *   enter: absorb (coarse value) -> sweep (fine) -> absorb (newest left boundary) -> sweep -> ...
 *
 * A block absorbs every boundary that its left neighbour makes, in their order, and freezes only
 * behind one that is final. What a run computes is then the same whoever is fast.
 */
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { enterBlock, freezeRows, reassign, releaseFrozen } from './blocks.ts';
import type { Reply } from './event.ts';
import { finishJob } from './job-end.ts';
import type { BlockState, JobState, LatentHandle, PendingBoundary } from './state.ts';
import { fenceOf, planOf, type Step } from './step.ts';
import { countWork } from './tally.ts';

type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

export function beginPipeline(step: Step, job: JobState): void {
  const { window, steps } = planOf(job);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  enter(step, job, undefined);
}

function enter(step: Step, job: JobState, left: PendingBoundary | undefined): void {
  const block = enterBlock(step, job, left?.state, undefined);
  block.round = 0;
  block.leftFinal = left?.final ?? true;
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
  const fence = fenceOf(step, job, block);
  const weight = new Float64Array(job.frontier.length).fill(1);
  const message = { kind: 'absorb', fence, left, weight, rightmost: false } as const;
  step.commands.push({ kind: 'send', worker: block.worker, message });
}

function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  block.round++;
  const { windowEnd } = job;
  // the block takes its boundary for final exactly where the one it holds is
  const frontier = job.frontier.map(() => (block.leftFinal ? block.begin : block.begin - 1));
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
  block.residuals = reply.residuals;
  job.tally = { ...job.tally, rounds: Math.max(job.tally.rounds, block.round) };
  absorbIfReady(step, job, block);
}

function absorbIfReady(step: Step, job: JobState, block: BlockState): void {
  if (block.phase !== 'swept') return;
  const [next, ...later] = block.pendingLeft;
  if (!next && !block.leftFinal) return;
  block.pendingLeft = later;
  if (next) block.leftFinal = next.final;
  sendAbsorb(step, job, block, next?.state);
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
  block.passing = reply.passing;
  block.weightedUpdateSum = reply.weightedUpdateSum;
  if (block.leftFinal) freezeRows(job, [block]);
  job.tally = { ...job.tally, residual: reply.updateNorm };
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  step.commands.push({ kind: 'notify', job: job.id });
  const frozen = Math.min(...job.frontier) >= block.end;
  const last = block.end === steps;
  if (last && reply.right && (frozen || block.round >= roundsMax)) {
    finishJob(step, job, frozen ? 'converged' : 'roundsExhausted', reply.right);
    return;
  }
  if (reply.right) handOver(step, job, block, { state: reply.right, final: frozen });
  if (frozen) releaseFrozen(step, job);
  else if (block.round < roundsMax) sendSweep(step, job, block);
}

/** The new right boundary goes to the neighbour, which enters if it is not there yet. */
function handOver(step: Step, job: JobState, block: BlockState, right: PendingBoundary): void {
  block.right = right.state;
  const next = job.partition[block.index + 1];
  if (!next) return;
  if (block.index + 1 === job.nextBlock) {
    if (next.begin < job.windowEnd) enter(step, job, right);
    return;
  }
  const neighbour = job.blocks.find(({ index }) => index === block.index + 1);
  if (!neighbour) return;
  neighbour.pendingLeft = [...neighbour.pendingLeft, right];
  neighbour.ready = Math.max(neighbour.ready, block.ready);
  absorbIfReady(step, job, neighbour);
}

/** A block that lost its worker starts again with the coarse value of its newest left boundary. */
export function recoverPipelineBlock(step: Step, job: JobState, block: BlockState): void {
  const newest = block.pendingLeft.at(-1);
  block.left = newest?.state ?? block.left;
  block.leftFinal = newest?.final ?? block.leftFinal;
  block.pendingLeft = [];
  if (reassign(step, job, block)) sendAbsorb(step, job, block, undefined);
}
