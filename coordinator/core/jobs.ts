/** Jobs wait in the order of their submission and start as workers and the limit allow. */
import { defaultBlocks } from '../../shared/numerics/partition.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { eligibleWorkers, openOn } from './blocks.ts';
import { cutJob } from './deal.ts';
import { failJob } from './job-end.ts';
import { partPlan } from './parts.ts';
import { beginPipeline } from './pipeline.ts';
import { beginRounds } from './rounds.ts';
import { emptyTally, isOver, newWave, type JobPlan, type JobState } from './state.ts';
import { editJob, planOf, type Step } from './step.ts';

export interface Submission {
  readonly job: string;
  readonly model: string;
  readonly plan: JobPlan | undefined;
  readonly after: string | undefined;
  readonly needsRows?: boolean | undefined;
  /** The job that it is a part of. */
  readonly whole?: string | undefined;
}

export function queueJob(step: Step, submission: Submission): void {
  const { job: id, model, plan, after, needsRows = false, whole } = submission;
  const job: JobState = {
    id,
    whole,
    plan,
    model,
    after,
    needsRows,
    phase: 'queued',
    failure: undefined,
    outcome: undefined,
    submittedMs: step.atMs,
    startedMs: 0,
    settledMs: 0,
    endedMs: 0,
    partition: [],
    shares: undefined,
    opened: [],
    blocks: [],
    nextBlock: 0,
    wave: newWave,
    compositions: 0,
    frontier: new Int32Array(plan?.samples ?? 1),
    errors: noErrors(plan?.samples ?? 1),
    restarts: 0,
    roundsLost: 0,
    attempts: 0,
    windowEnd: 0,
    edge: undefined,
    result: undefined,
    owing: [],
    rowsLost: '',
    tally: emptyTally,
    callClock: {},
    spent: {},
  };
  step.jobs.set(id, job);
  step.commands.push({ kind: 'notify', job: id });
}

/** Starts queued jobs, oldest first, as far as workers and the limit allow. */
export function startJobs(step: Step): void {
  let running = [...step.jobs.values()].filter(isRunningWhole).length;
  for (const { id, phase, after, plan, model } of [...step.jobs.values()]) {
    if (running >= step.jobsRunningMax) return;
    if (phase !== 'queued' || isBlocked(step, after)) continue;
    const missing = missingRows(step, id);
    if (missing !== undefined) {
      failJob(step, editJob(step, id), { code: 'CANCELLED', message: missing });
      continue;
    }
    if (!plan) {
      const here = [...step.workers.values()].some(({ models }) =>
        models.some(({ name }) => name === model),
      );
      if (here) step.commands.push({ kind: 'resolve', job: id });
      continue;
    }
    const job = editJob(step, id);
    if (eligibleWorkers(step, job).length === 0) continue;
    begin(step, job);
    running++;
  }
}

function isRunningWhole({ phase, whole }: JobState): boolean {
  return phase === 'running' && whole === undefined;
}

function begin(step: Step, job: JobState): void {
  const plan = planOf(job);
  if (!plan.parts) {
    start(step, job);
    return;
  }
  job.phase = 'running';
  job.startedMs = step.atMs;
  for (const part of plan.parts) {
    const { id: whole, model } = job;
    const own = partPlan(plan, part);
    queueJob(step, { job: part.job, model, plan: own, after: undefined, whole });
    start(step, editJob(step, part.job));
  }
}

function isBlocked(step: Step, after: string | undefined): boolean {
  const before = after === undefined ? undefined : step.jobs.get(after);
  return before !== undefined && !isOver(before);
}

/** Why a job that starts from another one's rows never can. */
function missingRows(step: Step, id: string): string | undefined {
  const { needsRows, after } = step.jobs.get(id) ?? {};
  if (!needsRows) return undefined;
  const before = after === undefined ? undefined : step.jobs.get(after);
  if (before?.phase !== 'done') return 'the job has no result';
  return before.rowsLost === '' ? undefined : before.rowsLost;
}

function start(step: Step, job: JobState): void {
  const { method, steps, blocks } = planOf(job);
  const workers = eligibleWorkers(step, job);
  const count = blocks || defaultBlocks(method, steps, workers.length);
  job.phase = 'running';
  job.startedMs = step.atMs;
  job.frontier = new Int32Array(planOf(job).samples);
  job.errors = noErrors(planOf(job).samples);
  // the deal is fixed when the job starts, so that the same cluster gives the same run
  for (const worker of cutJob(step, job, workers, count)) openOn(step, job, worker);
  step.commands.push({ kind: 'notify', job: job.id });
  if (method === 'parareal') beginPipeline(step, job);
  else beginRounds(step, job);
}
