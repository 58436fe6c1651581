/**
 * Where rounds of the Picard family begin and end. What happens in between is in `wave.ts`, and in
 * `acceleration.ts` for ParaTAA.
 *
 *   begin -> sweeping -> ... -> end
 *   begin -> advancing -> end            where one block holds the whole window: it needs nobody
 *
 * A block learns where its left boundary went, and what is frozen, with the sweep of its next
 * round.
 */
import { assert } from '../../shared/kernel/assert.ts';
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { freezeRows } from '../../shared/numerics/solver/freeze.ts';
import type { TestedBlock } from '../../shared/numerics/solver/tested-rows.ts';
import { enterBlock, releaseFrozen, takeFrozen } from './blocks.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { rebalance } from './deal.ts';
import type { ReplyOf } from './event.ts';
import { givenStart } from './given-start.ts';
import { handsOver } from './handover.ts';
import { finishJob } from './job-end.ts';
import { forgetRounds } from './forget-rounds.ts';
import { sendRound } from './orders.ts';
import type { BlockState, EdgeHandle, JobState, LatentHandle } from './state.ts';
import { handle, planOf, roundsMaxOf, type Step } from './step.ts';
import { countAlone, countFrozen, countIdeal, countWork } from './tally.ts';
import { newWave } from './wave-state.ts';

export function beginRounds(step: Step, job: JobState): void {
  const { window, steps, initialization, guess, given } = planOf(job);
  const { row = 0, state = givenStart(step, job) } = job.checkpoint ?? {};
  // without a guess, x0-hat of the first row fills all the others: until then one row is enough
  const cold = initialization === 'denoised' && !guess && !given;
  job.windowEnd = Math.min(row + (cold ? 1 : window), steps);
  job.edge = cold ? undefined : initialEdge(step, job);
  enterBlock(step, job, state, { denoised: job.edge?.denoised });
  beginRound(step, job);
}

/**
 * Rows enter from pure noise, or from where the job goes on: with the guess of x0-hat, or as copies
 * (as published).
 */
function initialEdge(step: Step, job: JobState): EdgeHandle {
  const { row, state } = job.checkpoint ?? { row: 0, state: handle(job, 0, 'initial') };
  if (row === 0) step.commands.push({ kind: 'initial', job: job.id, out: state });
  if (!planOf(job).guess) return { row, state, denoised: undefined };
  const denoised = handle(job, 0, 'guess');
  step.commands.push({ kind: 'guess', job: job.id, out: denoised });
  return { row, state, denoised };
}

function beginRound(step: Step, job: JobState): void {
  job.wave = newWave;
  // what enters grows from the edge of the last one
  if (!job.blocks.at(-1)?.lag) enterBlocks(step, job);
  assert(job.blocks[0], `job ${job.id} has no live block`);
  const round = job.tally.rounds + 1;
  // the others are in it already, still in an earlier one, or on their way to another worker
  for (const block of job.blocks.filter((other) => other.round + other.lag < round)) {
    block.round = round;
    if (!handsOver(step, job, block)) sendRound(step, job, block);
  }
}

/** Blocks whose first row is inside the window enter, rolled out from the right edge. */
function enterBlocks(step: Step, job: JobState): void {
  let { edge } = job;
  for (;;) {
    const next = job.partition[job.nextBlock];
    if (!edge || !next || next.begin >= job.windowEnd) return;
    const state = handle(job, job.nextBlock, 'entry');
    const denoised = edge.denoised && handle(job, job.nextBlock, 'denoised');
    const out = { ...edge, row: next.begin, state, denoised };
    step.commands.push({ kind: 'rollOut', job: job.id, out, edge });
    enterBlock(step, job, state, out);
    // the way to the next block goes on from here; along a given trajectory it begins where x0-hat
    // was found
    if (!planOf(job).given) edge = out;
  }
}

/** What rows and blocks grow from, and at row N the sample. */
export function composedEdge({ blocks }: JobState): EdgeHandle | undefined {
  const { summary, right } = blocks.at(-1) ?? {};
  if (!summary || !right) return undefined;
  const { row, denoised, volatility } = summary;
  return { row, state: right, denoised, volatility };
}

/** The end of a round whose blocks all wait for each other. */
export function freezeTogether(step: Step, job: JobState, tested: readonly TestedBlock[]): void {
  const frozen = freezeRows(planOf(job), tested, job);
  takeFrozen(job, job.blocks, frozen);
  const ready = Math.max(...job.blocks.map((block) => block.ready));
  for (const block of job.blocks) {
    block.ready = ready;
    block.phase = 'absorbed';
  }
  endRound(step, job, frozen.distrusted);
}

export function endRound(step: Step, job: JobState, distrusted: boolean): void {
  job.tally = { ...job.tally, rounds: job.tally.rounds + 1 };
  countIdeal(job);
  rebalance(step, job);
  continueJob(step, job, distrusted);
}

/** After any round: frozen blocks go, and the job ends or goes on. */
function continueJob(step: Step, job: JobState, distrusted: boolean): void {
  const { steps } = planOf(job);
  const roundsMax = roundsMaxOf(job);
  if (distrusted && job.tally.rounds < roundsMax) return restart(step, job);
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
  forgetRounds(step, job);
  job.restarts++;
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
  countWork(job, block, progress.cost);
  countAlone(job, progress.cost);
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
  if (progress.frozenRow) takeCheckpoint(step, job, progress.frozenRow);
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
