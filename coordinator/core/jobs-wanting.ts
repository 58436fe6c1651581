/** How many jobs the workers have to do, beside those that wait for something else. */
import { isOver } from './state.ts';
import type { Step } from './step.ts';

/** More of them, or more than workers, make no difference to a plan. */
const JOBS_COUNTED_MAX = 100;

/**
 * Jobs that run or could: those that wait for another one or for a model want nothing now. A plan
 * asks whether there are more than workers, so a long queue is not counted to its end.
 */
export function jobsWanting(step: Step): number {
  const here = modelsHere(step);
  const most = Math.max(JOBS_COUNTED_MAX, step.workers.size + 1);
  let jobs = runningWholes(step);
  for (const { waiting } of step.queue.clients.values()) {
    for (const { job: id } of waiting) {
      if (jobs >= most) return jobs;
      const job = step.jobs.get(id);
      if (job && here.has(job.model) && !isBlocked(step, job.after)) jobs++;
    }
  }
  return jobs;
}

export function runningWholes({ running, jobs }: Step): number {
  return running.filter((id) => jobs.get(id)?.whole === undefined).length;
}

/** Names of the models that a worker has which takes blocks. */
export function modelsHere({ workers }: Step): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { draining, models } of workers.values()) {
    if (!draining) for (const { name } of models) names.add(name);
  }
  return names;
}

export function isBlocked(step: Step, after: string | undefined): boolean {
  const before = after === undefined ? undefined : step.jobs.get(after);
  return before !== undefined && !isOver(before);
}
