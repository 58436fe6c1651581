/** Jobs wait for their turn (`fair-queue.ts`) and start as workers and the limit allow. */
import { bestBatches } from '../../shared/numerics/latency-curve.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { groupsOf } from '../../shared/numerics/solver/groups.ts';
import { hasAbleWorker, openOn } from './blocks.ts';
import { noChecks } from './checks.ts';
import { cutJob } from './deal.ts';
import type { Event } from './event.ts';
import { enqueue, nextInTurn, taken, tidied, type Reserved } from './fair-queue.ts';
import { failJob, finishJob } from './job-end.ts';
import { isBlocked, jobsWanting, modelsHere, runningWholes } from './jobs-wanting.ts';
import { partPlan } from './parts.ts';
import { beginPipeline } from './pipeline.ts';
import { beginRounds } from './rounds.ts';
import { SharedMap } from './shared-map.ts';
import { emptyTally, type Checkpoint, type JobPlan, type JobState, type State } from './state.ts';
import { editJob, planOf, type Step } from './step.ts';
import { serviceOf } from './tally.ts';
import { newWave } from './wave-state.ts';

/** Of one worker at once: a second one computes while the first one starts or ends. */
const WORKER_JOBS = { least: 2, most: 16 } as const;
/** Also on one worker: a long job is not in the way of a short one. */
const JOBS_LEAST = 4;

export interface Submission {
  readonly job: string;
  readonly model: string;
  readonly plan: JobPlan | undefined;
  readonly after: string | undefined;
  readonly needsRows?: boolean | undefined;
  readonly client?: string | undefined;
  readonly priority?: number | undefined;
  /** The job that it is a part of. */
  readonly whole?: string | undefined;
  /** Where an earlier process left it. */
  readonly checkpoint?: Checkpoint | undefined;
}

export function queueJob(step: Step, submission: Submission): void {
  const { job: id, client = '', priority = 0, whole } = submission;
  step.jobs.set(id, newJob(step, submission));
  step.commands.push({ kind: 'notify', job: id });
  // a part starts with its whole
  if (whole !== undefined) return;
  const queued = { job: id, client, priority, atMs: step.atMs };
  step.queue = enqueue(step.queue, queued, reservedIn(step));
}

function newJob(step: Step, submission: Submission): JobState {
  const { job: id, model, plan, after, needsRows = false, client = '', whole } = submission;
  return {
    id,
    whole,
    client,
    plan,
    deferred: false,
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
    indices: 0,
    sweepMs: [],
    twinRows: 0,
    recut: false,
    room: false,
    pace: 0,
    wave: newWave,
    compositions: 0,
    frontier: new Int32Array(plan?.samples ?? 1),
    errors: noErrors(plan?.samples ?? 1, groupsOf(plan?.dim ?? 1)),
    restarts: 0,
    checkpoint: submission.checkpoint,
    checkpointMs: 0,
    resumedFrom: 0,
    roundsLost: 0,
    tornRow: 0,
    attempts: 0,
    windowEnd: 0,
    edge: undefined,
    result: undefined,
    owing: [],
    rowsLost: '',
    checks: noChecks,
    tally: emptyTally,
    callClock: new SharedMap(),
    spentBefore: emptyTally,
    spent: new SharedMap(),
    roundMs: new Map(),
  };
}

/** What running jobs count for against their clients. */
export function reservedIn({ running, jobs }: Pick<State, 'running' | 'jobs'>): Reserved {
  const reserved = new Map<string, number>();
  for (const id of running) {
    const job = jobs.get(id);
    if (!job || job.whole !== undefined) continue;
    const service = Math.max(serviceOf(job), expectedOf(job));
    reserved.set(job.client, (reserved.get(job.client) ?? 0) + service);
  }
  return reserved;
}

function expectedOf({ plan }: JobState): number {
  if (!plan) return 0;
  const { passes, passMs } = plan.demand ?? { passes: plan.steps * plan.samples, passMs: 1 };
  return passes * passMs;
}

/** Starts the jobs whose turn it is, as far as workers and the limit allow. */
export function startJobs(step: Step): void {
  const here = modelsHere(step);
  const most = jobsAtOnce(step);
  const hopeless = (job: JobState) => job.deferred || !here.has(job.model);
  for (;;) {
    // a plan that is being made is for the load that there is now: one after the other
    if (step.resolving !== undefined || runningWholes(step) >= most) return;
    const reserved = reservedIn(step);
    const next = nextInTurn(step.queue, reserved, (id) => {
      const job = step.jobs.get(id);
      return (
        job !== undefined && !hopeless(job) && !isBlocked(step, job.after) && isAble(step, job)
      );
    });
    if (!next) {
      step.queue = tidied(step.queue, reserved);
      return;
    }
    startNext(step, next, reserved);
  }
}

function startNext(
  step: Step,
  next: { readonly client: string; readonly job: string },
  reserved: Reserved,
): void {
  const job = editJob(step, next.job);
  const missing = missingRows(step, job);
  if (missing !== undefined) failJob(step, job, { code: 'CANCELLED', message: missing });
  else if (job.plan) {
    step.queue = taken(step.queue, next, reserved);
    begin(step, job);
  } else {
    step.resolving = job.id;
    step.commands.push({ kind: 'resolve', job: job.id, jobs: jobsWanting(step) });
  }
}

/** So many that workers have rows of several jobs for their calls, where that pays. */
function jobsAtOnce({ workers, jobsRunningMax }: Step): number {
  let slots = 0;
  for (const { draining, models } of workers.values()) {
    if (draining) continue;
    const paying = models.map(({ curve }) => (curve ? bestBatches(curve).smallest : 1));
    slots += Math.min(WORKER_JOBS.most, Math.max(WORKER_JOBS.least, ...paying));
  }
  return Math.min(jobsRunningMax, Math.max(JOBS_LEAST, slots));
}

function isAble(step: Step, job: JobState): boolean {
  return job.plan === undefined || hasAbleWorker(step, job.plan);
}

type Resolution = Extract<Event, { kind: 'jobResolved' }>;

/** The plan that was asked for. */
export function resolveJob(step: Step, { job: id, plan, checkpoint }: Resolution): void {
  if (step.resolving === id) step.resolving = undefined;
  const job = step.jobs.get(id);
  if (job?.phase !== 'queued') return;
  step.jobs.set(id, { ...editJob(step, id), plan, checkpoint, deferred: false });
}

export function deferJob(step: Step, id: string): void {
  if (step.resolving === id) step.resolving = undefined;
  const job = step.jobs.get(id);
  if (job?.phase === 'queued') step.jobs.set(id, { ...editJob(step, id), deferred: true });
}

/** Jobs that were deferred are asked again. */
export function resumePlanning(step: Step): void {
  for (const { waiting } of [...step.queue.clients.values()]) {
    for (const { job: id } of waiting) {
      if (step.jobs.get(id)?.deferred) {
        step.jobs.set(id, { ...editJob(step, id), deferred: false });
      }
    }
  }
}

function begin(step: Step, job: JobState): void {
  const plan = planOf(job);
  if (!plan.parts) {
    start(step, job);
    return;
  }
  job.phase = 'running';
  job.startedMs = step.atMs;
  step.running = [...step.running, job.id];
  for (const part of plan.parts) {
    const { id: whole, model, client } = job;
    const { job: id, checkpoint } = part;
    const own = { plan: partPlan(plan, part), after: undefined, checkpoint };
    queueJob(step, { job: id, model, client, whole, ...own });
    start(step, editJob(step, part.job));
  }
}

/** Why a job that starts from another one's rows never can. */
function missingRows(step: Step, { needsRows, after }: JobState): string | undefined {
  if (!needsRows) return undefined;
  const before = after === undefined ? undefined : step.jobs.get(after);
  if (before?.phase !== 'done') return 'the job has no result';
  return before.rowsLost === '' ? undefined : before.rowsLost;
}

function start(step: Step, job: JobState): void {
  const { method, steps, samples, dim = 1 } = planOf(job);
  job.phase = 'running';
  job.startedMs = step.atMs;
  step.running = [...step.running, job.id];
  job.frontier = new Int32Array(samples);
  job.errors = noErrors(samples, groupsOf(dim));
  if (job.checkpoint) resume(step, job, job.checkpoint);
  if (job.resumedFrom === steps) {
    finishJob(step, job, job.checkpoint?.outcome ?? 'converged', job.checkpoint?.state);
    return;
  }
  // the deal is fixed when the job starts, so that the same cluster gives the same run
  for (const worker of cutJob(step, job)) openOn(step, job, worker);
  step.commands.push({ kind: 'notify', job: job.id });
  if (method === 'parareal') beginPipeline(step, job);
  else beginRounds(step, job);
}

/**
 * It goes on where an earlier process left it, as if it had not stood still. Rows that were live
 * there begin anew, which may take as many rounds more.
 */
function resume(step: Step, job: JobState, checkpoint: Checkpoint): void {
  const { row, errors, restarts, roundsLost, tally, elapsedMs, hands = [] } = checkpoint;
  const { window, steps } = planOf(job);
  job.resumedFrom = row;
  job.frontier.fill(row);
  job.errors = errors;
  // of one that had ended everything was checked
  job.checks = { ...job.checks, hands: row === steps ? [] : hands };
  job.restarts = restarts;
  job.roundsLost = roundsLost + Math.min(window, steps - row);
  job.tally = tally;
  job.spentBefore = tally;
  job.startedMs = step.atMs - elapsedMs;
  job.checkpointMs = step.atMs;
}
