/** Whose turn it was, as it is documented, beside the queue that the core keeps. */
import type { JobState, State } from '../../coordinator/core/state.ts';
import { assert } from '../../shared/kernel/assert.ts';

/** A step of priority counts as much as so long a wait (docs/RELIABILITY.md, "Many jobs"). */
const PRIORITY_MS = 60_000;

/** Whoever starts was due before the others of its client who could have started. */
export function checkTurns(before: State, after: State, priorityOf: (job: string) => number): void {
  if (before.running === after.running) return;
  const due = ({ id, submittedMs }: JobState) => submittedMs - priorityOf(id) * PRIORITY_MS;
  for (const id of after.running) {
    const job = after.jobs.get(id);
    if (!job || job.whole !== undefined || before.running.includes(id)) continue;
    for (const other of after.jobs.values()) {
      if (other.phase !== 'queued' || other.client !== job.client || other.deferred) continue;
      assert(due(job) <= due(other), `${id} started before ${other.id}, which was due`);
    }
  }
}
