/**
 * Checkpoints: rows that are frozen for every sample, brought here now and then so that a job need
 * not start over when this process ends. One latent per job, and nothing of the rows behind it: the
 * rounds find those again.
 *
 *   Picard family   with a sweep of the block that the frontier is in, or with what a block
 *                   reports that advances by itself
 *   Parareal        the right boundary of a block that is frozen
 */
import type { FrozenRow } from './event.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';

/** It is time for one. */
function isDue(step: Step, job: JobState): boolean {
  const sinceMs = step.atMs - Math.max(job.checkpointMs, job.startedMs);
  return (planOf(job).resumable ?? false) && sinceMs >= step.checkpointMs;
}

/** How often a block that advances by itself brings one, milliseconds; 0 for never. */
export function checkpointMsOf(step: Step, job: JobState): number {
  return planOf(job).resumable && step.checkpointMs < Infinity ? step.checkpointMs : 0;
}

/** A checkpoint must be of a row behind it: further than the last one, and whole. */
function leastRow({ checkpoint, tornRow }: JobState): number {
  return Math.max(checkpoint?.row ?? 0, tornRow);
}

/** Takes down a frozen row, where it is further than the last one. */
export function takeCheckpoint(step: Step, job: JobState, { row, state, errors }: FrozenRow): void {
  if (row <= leastRow(job) || row >= planOf(job).steps) return;
  const { restarts, roundsLost, tally } = job;
  const { hands } = job.checks;
  const elapsedMs = step.atMs - job.startedMs;
  job.checkpoint = { row, state, errors, restarts, roundsLost, tally, elapsedMs, hands };
  job.checkpointMs = step.atMs;
  step.commands.push({ kind: 'checkpoint', job: job.id, checkpoint: job.checkpoint });
}

/** There is a row at hand; it is taken if one is due. */
export function offerCheckpoint(step: Step, job: JobState, frozen: FrozenRow): void {
  if (isDue(step, job)) takeCheckpoint(step, job, frozen);
}

/** What is frozen just up to the left boundary of the leftmost block is here already. */
export function offerLeft(step: Step, job: JobState, { begin, left }: BlockState): void {
  const { errors, frontier } = job;
  if (!left || Math.min(...frontier) !== begin) return;
  offerCheckpoint(step, job, { row: begin, state: left, errors });
}

/**
 * Before a sweep: whether the worker is to send the row at the frontier. Only the block
 * that it lies in has it.
 */
export function asksForRow(step: Step, job: JobState, block: BlockState): boolean {
  block.asked = undefined;
  if (!isDue(step, job)) return false;
  offerLeft(step, job, block);
  const row = Math.min(...job.frontier);
  const { errors } = job;
  const news = row > Math.max(block.begin, leastRow(job));
  if (!news || row >= block.end) return false;
  block.asked = { row, errors };
  return true;
}
