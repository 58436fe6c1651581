/**
 * A round of the Picard family runs as a wave through the live blocks, from the left: as soon as a
 * block is swept and its left neighbour's right end is known, so are its own boundaries, which of
 * its rows freeze, and what it sweeps next. Blocks on the left are in the next round already while
 * those on the right still are in this one, so messages travel while models compute.
 *
 *   sweeping -> swept -> (composed, rows frozen) -> absorbed -> sweeping, a round later
 *
 * A wave begins where the one before has ended, so no block is more than a round ahead; and what a
 * block is told depends on rounds and never on who was fast: the same run on any cluster. The last
 * block waits for the end of the wave, which moves the window. ParaTAA composes twice, and
 * published stopping rules look at all rows at once: there a wave waits until all blocks are swept.
 */
import { assert } from '../../shared/kernel/assert.ts';
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import { hasMoved } from '../../shared/numerics/compose.ts';
import {
  freezeRows,
  freezesInTurn,
  joined,
  weightsBehind,
} from '../../shared/numerics/solver/freeze.ts';
import type { Movement } from '../../shared/numerics/solver/groups.ts';
import { sendAbsorb } from './acceleration.ts';
import { takeFrozen } from './blocks.ts';
import { takeCheckpoint } from './checkpoint.ts';
import type { ComposedBlock } from './command.ts';
import type { ReplyOf } from './event.ts';
import { handsOver } from './handover.ts';
import { isSweptFor, leaveBehind, maxLagOf, turnsRound } from './lag.ts';
import { sendSweep } from './orders.ts';
import { composedEdge, endRound, freezeTogether } from './rounds.ts';
import type { BlockState, JobState, LatentHandle } from './state.ts';
import { editJob, handle, planOf, roundsMaxOf, type Step } from './step.ts';
import { countRound, countWork, noteSweep } from './tally.ts';

export function onSwept(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'swept'>,
): void {
  const { row, offset, slope, rows, denoised, volatility } = reply;
  noteSweep(job, block, step.atMs);
  block.phase = 'swept';
  block.residuals = residualsNow(block, reply);
  block.summary = { row, offset, slope, rows, denoised, volatility };
  countWork(job, block, reply.cost);
  countRound(job, block, reply.cost);
  step.commands.push({ kind: 'trace', job: job.id, round: block.residuals });
  if (reply.frozen && block.asked) {
    takeCheckpoint(step, job, { ...block.asked, state: reply.frozen });
  }
  if (rows && planOf(job).audit) step.commands.push({ kind: 'residuals', job: job.id, rows });
  roll(step, job);
}

/** Told of the round that they are counted in. */
function residualsNow({ lag }: BlockState, { residuals }: ReplyOf<'swept'>): RoundResiduals {
  return lag === 0 ? residuals : { ...residuals, round: residuals.round + lag };
}

/** Waves that stand still because of a block that may have become late. */
export function lookForLate(step: Step): void {
  for (const id of step.running) {
    const job = step.jobs.get(id);
    if (job?.plan && maxLagOf(job) > 0) roll(step, editJob(step, id));
  }
}

/** Composes the blocks that the wave can reach now. */
export function roll(step: Step, job: JobState): void {
  if (job.phase !== 'running' || job.wave.awaited !== undefined) return;
  const run = reachable(job);
  const [first] = run;
  if (!first) {
    if (turnsRound(step, job)) endEarly(step, job);
    return;
  }
  const before = job.blocks[job.wave.next - 1];
  const after = job.blocks[job.wave.next + run.length];
  job.wave = { ...job.wave, awaited: ++job.compositions };
  step.commands.push({
    kind: 'compose',
    job: job.id,
    composition: job.compositions,
    blocks: run.map((block) => composedBlock(job, block)),
    before: before?.rightRow === first.begin ? before.right : undefined,
    after: after && { begin: after.begin, left: after.left, leftSince: after.leftSince },
    frontier: job.frontier,
  });
}

function reachable(job: JobState): readonly BlockState[] {
  const round = job.tally.rounds + 1;
  const ahead = job.blocks.slice(job.wave.next);
  const stop = ahead.findIndex((block) => !isSweptFor(block, round));
  const run = stop === -1 ? ahead : ahead.slice(0, stop);
  return run.length === ahead.length || freezesInTurn(planOf(job)) ? run : [];
}

function composedBlock(job: JobState, block: BlockState): ComposedBlock {
  const { begin, left, leftSince, summary } = block;
  assert(summary, `block ${block.index} of job ${job.id} is swept without a summary`);
  const { row, offset, slope } = summary;
  const out = handle(job, block.index, 'right');
  block.right = offset && out;
  block.rightRow = row;
  return { begin, row, offset, slope, left, leftSince, out };
}

/** Boundaries are known; `movements` are those of the left ones of the composed blocks. */
export function onComposed(
  step: Step,
  job: JobState,
  composition: number,
  movements: readonly Movement[],
): void {
  // the blocks changed since: they are composed again
  if (job.wave.awaited !== composition) return;
  job.wave = { ...job.wave, awaited: undefined };
  const { next } = job.wave;
  const run = job.blocks.slice(next, next + movements.length);
  for (const [k, block] of run.entries()) {
    if (hasMoved(movements[k])) {
      block.left = newLeft(job.blocks[next + k - 1], block);
      block.leftMoved = true;
    }
    block.leftSince = undefined;
  }
  if (planOf(job).method === 'parataa') {
    for (const block of run) sendAbsorb(step, job, block);
  } else if (freezesInTurn(planOf(job))) {
    for (const [k, block] of run.entries()) pass(step, job, block, movements[k]);
    if (job.wave.next === job.blocks.length) endWave(step, job);
  } else {
    const tested = run.map(({ summary }, k) => ({ rows: summary?.rows, movement: movements[k] }));
    job.edge = composedEdge(job);
    freezeTogether(step, job, tested);
  }
  roll(step, job);
}

/** Where the neighbour ends, or what that was before it was lost or went. */
function newLeft(before: BlockState | undefined, block: BlockState): LatentHandle | undefined {
  const chained = before?.rightRow === block.begin ? before.right : undefined;
  return chained ?? block.leftSince;
}

/** The wave has reached a block: its rows freeze, and it sweeps on. */
function pass(step: Step, job: JobState, block: BlockState, movement: Movement | undefined): void {
  const { summary, sweptFrom, behind } = block;
  const own = [{ rows: summary?.rows, movement, sweptFrom, behind }];
  const frozen = joined(job.wave, freezeRows(planOf(job), own, job));
  takeFrozen(job, [block], frozen);
  block.rows = summary?.rows;
  block.phase = 'absorbed';
  block.round += block.lag;
  block.lag = 0;
  block.ready = Math.max(block.ready, job.wave.ready);
  const next = job.wave.next + 1;
  const { updateNorm, distrusted } = frozen;
  job.wave = { ...job.wave, next, updateNorm, distrusted, ready: block.ready };
  if (next < job.blocks.length && goesOn(job, block)) {
    block.round++;
    if (!handsOver(step, job, block)) sendSweep(step, job, block);
  }
}

function goesOn(job: JobState, { end, round }: BlockState): boolean {
  if (job.wave.distrusted || Math.min(...job.frontier) >= end) return false;
  return round < roundsMaxOf(job);
}

/** In front of a block that is late; the edge stays where the last block has brought it. */
function endEarly(step: Step, job: JobState): void {
  leaveBehind(step, job);
  noteGains(job);
  endRound(step, job, job.wave.distrusted);
  roll(step, job);
}

function endWave(step: Step, job: JobState): void {
  noteGains(job);
  job.edge = composedEdge(job);
  endRound(step, job, job.wave.distrusted);
}

/** What blocks are told next round of the gains on their right. */
function noteGains(job: JobState): void {
  const rows = job.blocks.map((block) => block.rows);
  const behind = weightsBehind(rows, job.frontier.length);
  for (const [j, block] of job.blocks.entries()) block.behind = behind[j];
}
