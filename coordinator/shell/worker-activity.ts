/** What the workers did, as the one who asks may know it. */
import { limits } from '../../shared/kernel/limits.ts';
import type { Activity, Interval } from './activity.ts';

export interface WorkerActivity {
  /** On the clock of the intervals. */
  readonly nowMs: number;
  /** Jobs of others have no id: an empty one. */
  readonly intervals: readonly Interval[];
}

/**
 * Of the last minute, behind the interval of that number.
 * @param seen whether the job may be known; throws where it is unknown by now
 */
export function recentActivity(
  activity: Activity,
  after: number,
  seen: (job: string) => boolean,
): WorkerActivity {
  const nowMs = activity.nowMs();
  const names = new Map<string, string>();
  const intervals = activity.after(after, nowMs - limits.activityMs).map((interval) => {
    const { job } = interval;
    const name = names.get(job) ?? (visible(job, seen) ? job : '');
    names.set(job, name);
    return name === job ? interval : { ...interval, job: name };
  });
  return { nowMs, intervals };
}

function visible(job: string, seen: (job: string) => boolean): boolean {
  try {
    return seen(job);
  } catch {
    return false;
  }
}
