/** The one end of a job. Who may start in its place is decided after the transition. */
import type { Outcome } from '../../shared/kernel/outcome.ts';
import { forgetBlocks, releaseFrozen } from './blocks.ts';
import { settled, withdrawn } from './fair-queue.ts';
import type { SpotCheckFrom } from './checks.ts';
import { isOver } from './state.ts';
import type { JobFailure, JobState, LatentHandle, OwingBlock } from './state.ts';
import { planOf, type Step } from './step.ts';
import { serviceOf } from './tally.ts';

export function finishJob(
  step: Step,
  job: JobState,
  outcome: Outcome,
  samples: LatentHandle | undefined,
): void {
  job.outcome = outcome;
  job.settledMs = step.atMs;
  job.checks = { ...job.checks, due: dueCheck(step, job) };
  if (planOf(job).keepRows) {
    if (outcome === 'converged') releaseFrozen(step, job);
    else {
      job.rowsLost = `the job ended without converging: ${outcome}`;
      job.owing = [];
    }
  }
  job.result = samples;
  endSettled(step, job);
  // what it still waits for takes a while
  if (!isOver(job)) forgetBlocks(step, job);
}

/** The step that those who had a hand in the job are to agree on, before it is done. */
function dueCheck({ spotCheckEvery }: Step, job: JobState): SpotCheckFrom | undefined {
  const { blocks, checks, frontier } = job;
  const { checkable } = planOf(job);
  if (!checkable || spotCheckEvery === 0 || checks.hands.length === 0) return undefined;
  const slowest = Math.min(...frontier);
  const found = blocks.findLast(({ begin, left }) => left && begin <= slowest);
  return { row: found?.begin ?? 0, left: found?.left };
}

/** Nothing is waited for any more: the job is done. */
export function endSettled(step: Step, job: JobState): void {
  const { due, open } = job.checks;
  if (!job.outcome || job.owing.length > 0 || due || open.length > 0) return;
  // its numbers were not known to be right before
  if (job.checks.made > 0) job.settledMs = step.atMs;
  end(step, job, 'done', job.result);
}

/** A block's rows are here: they are kept, and the job is done if it waited for nothing else. */
export function onRows(
  step: Step,
  job: JobState,
  { begin, index }: OwingBlock,
  states: LatentHandle,
): void {
  step.commands.push({ kind: 'keepRows', job: job.id, first: begin + 1, states });
  settleOwing(step, job, (other) => other.index !== index);
}

/** Rows that will not come: the samples are none the worse, but nothing can certify them. */
export function loseRows(
  step: Step,
  job: JobState,
  lost: (block: OwingBlock) => boolean,
  why: string,
): void {
  const [first] = job.owing.filter(lost);
  if (!first) return;
  job.rowsLost = `rows ${first.begin + 1} to ${first.end} were not handed over: ${why}`;
  settleOwing(step, job, (block) => !lost(block));
}

function settleOwing(step: Step, job: JobState, stays: (block: OwingBlock) => boolean): void {
  job.owing = job.owing.filter(stays);
  endSettled(step, job);
}

export function failJob(step: Step, job: JobState, failure: JobFailure): void {
  job.failure = failure;
  end(step, job, 'failed', undefined);
}

export function cancelJob(step: Step, job: JobState): void {
  if (isOver(job)) return;
  job.failure = { code: 'CANCELLED', message: 'cancelled by a client' };
  end(step, job, 'cancelled', undefined);
}

function end(
  step: Step,
  job: JobState,
  phase: 'done' | 'failed' | 'cancelled',
  samples: LatentHandle | undefined,
): void {
  leaveQueue(step, job);
  job.phase = phase;
  job.endedMs = step.atMs;
  job.blocks = [];
  job.owing = [];
  job.edge = undefined;
  job.result = undefined;
  job.checks = { ...job.checks, due: undefined, open: [] };
  for (const worker of new Set([...job.opened, ...job.checks.opened])) {
    if (step.workers.has(worker)) step.commands.push({ kind: 'closeJob', worker, job: job.id });
  }
  step.commands.push({ kind: 'jobEnded', job: job.id, samples });
}

/** Its client is charged for what it took, and waits for it no more. */
function leaveQueue(step: Step, job: JobState): void {
  const { id, client, phase, whole } = job;
  step.running = step.running.filter((other) => other !== id);
  if (step.resolving === id) step.resolving = undefined;
  if (phase === 'queued') step.queue = withdrawn(step.queue, { client, job: id });
  else if (whole === undefined) step.queue = settled(step.queue, client, serviceOf(job));
}
