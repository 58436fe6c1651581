/** Jobs wait in the order of their submission and start as workers and the limit allow. */
import { defaultBlocks, partition } from '../../shared/numerics/partition.ts';
import { eligibleWorkers, openOn } from './blocks.ts';
import { beginPipeline } from './pipeline.ts';
import { beginRounds } from './rounds.ts';
import { emptyTally, isOver, type JobPlan, type JobState } from './state.ts';
import { editJob, planOf, type Step } from './step.ts';

export interface Submission {
  readonly job: string;
  readonly model: string;
  readonly plan: JobPlan | undefined;
  readonly after: string | undefined;
}

export function queueJob(step: Step, { job: id, model, plan, after }: Submission): void {
  const job: JobState = {
    id,
    plan,
    model,
    after,
    phase: 'queued',
    failure: undefined,
    outcome: undefined,
    submittedMs: step.atMs,
    startedMs: 0,
    endedMs: 0,
    partition: [],
    opened: [],
    blocks: [],
    nextBlock: 0,
    frontier: new Int32Array(plan?.samples ?? 1),
    windowEnd: 0,
    edge: undefined,
    tally: emptyTally,
    callClock: {},
  };
  step.jobs.set(id, job);
  step.commands.push({ kind: 'notify', job: id });
}

/** Starts queued jobs, oldest first, as far as workers and the limit allow. */
export function startJobs(step: Step): void {
  let running = [...step.jobs.values()].filter(({ phase }) => phase === 'running').length;
  for (const { id, phase, after, plan, model } of [...step.jobs.values()]) {
    if (running >= step.jobsRunningMax) return;
    if (phase !== 'queued' || isBlocked(step, after)) continue;
    if (!plan) {
      const here = [...step.workers.values()].some(({ models }) =>
        models.some(({ name }) => name === model),
      );
      if (here) step.commands.push({ kind: 'resolve', job: id });
      continue;
    }
    const job = editJob(step, id);
    if (eligibleWorkers(step, job).length === 0) continue;
    start(step, job);
    running++;
  }
}

function isBlocked(step: Step, after: string | undefined): boolean {
  const before = after === undefined ? undefined : step.jobs.get(after);
  return before !== undefined && !isOver(before);
}

function start(step: Step, job: JobState): void {
  const { method, steps, window, blocks } = planOf(job);
  const workers = eligibleWorkers(step, job);
  const count = blocks || defaultBlocks(method, steps, workers.length);
  job.phase = 'running';
  job.startedMs = step.atMs;
  job.partition = partition(steps, window, count);
  job.frontier = new Int32Array(planOf(job).samples);
  // the deal is fixed when the job starts, so that the same cluster gives the same run
  for (const worker of workers.slice(0, job.partition.length)) openOn(step, job, worker);
  step.commands.push({ kind: 'notify', job: job.id });
  if (method === 'parareal') beginPipeline(step, job);
  else beginRounds(step, job);
}
