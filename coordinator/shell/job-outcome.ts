/** What a finished job says about the planner's predictions. */
import type { Outcome } from '../core/planner.ts';
import type { JobState } from '../core/state.ts';
import type { JobRecord } from './job-record.ts';

/**
 * Undefined for a job that says nothing: it failed, went on from an earlier process, began again
 * without a worker, had rounds without a late block, shared the cluster with another job, or ran on
 * other workers than planned.
 *
 * @param busyUntilMs when the last job ended that is forgotten already
 */
export function outcomeOf(
  jobs: ReadonlyMap<string, JobState>,
  { id, resolved, workersUsed }: JobRecord,
  busyUntilMs: number,
): Outcome | undefined {
  const job = jobs.get(id);
  if (!job || !resolved || job.phase !== 'done' || job.outcome !== 'converged') return undefined;
  // from where it started, and what made it stop, is no part of the plan
  if (job.plan?.given || resolved.spec.stop !== 'final') return undefined;
  // another job, which nobody remembers, was still running when this one started
  if (job.checks.startedOver > 0) return undefined;
  if (job.resumedFrom > 0 || busyUntilMs > job.startedMs) return undefined;
  if (workersUsed.size !== resolved.planned.plan.setting.workers.length) return undefined;
  for (const other of jobs.values()) if (other.id !== id && overlaps(job, other)) return undefined;
  const { rounds, staleRounds, modelCalls, modelMs, queueMs } = job.tally;
  if (staleRounds > 0) return undefined;
  const wallMs = job.settledMs - job.startedMs;
  return { rounds, modelCalls, wallMs, modelMs: modelMs + queueMs };
}

function overlaps(job: JobState, other: JobState): boolean {
  if (other.whole === job.id) return false;
  if (other.startedMs === 0 || other.startedMs >= job.endedMs) return false;
  return other.endedMs === 0 || other.endedMs > job.startedMs;
}
