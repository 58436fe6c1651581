/**
 * Rounds of Parareal, without a barrier: a block's fine sweep starts as soon as its left boundary
 * exists, and its right boundary goes to the neighbour as soon as it is known.
 *
 *   enter: absorb (coarse value) -> sweep (fine) -> absorb (newest left boundary) -> sweep -> ...
 *
 * A block absorbs every boundary that its left neighbour makes, in their order, and freezes only
 * behind one that is final. What a run computes is then the same whoever is fast.
 */
import { advanceFrontier, windowEndOf } from '../../shared/numerics/compose.ts';
import { endsJob } from '../../shared/numerics/solver/stop-rules.ts';
import { addError } from '../../shared/numerics/solver/error-bound.ts';
import { offerCheckpoint } from './checkpoint.ts';
import { enterBlock, reassign, releaseFrozen, takeFrozen } from './blocks.ts';
import type { ReplyOf } from './event.ts';
import { finishJob } from './job-end.ts';
import type { BlockState, JobState, LatentHandle, PendingBoundary } from './state.ts';
import { givenStart } from './given-start.ts';
import { fenceOf, planOf, roundsMaxOf, tell, type Step } from './step.ts';
import { countWork } from './tally.ts';

export function beginPipeline(step: Step, job: JobState): void {
  const { window, steps } = planOf(job);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  const { state = givenStart(step, job) } = job.checkpoint ?? {};
  enter(step, job, state && { state, final: true });
}

function enter(step: Step, job: JobState, left: PendingBoundary | undefined): void {
  const block = enterBlock(step, job, left?.state);
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
  const message = { kind: 'absorb', fence, left } as const;
  tell(step, block, message);
}

function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  block.round++;
  const { windowEnd } = job;
  // the block takes its boundary for final exactly where the one it holds is
  const frontier = job.frontier.map(() => (block.leftFinal ? block.begin : block.begin - 1));
  const fence = fenceOf(step, job, block);
  const range = { frontier, windowEnd, left: undefined, wantsDenoised: false };
  const message = { kind: 'sweep', fence, ...range } as const;
  tell(step, block, message);
}

export function onPipelineSwept(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'swept'>,
): void {
  countWork(job, block, reply.cost);
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
  const { steps } = planOf(job);
  const roundsMax = roundsMaxOf(job);
  countWork(job, block, reply.cost);
  block.phase = 'absorbed';
  const passing = reply.passing.map((rows) => (block.leftFinal ? rows : 0));
  const { begin, end } = block;
  // its first absorption brings a coarse value, which is nobody's second estimate
  const settled = block.round > 0 && endsJob(planOf(job), end, reply.updateNorm);
  const frontier = settled
    ? job.frontier.map(() => steps)
    : advanceFrontier(job.frontier, [{ begin, end, passing }]);
  const froze = frontier.some((row, m) => row !== job.frontier[m]);
  const added = addError(job.errors, froze ? reply.weightedUpdateSum : 0);
  takeFrozen(job, [block], { ...added, frontier, updateNorm: reply.updateNorm });
  step.commands.push({ kind: 'notify', job: job.id });
  const frozen = Math.min(...job.frontier) >= block.end;
  const last = block.end === steps;
  if (last && (frozen || block.round >= roundsMax)) {
    finishJob(step, job, frozen ? 'converged' : 'roundsExhausted', reply.right);
    return;
  }
  handOver(step, job, block, { state: reply.right, final: frozen });
  if (frozen) offerCheckpoint(step, job, { row: end, state: reply.right, errors: job.errors });
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
