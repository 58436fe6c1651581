/** Nothing is forgotten at a worker: checked like the invariants, of two states and commands. */
import { assert } from '../../shared/kernel/assert.ts';
import type { Command } from './command.ts';
import type { State } from './state.ts';

interface Hold {
  readonly worker: string;
  readonly job: string;
}

/**
 * I9: a block that the state does not name any more was taken back from its worker, unless that
 * one is gone. Otherwise it stays in its memory until the job ends.
 * @throws AssertionError naming the block
 */
export function checkReleases(before: State, after: State, commands: readonly Command[]): void {
  const now = holdsOf(after);
  const released = releasesIn(commands);
  for (const [key, { worker, job }] of holdsOf(before)) {
    if (now.has(key) || !after.workers.has(worker)) continue;
    const told = released.has(key) || released.has(`${worker} ${job}`);
    assert(told || released.has(worker), `${key} is forgotten, and nobody takes it back`);
  }
}

/** By worker, job, block and attempt: all that workers hold and have not been told to give back. */
function holdsOf({ jobs }: State): Map<string, Hold> {
  const holds = new Map<string, Hold>();
  for (const { id: job, blocks, checks } of jobs.values()) {
    const hold = (worker: string, index: number, attempt: number): void => {
      if (worker !== '') holds.set(nameOf(worker, job, index, attempt), { worker, job });
    };
    for (const { worker, index, attempt, phase, twin } of blocks) {
      // the one that moves has been told
      if (phase !== 'moving') hold(worker, index, attempt);
      if (twin) hold(twin.worker, index, twin.attempt);
    }
    for (const { index, votes } of checks.open) {
      for (const { worker, attempt, state } of votes) if (!state) hold(worker, index, attempt);
    }
  }
  return holds;
}

/** Blocks, jobs of a worker, and workers. */
function releasesIn(commands: readonly Command[]): ReadonlySet<string> {
  const released = new Set<string>();
  for (const command of commands) {
    if (command.kind === 'dropWorker') released.add(command.worker);
    if (command.kind === 'closeJob') released.add(`${command.worker} ${command.job}`);
    if (command.kind !== 'send' || command.message.kind !== 'releaseBlock') continue;
    const { job, block, attempt } = command.message.fence;
    released.add(nameOf(command.worker, job, block, attempt));
  }
  return released;
}

function nameOf(worker: string, job: string, index: number, attempt: number): string {
  return `job ${job} block ${index} attempt ${attempt} with ${worker}`;
}
