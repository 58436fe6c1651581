/** The one end of a job. Who may start in its place is decided after the transition. */
import type { Outcome } from '../../shared/kernel/outcome.ts';
import { isOver, type JobFailure, type JobState, type LatentHandle } from './state.ts';
import type { Step } from './step.ts';

export function finishJob(
  step: Step,
  job: JobState,
  outcome: Outcome,
  samples: LatentHandle | undefined,
): void {
  job.outcome = outcome;
  end(step, job, 'done', samples);
}

export function failJob(step: Step, job: JobState, failure: JobFailure): void {
  job.failure = failure;
  end(step, job, 'failed', undefined);
}

export function cancelJob(step: Step, job: JobState): void {
  if (isOver(job)) return;
  job.failure = { code: 'CANCELLED', message: 'cancelled by a client' };
  end(step, job, 'cancelled', undefined);
}

function end(
  step: Step,
  job: JobState,
  phase: 'done' | 'failed' | 'cancelled',
  samples: LatentHandle | undefined,
): void {
  job.phase = phase;
  job.endedMs = step.atMs;
  job.blocks = [];
  job.edge = undefined;
  for (const worker of job.opened) {
    if (step.workers.has(worker)) step.commands.push({ kind: 'closeJob', worker, job: job.id });
  }
  step.commands.push({ kind: 'jobEnded', job: job.id, samples });
}
