/**
 * Rounds of the Picard family, in step over all live blocks: one message to each and one back.
 *
 *   begin -> sweeping -> (all swept: compose, freeze) -> end
 *   begin -> sweeping -> (all swept: compose) -> absorbing -> correcting -> (freeze) -> end parataa
 *   begin -> advancing -> end            where one block holds the whole window: it needs nobody
 *
 * A block learns where its left boundary went, and what is frozen, with the sweep of the next
 * round.
 */
import { assert } from '../../shared/kernel/assert.ts';
import { composeMoments, hasMoved, windowEndOf } from '../../shared/numerics/compose.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { freezeRows as testRows, type TestedBlock } from '../../shared/numerics/solver/freeze.ts';
import {
  dropBlocks,
  enterBlock,
  freezeRows,
  reassign,
  releaseFrozen,
  takeMoved,
} from './blocks.ts';
import type { Reply } from './event.ts';
import { finishJob } from './job-end.ts';
import type { BlockState, EdgeHandle, JobState, LatentHandle } from './state.ts';
import { fenceOf, handle, planOf, tell, type Step } from './step.ts';
import { countFrozen, countWork } from './tally.ts';

type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

export function beginRounds(step: Step, job: JobState): void {
  const { window, steps, initialization, guess, given } = planOf(job);
  // without a guess, x0-hat of the first row fills all the others: until then one row is enough
  const cold = initialization === 'denoised' && !guess && !given;
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
    const state = handle(job, job.nextBlock, 'entry');
    const denoised = edge.denoised && handle(job, job.nextBlock, 'denoised');
    const out = { row: next.begin, state, denoised };
    step.commands.push({ kind: 'rollOut', job: job.id, out, edge });
    enterBlock(step, job, state, denoised);
  }
}

/** One block that never needs a neighbour before its window leaves it. */
function holdsWindow(job: JobState, block: BlockState): boolean {
  const { window, steps, audit } = planOf(job);
  const slowest = Math.min(...job.frontier);
  // an audit wants the scalars of every row, which only a sweep brings
  if (audit || job.blocks.length !== 1 || slowest < block.begin) return false;
  return block.end === steps || slowest + window <= block.end;
}

function isRightmost(job: JobState, block: BlockState): boolean {
  return job.blocks.at(-1) === block;
}

function sendSweep(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'sweeping';
  const { frontier, windowEnd } = job;
  const fence = fenceOf(step, job, block);
  const left = takeMoved(block);
  const wantsDenoised = growsFrom(job, block);
  const message = { kind: 'sweep', fence, frontier, windowEnd, left, wantsDenoised } as const;
  tell(step, block, message);
}

/** x0-hat is a latent: only asked for where a block may enter, or the job may end, behind it. */
function growsFrom(job: JobState, block: BlockState): boolean {
  const { method, roundsMax } = planOf(job);
  // with a correction to come it is not known yet
  if (method === 'parataa' || !isRightmost(job, block)) return false;
  return job.nextBlock < job.partition.length || job.tally.rounds + 1 >= roundsMax;
}

function sendAdvance(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'advancing';
  const roundsMax = planOf(job).roundsMax - job.tally.rounds;
  const fence = fenceOf(step, job, block);
  const { frontier, errors, restarts } = job;
  const left = takeMoved(block);
  const told = { frontier, errors, restarts, roundsMax, previews: true, left };
  const message = { kind: 'advance', fence, ...told } as const;
  tell(step, block, message);
}

export function onSwept(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'swept'>,
): void {
  const { row, offset, slope, rows, denoised } = reply;
  block.phase = 'swept';
  block.residuals = reply.residuals;
  block.summary = { row, offset, slope, rows, denoised };
  const last = allSwept(job);
  countWork(job, block, reply.cost, last);
  step.commands.push({ kind: 'trace', job: job.id, round: reply.residuals });
  if (rows && planOf(job).audit) step.commands.push({ kind: 'residuals', job: job.id, rows });
  if (last) compose(step, job);
}

function allSwept(job: JobState): boolean {
  return job.blocks.every(({ phase, summary }) => phase === 'swept' && summary);
}

function compose(step: Step, job: JobState): void {
  const blocks = job.blocks.map((block) => {
    const { begin, left, summary } = block;
    assert(summary, `block ${block.index} of job ${job.id} is swept without a summary`);
    const { row, offset, slope } = summary;
    block.right = handle(job, block.index, 'right');
    return { begin, row, offset, slope, left, out: block.right };
  });
  const { id, frontier } = job;
  step.commands.push({ kind: 'compose', job: id, blocks, frontier });
}

/** The boundaries are known: rows freeze, or are corrected first. */
export function onComposed(step: Step, job: JobState, movements: readonly Float64Array[]): void {
  if (!allSwept(job)) return;
  for (const [j, block] of job.blocks.entries()) {
    if (!hasMoved(movements[j])) continue;
    block.left = job.blocks[j - 1]?.right;
    block.leftMoved = true;
  }
  if (planOf(job).method === 'parataa') {
    for (const block of job.blocks) sendAbsorb(step, job, block);
    return;
  }
  job.edge = composedEdge(job);
  endRound(
    step,
    job,
    job.blocks.map(({ summary }, j) => ({ rows: summary?.rows, movement: movements[j] })),
  );
}

/** What rows and blocks grow from, and at row N the sample. */
function composedEdge({ blocks }: JobState): EdgeHandle | undefined {
  const { summary, right } = blocks.at(-1) ?? {};
  return summary?.offset && right && { row: summary.row, state: right, denoised: summary.denoised };
}

function sendAbsorb(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'absorbing';
  block.corrected = undefined;
  const fence = fenceOf(step, job, block);
  const message = { kind: 'absorb', fence, left: takeMoved(block) } as const;
  tell(step, block, message);
}

export function onMoments(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'moments'>,
): void {
  countWork(job, block, reply.cost, false);
  block.moments = reply.moments;
  block.phase = 'correcting';
  settle(step, job);
}

export function onCorrected(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'corrected'>,
): void {
  countWork(job, block, reply.cost, false);
  block.corrected = reply.rows;
  block.phase = 'absorbed';
  if (reply.edge) job.edge = reply.edge;
  settle(step, job);
}

/** Goes on once no block is on its way to `correcting` or `absorbed`. */
function settle(step: Step, job: JobState): void {
  if (job.blocks.some(({ phase }) => phase === 'absorbing')) return;
  const waiting = job.blocks.filter(({ phase, moments }) => phase === 'correcting' && moments);
  if (waiting.length > 0) sendCorrections(step, job, waiting);
  else if (job.blocks.every(({ phase }) => phase === 'absorbed')) {
    endRound(
      step,
      job,
      job.blocks.map(({ corrected }) => ({ rows: corrected })),
    );
  }
}

function sendCorrections(step: Step, job: JobState, blocks: readonly BlockState[]): void {
  const prefixes = composeMoments(blocks.map(({ moments }) => moments ?? new Float64Array()));
  for (const [j, block] of blocks.entries()) {
    block.moments = undefined;
    const fence = fenceOf(step, job, block);
    const prefix = prefixes[j] ?? new Float64Array();
    const message = { kind: 'correct', fence, prefix, rightmost: isRightmost(job, block) } as const;
    tell(step, block, message);
  }
}

function endRound(step: Step, job: JobState, tested: readonly TestedBlock[]): void {
  const ready = Math.max(...job.blocks.map((block) => block.ready));
  for (const block of job.blocks) {
    block.ready = ready;
    block.phase = 'absorbed';
  }
  const frozen = testRows(planOf(job), tested, job);
  freezeRows(job, job.blocks, frozen);
  job.tally = { ...job.tally, rounds: job.tally.rounds + 1 };
  continueJob(step, job, frozen.distrusted);
}

/** After any round: the window moves, frozen blocks go, and the job ends or goes on. */
function continueJob(step: Step, job: JobState, distrusted: boolean): void {
  const { window, steps, roundsMax } = planOf(job);
  if (distrusted && job.tally.rounds < roundsMax) return restart(step, job);
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

/**
 * The rounds led into another mode, or may have (`freeze.ts`): all of them again, with a stricter
 * rule. What the workers hold of the job is forgotten; replies that are on their way are stale.
 */
function restart(step: Step, job: JobState): void {
  const { samples } = planOf(job);
  dropBlocks(step, job);
  job.restarts++;
  job.errors = noErrors(samples);
  job.frontier = new Int32Array(samples);
  job.nextBlock = 0;
  // what was lost or measured on the way here is not part of the trajectory to come
  job.rowsLost = '';
  job.tally = { ...job.tally, residualMax: 0, errorEstimate: 0, residual: Infinity };
  step.commands.push({ kind: 'notify', job: job.id });
  beginRounds(step, job);
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
  const { errors, errorEstimate, distrusted } = reply;
  job.errors = errors;
  job.tally = { ...job.tally, errorEstimate };
  continueJob(step, job, distrusted);
}

/** A block lost its worker: whoever takes it starts from the boundary that is newest now. */
export function recoverBlock(step: Step, job: JobState, block: BlockState): void {
  const { phase } = block;
  if (isRightmost(job, block)) job.edge = undefined;
  if (phase === 'swept') block.phase = 'sweeping';
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
