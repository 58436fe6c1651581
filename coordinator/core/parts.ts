/**
 * A job whose samples do not wait for each other: its parts, jobs of their own with some of the
 * samples each, run side by side. The job is what its parts are together.
 */
import type { Outcome } from '../../shared/kernel/outcome.ts';
import { cancelJob, failJob, finishJob } from './job-end.ts';
import { emptyTally, isOver } from './state.ts';
import type { JobPlan, JobState, Part, Tally } from './state.ts';
import { editJob, type Step } from './step.ts';

/** What a part is told: the job's plan with its own samples, on one share of the workers. */
export function partPlan({ parts = [], deal, ...plan }: JobPlan, { samples }: Part): JobPlan {
  if (!deal) return { ...plan, samples };
  const count = Math.max(1, Math.floor(deal.count / Math.max(1, parts.length)));
  return { ...plan, samples, deal: { ...deal, count } };
}

/** Takes over what became of the parts that this transition has changed. */
export function refreshWholes(step: Step): void {
  const changed = [...step.edited].flatMap((id) => step.jobs.get(id)?.whole ?? []);
  for (const id of new Set(changed)) {
    const job = step.jobs.get(id);
    if (job && !isOver(job)) refresh(step, editJob(step, id));
  }
}

function refresh(step: Step, job: JobState): void {
  const parts = partsOf(step, job);
  const broken = parts.find(({ phase }) => phase === 'failed' || phase === 'cancelled');
  job.tally = parts.map(({ tally }) => tally).reduce(together, emptyTally);
  if (broken) {
    const failure = broken.failure ?? { code: 'INTERNAL', message: `${broken.id} ended` };
    failJob(step, job, failure);
    cancelParts(step, job);
    return;
  }
  job.frontier = Int32Array.from(parts.flatMap(({ frontier }) => [...frontier]));
  job.windowEnd = Math.min(...parts.map(({ windowEnd }) => windowEnd));
  job.partition = parts[0]?.partition ?? [];
  if (parts.every(({ phase }) => phase === 'done')) finishJob(step, job, worst(parts), undefined);
}

function partsOf(step: Pick<Step, 'jobs'>, { plan }: JobState): JobState[] {
  return (plan?.parts ?? []).flatMap(({ job }) => step.jobs.get(job) ?? []);
}

/** Nobody waits for the other parts of a job that is over. */
export function cancelParts(step: Step, job: JobState): void {
  for (const { id } of partsOf(step, job)) cancelJob(step, editJob(step, id));
}

export function forgetParts(step: Step, job: JobState): void {
  for (const { id } of partsOf(step, job)) step.jobs.delete(id);
}

/** Side by side: work adds up, time and error are those of the worst part. */
function together(a: Tally, b: Tally): Tally {
  return {
    rounds: Math.max(a.rounds, b.rounds),
    staleRounds: a.staleRounds + b.staleRounds,
    modelCalls: a.modelCalls + b.modelCalls,
    forwardPasses: a.forwardPasses + b.forwardPasses,
    sequentialCalls: Math.max(a.sequentialCalls, b.sequentialCalls),
    modelMs: Math.max(a.modelMs, b.modelMs),
    queueMs: Math.max(a.queueMs, b.queueMs),
    scanMs: Math.max(a.scanMs, b.scanMs),
    idealMs: Math.max(a.idealMs, b.idealMs),
    lateMs: a.lateMs + b.lateMs,
    residualMax: Math.max(a.residualMax, b.residualMax),
    errorEstimate: Math.max(a.errorEstimate, b.errorEstimate),
    residual: Math.max(a === emptyTally ? 0 : a.residual, b.residual),
  };
}

function worst(parts: readonly JobState[]): Outcome {
  return parts.find(({ outcome }) => outcome !== 'converged')?.outcome ?? 'converged';
}
