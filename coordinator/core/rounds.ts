/**
 * Rounds of the Picard family: sweep, compose, absorb, freeze, in step over all live blocks.
 *
 *   begin -> sweeping -> (all swept: compose) -> absorbing -> [correcting] -> (all absorbed: end)
 *   begin -> advancing -> end            where one block holds the whole window: it needs nobody
 */
import { assert } from '../../shared/kernel/assert.ts';
import { composeMoments, composeWeights, windowEndOf } from '../../shared/numerics/compose.ts';
import { enterBlock, freezeRows, reassign, releaseFrozen } from './blocks.ts';
import type { Reply } from './event.ts';
import { finishJob } from './job-end.ts';
import type { BlockState, EdgeHandle, JobState, LatentHandle } from './state.ts';
import { fenceOf, handle, planOf, type Step } from './step.ts';
import { countFrozen, countWork } from './tally.ts';

type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

export function beginRounds(step: Step, job: JobState): void {
  const { window, steps, initialization, guess } = planOf(job);
  // without a guess, x0-hat of the first row fills all the others: until then one row is enough
  const cold = initialization === 'denoised' && !guess;
  job.windowEnd = cold ? 1 : Math.min(window, steps);
  job.edge = cold ? undefined : initialEdge(step, job);
  enterBlock(step, job, undefined, job.edge?.denoised);
  beginRound(step, job);
}

/** Rows enter from pure noise: with the guess of x0-hat, or as copies of it (as published). */
function initialEdge(step: Step, job: JobState): EdgeHandle {
  const state = handle(job, 0, 'initial');
  step.commands.push({ kind: 'initial', job: job.id, out: state });
  if (!planOf(job).guess) return { row: 0, state, denoised: undefined };
  const denoised = handle(job, 0, 'guess');
  step.commands.push({ kind: 'guess', job: job.id, out: denoised });
  return { row: 0, state, denoised };
}

function beginRound(step: Step, job: JobState): void {
  enterBlocks(step, job);
  const sole = job.blocks[0];
  assert(sole, `job ${job.id} has no live block`);
  if (holdsWindow(job, sole)) {
    sole.round = job.tally.rounds + 1;
    sendAdvance(step, job, sole);
    return;
  }
  for (const block of job.blocks) {
    block.round = job.tally.rounds + 1;
    sendSweep(step, job, block);
  }
}

/** Blocks whose first row is inside the window enter, rolled out from the right edge. */
function enterBlocks(step: Step, job: JobState): void {
  const { edge } = job;
  for (;;) {
    const next = job.partition[job.nextBlock];
    if (!edge || !next || next.begin >= job.windowEnd) return;
    const left = handle(job, job.nextBlock, 'entry');
    step.commands.push({ kind: 'rollOut', job: job.id, out: left, edge, to: next.begin });
    enterBlock(step, job, left, edge.denoised);
  }
}

/** One block that never needs a neighbour before its window leaves it. */
function holdsWindow(job: JobState, block: BlockState): boolean {
  const { window, steps } = planOf(job);
  const slowest = Math.min(...job.frontier);
  if (job.blocks.length !== 1 || slowest < block.begin) return false;
  return block.end === steps || slowest + window <= block.end;
}

function isRightmost(job: JobState, block: BlockState): boolean {
  return job.blocks.at(-1) === block;
}

function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  const { frontier, windowEnd } = job;
  const fence = fenceOf(step, job, block);
  const rightmost = isRightmost(job, block);
  const message = { kind: 'sweep', fence, frontier, windowEnd, rightmost } as const;
  step.commands.push({ kind: 'send', worker: block.worker, message });
}

function sendAdvance(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'advancing';
  const roundsMax = planOf(job).roundsMax - job.tally.rounds;
  const fence = fenceOf(step, job, block);
  const { frontier } = job;
  const message = { kind: 'advance', fence, frontier, roundsMax, previews: true } as const;
  step.commands.push({ kind: 'send', worker: block.worker, message });
}

export function onSwept(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'swept'>,
): void {
  const { offset, slope, weightFloor, weightScale } = reply;
  block.phase = 'swept';
  block.residuals = reply.residuals;
  block.summary = { offset, slope, weightFloor, weightScale };
  const last = job.blocks.every(({ phase }) => phase === 'swept');
  countWork(job, block, reply.cost, last);
  step.commands.push({ kind: 'trace', job: job.id, round: reply.residuals });
  if (last) compose(step, job);
}

/** Boundaries left to right, gain weights right to left; then every block absorbs. */
function compose(step: Step, job: JobState): void {
  const summaries = job.blocks.map(({ summary }) => summary ?? neutral(job.frontier.length));
  const weights = composeWeights(summaries, job.frontier.length);
  let moved: LatentHandle | undefined;
  for (const [j, block] of job.blocks.entries()) {
    const leftOld = block.left;
    const leftNew = moved;
    if (leftNew) block.left = leftNew;
    block.phase = 'absorbing';
    const fence = fenceOf(step, job, block);
    const weight = weights[j] ?? new Float64Array(job.frontier.length).fill(1);
    const rightmost = isRightmost(job, block);
    const message = { kind: 'absorb', fence, left: leftNew, weight, rightmost } as const;
    step.commands.push({ kind: 'send', worker: block.worker, message });
    moved = rightBoundary(step, job, block, { leftNew, leftOld });
  }
}

/** S where the left boundary stays, else S + P D; undefined where the rows end inside the block. */
function rightBoundary(
  step: Step,
  job: JobState,
  block: BlockState,
  { leftNew, leftOld }: { leftNew: LatentHandle | undefined; leftOld: LatentHandle | undefined },
): LatentHandle | undefined {
  const { offset, slope } = block.summary ?? {};
  if (!offset || !slope || !leftNew || !leftOld) return offset;
  const out = handle(job, block.index, 'right');
  step.commands.push({ kind: 'compose', out, offset, slope, leftNew, leftOld });
  return out;
}

function neutral(samples: number) {
  const ones = new Float64Array(samples).fill(1);
  return { weightFloor: ones, weightScale: ones };
}

export function onAbsorbed(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'absorbed'>,
): void {
  countWork(job, block, reply.cost, false);
  if (reply.moments && block.phase === 'absorbing') {
    block.moments = reply.moments;
    block.phase = 'correcting';
  } else {
    block.phase = 'absorbed';
    block.passing = reply.passing;
    block.weightedUpdateSum = reply.weightedUpdateSum;
    if (reply.edge) job.edge = reply.edge;
    const residual = Math.max(block === job.blocks[0] ? 0 : job.tally.residual, reply.updateNorm);
    job.tally = { ...job.tally, residual };
  }
  settle(step, job);
}

/** Goes on once no block is on its way to `correcting` or `absorbed`. */
function settle(step: Step, job: JobState): void {
  if (job.blocks.some(({ phase }) => phase === 'absorbing')) return;
  const waiting = job.blocks.filter(({ phase, moments }) => phase === 'correcting' && moments);
  if (waiting.length > 0) sendCorrections(step, job, waiting);
  else if (job.blocks.every(({ phase }) => phase === 'absorbed')) endRound(step, job);
}

function sendCorrections(step: Step, job: JobState, blocks: readonly BlockState[]): void {
  const prefixes = composeMoments(blocks.map(({ moments }) => moments ?? new Float64Array()));
  for (const [j, block] of blocks.entries()) {
    block.moments = undefined;
    const fence = fenceOf(step, job, block);
    const prefix = prefixes[j] ?? new Float64Array();
    const message = { kind: 'correct', fence, prefix, rightmost: isRightmost(job, block) } as const;
    step.commands.push({ kind: 'send', worker: block.worker, message });
  }
}

function endRound(step: Step, job: JobState): void {
  const ready = Math.max(...job.blocks.map((block) => block.ready));
  for (const block of job.blocks) block.ready = ready;
  freezeRows(job, job.blocks);
  job.tally = { ...job.tally, rounds: job.tally.rounds + 1 };
  continueJob(step, job);
}

/** After any round: the window moves, frozen blocks go, and the job ends or goes on. */
function continueJob(step: Step, job: JobState): void {
  const { window, steps, roundsMax } = planOf(job);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  step.commands.push({ kind: 'notify', job: job.id });
  if (Math.min(...job.frontier) >= steps) {
    finishJob(step, job, 'converged', job.edge?.state);
    return;
  }
  releaseFrozen(step, job);
  if (job.tally.rounds < roundsMax) beginNext(step, job);
  else finishJob(step, job, 'roundsExhausted', estimate(job));
}

/** Behind the last frozen block there may be none yet: the next one starts at the edge. */
function beginNext(step: Step, job: JobState): void {
  if (job.blocks.length > 0 || job.edge) beginRound(step, job);
}

/** The best guess of the samples before the end: x0-hat, unless the rows reach the end. */
function estimate(job: JobState): LatentHandle | undefined {
  const { edge } = job;
  return edge && edge.row < planOf(job).steps ? edge.denoised : edge?.state;
}

export function onProgress(
  step: Step,
  job: JobState,
  block: BlockState,
  { progress }: ReplyOf<'progress'> | ReplyOf<'advanced'>,
): void {
  countWork(job, block, progress.cost, true);
  let from = Math.min(...job.frontier);
  for (const round of progress.rounds) {
    step.commands.push({ kind: 'trace', job: job.id, round });
    countFrozen(job, round, from, round.frontier);
    from = round.frontier;
  }
  const rounds = job.tally.rounds + progress.rounds.length;
  job.tally = { ...job.tally, rounds, residual: progress.updateNorm };
  job.frontier = job.frontier.map((row, m) => Math.max(row, progress.frontier[m] ?? 0));
  job.windowEnd = windowEndOf(job.frontier, planOf(job).window, planOf(job).steps);
  step.commands.push({ kind: 'notify', job: job.id });
}

export function onAdvanced(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'advanced'>,
): void {
  onProgress(step, job, block, reply);
  block.phase = 'absorbed';
  job.edge = reply.edge;
  const errorEstimate = job.tally.errorEstimate + reply.weightedUpdateSum;
  job.tally = { ...job.tally, errorEstimate };
  continueJob(step, job);
}

/** A block lost its worker in the middle of a round. */
export function recoverBlock(step: Step, job: JobState, block: BlockState): void {
  const { phase } = block;
  if (isRightmost(job, block)) job.edge = undefined;
  if (!reassign(step, job, block)) return;
  if (phase === 'advancing') {
    sendAdvance(step, job, block);
  } else if (phase === 'sweeping' || phase === 'swept') {
    sendSweep(step, job, block);
  } else {
    block.phase = 'absorbed';
    settle(step, job);
  }
}
