/**
 * A worker could not go on with a block, or died with it. Another try where that may help, else the
 * job fails: a model that returns no finite value, or a block that kills whoever takes it, would
 * fail everywhere.
 */
import { eligibleWorkers } from './blocks.ts';
import { failJob } from './job-end.ts';
import { recover } from './recover-by-method.ts';
import type { BlockState, JobState } from './state.ts';
import type { BlockFailure } from '../../shared/kernel/block-messages.ts';
import { editJob, fenceOf, type Step, tellToForget } from './step.ts';

/** A block whose workers keep failing is not tried for ever. */
const BLOCK_FAILURES_MAX = 3;
/** Nor is one whose workers keep dying. */
const DEATHS_MAX = 3;
/** So long the last of them may come back and prove that it lives. */
export const DEATH_CONFIRM_MS = 3_000;

export function failBlock(
  step: Step,
  job: JobState,
  block: BlockState,
  failure: BlockFailure,
): void {
  const { code, message, retriable } = failure;
  block.failures++;
  block.shunned = [...(block.shunned ?? []), block.worker];
  const may = retriable || (code === 'NON_FINITE' && mayBeTheWorker(step, job, block, failure));
  if (!may || block.failures === BLOCK_FAILURES_MAX) return failJob(step, job, { code, message });
  // whoever failed has forgotten it, and every block that is taken from somebody is taken back
  tellToForget(step, block, fenceOf(step, job, block));
  recover(step, job, block);
}

/** False where two workers agree on it, or no other one can say. */
function mayBeTheWorker(
  step: Step,
  job: JobState,
  block: BlockState,
  { step: row, sample, element }: BlockFailure,
): boolean {
  if (row === undefined || sample === undefined) return false;
  const { worker, index } = block;
  const before = job.suspects?.find((one) => one.block === index);
  const same = before?.row === row && before.sample === sample && before.element === element;
  if (same && before.worker !== worker) return false;
  if (eligibleWorkers(step, job).every((id) => block.shunned?.includes(id))) return false;
  const others = (job.suspects ?? []).filter((one) => one.block !== index);
  job.suspects = [...others, { block: index, worker, row, sample, element }];
  return true;
}

/**
 * The connection of the block's worker ended: its process died, or it will say that it lives. Only
 * a worker that is known to have had the block counts: those that died at the same moment did not.
 */
export function noteDeath(step: Step, block: BlockState, id: string, lastSeenMs: number): void {
  const { deaths = [], assignedMs = 0 } = block;
  if (deaths.length > 0 && lastSeenMs <= assignedMs) return;
  block.deaths = [...deaths, id];
  if (block.deaths.length >= DEATHS_MAX) block.parkedUntilMs = step.atMs + DEATH_CONFIRM_MS;
}

/** A worker that was thought dead has registered again: it was the connection. */
export function exonerate(step: Step, previous: string): void {
  for (const id of step.running) {
    const held = step.jobs.get(id)?.blocks.some(({ deaths }) => deaths?.includes(previous));
    if (!held) continue;
    for (const block of editJob(step, id).blocks) {
      block.deaths = block.deaths?.filter((worker) => worker !== previous);
      if ((block.deaths?.length ?? 0) < DEATHS_MAX) block.parkedUntilMs = undefined;
    }
  }
}

/** The coordinator did not run: who came back meanwhile waits in its sockets. */
export function waitLonger(step: Step, stalledMs: number): void {
  for (const id of step.running) {
    const parked = step.jobs.get(id)?.blocks.some(({ parkedUntilMs }) => parkedUntilMs);
    if (!parked) continue;
    for (const block of editJob(step, id).blocks) {
      if (block.parkedUntilMs !== undefined) block.parkedUntilMs += stalledMs;
    }
  }
}

/** Three workers died of a block and none of them has come back: nobody else is given it. */
export function failPoison(step: Step): void {
  for (const id of [...step.running]) {
    const { blocks = [] } = step.jobs.get(id) ?? {};
    const due = blocks.find(({ parkedUntilMs = Infinity }) => parkedUntilMs <= step.atMs);
    if (!due) continue;
    const job = editJob(step, id);
    const { begin, end, deaths = [] } = due;
    const who = `${deaths.length} workers (${deaths.join(', ')})`;
    const message = `${who} died while they held steps ${begin} to ${end}: no other one is risked`;
    failJob(step, job, { code: 'POISON_JOB', message });
  }
}
