/**
 * The coordinator as a function: what is, and what happens, to what is next and what to do.
 * Pure, synchronous and deterministic; nothing else changes the state.
 */
import { unreachable } from '../../shared/kernel/assert.ts';
import type { Command } from './command.ts';
import type { Event, Reply } from './event.ts';
import { admit } from './fence.ts';
import { cancelJob, failJob } from './job-end.ts';
import { queueJob, startJobs } from './jobs.ts';
import { attachWorker, drainWorker, expireLeases, failBlock, loseWorker } from './membership.ts';
import { onPipelineAbsorbed, onPipelineSwept } from './pipeline.ts';
import { onAbsorbed, onAdvanced, onProgress, onSwept } from './rounds.ts';
import { isOver, type State } from './state.ts';
import { beginStep, editJob, endStep, planOf, type Step } from './step.ts';

export function transition(
  state: State,
  event: Event,
): { state: State; commands: readonly Command[] } {
  const step = beginStep(state, event.atMs);
  apply(step, event);
  if (mayStartJobs(step, event)) startJobs(step);
  return endStep(step);
}

/** Only these make room, or bring what a queued job waits for. */
function mayStartJobs({ commands }: Step, { kind }: Event): boolean {
  if (kind === 'jobSubmitted' || kind === 'jobResolved' || kind === 'workerAttached') return true;
  return commands.some((command) => command.kind === 'jobEnded');
}

function apply(step: Step, event: Event): void {
  switch (event.kind) {
    case 'jobSubmitted':
      return queueJob(step, event);
    case 'jobResolved':
      step.jobs.set(event.job, { ...editJob(step, event.job), plan: event.plan });
      return;
    case 'jobRejected':
      return failJob(step, editJob(step, event.job), event.failure);
    case 'cancelRequested':
      return cancel(step, event.job);
    case 'jobForgotten':
      return forget(step, event.job);
    case 'workerAttached':
      return attachWorker(step, event.worker, event.models);
    case 'workerSeen':
      return seen(step, event.worker);
    case 'workerLost':
      return loseWorker(step, event.worker);
    case 'drainRequested':
      return drainWorker(step, event.worker);
    case 'blockReplied':
      return onReply(step, event.worker, event.reply);
    case 'tick':
      return expireLeases(step);
    default:
      return unreachable(event);
  }
}

function cancel(step: Step, id: string): void {
  const job = step.jobs.get(id);
  if (job && !isOver(job)) cancelJob(step, editJob(step, id));
}

function forget(step: Step, id: string): void {
  const job = step.jobs.get(id);
  if (job && isOver(job)) step.jobs.delete(id);
}

function seen(step: Step, id: string): void {
  const worker = step.workers.get(id);
  if (worker) step.workers.set(id, { ...worker, lastSeenMs: step.atMs });
}

function onReply(step: Step, worker: string, reply: Reply): void {
  seen(step, worker);
  if (!admit(step, worker, reply)) return;
  const job = editJob(step, reply.fence.job);
  const block = job.blocks.find(({ index }) => index === reply.fence.block);
  if (!block) return;
  const pipelined = planOf(job).method === 'parareal';
  switch (reply.kind) {
    case 'swept':
      return (pipelined ? onPipelineSwept : onSwept)(step, job, block, reply);
    case 'absorbed':
      return (pipelined ? onPipelineAbsorbed : onAbsorbed)(step, job, block, reply);
    case 'progress':
      return onProgress(step, job, block, reply);
    case 'advanced':
      return onAdvanced(step, job, block, reply);
    case 'blockFailed':
      return failBlock(step, job, block, reply);
    default:
      return unreachable(reply);
  }
}
