/**
 * The coordinator as a function: what is, and what happens, to what is next and what to do.
 * Pure, synchronous and deterministic; nothing else changes the state.
 */
import { unreachable } from '../../shared/kernel/assert.ts';
import type { WorkCost } from '../../shared/kernel/block-messages.ts';
import { onCorrected, onMoments } from './acceleration.ts';
import { failBlock } from './block-failure.ts';
import type { Command } from './command.ts';
import type { Event, Reply, StepHandles } from './event.ts';
import { reweighted } from './fair-queue.ts';
import { admit, admitOwing } from './fence.ts';
import { onHandedOver } from './handover.ts';
import { cancelJob, failJob, loseRows, onRows } from './job-end.ts';
import { deferJob, queueJob, resolveJob, resumePlanning, startJobs } from './jobs.ts';
import { lookAtTime, seeWorker } from './leases.ts';
import { attachWorker, drainWorker, loseWorker } from './membership.ts';
import { measureWorker, noteReply } from './pace.ts';
import { cancelParts, forgetParts, refreshWholes } from './parts.ts';
import { onPipelineAbsorbed, onPipelineSwept } from './pipeline.ts';
import { onAdvanced, onProgress } from './rounds.ts';
import { checkStep, giveUpChecks, judgeChecks, noteHand } from './spot-check.ts';
import { onCompared, onVote, voteOf } from './spot-check.ts';
import { isOver, type BlockState, type JobFailure, type JobState } from './state.ts';
import type { OwingBlock, State } from './state.ts';
import { beginStep, editJob, endStep, planOf, type Step } from './step.ts';
import { watchSweeps } from './stragglers.ts';
import { settleTwin } from './twins.ts';
import { judgeSuspects, strikeWorker } from './trust.ts';
import { lookForLate, onComposed, onSwept } from './wave.ts';

export function transition(
  state: State,
  event: Event,
): { state: State; commands: readonly Command[] } {
  const step = beginStep(state, event.atMs);
  apply(step, event);
  judgeSuspects(step);
  judgeChecks(step);
  refreshWholes(step);
  if (mayStartJobs(step, event)) {
    startJobs(step);
    // parts that were over already
    refreshWholes(step);
  }
  return endStep(step);
}

/** Only these make room, or bring what a queued job waits for. */
function mayStartJobs({ commands }: Step, { kind }: Event): boolean {
  if (kind === 'jobSubmitted' || kind === 'workerAttached' || kind === 'figuresKnown') return true;
  if (kind === 'jobResolved' || kind === 'jobDeferred') return true;
  return commands.some((command) => command.kind === 'jobEnded');
}

function apply(step: Step, event: Event): void {
  switch (event.kind) {
    case 'jobSubmitted':
      return queueJob(step, event);
    case 'jobResolved':
      return resolveJob(step, event);
    case 'jobRejected':
      return reject(step, event.job, event.failure);
    case 'jobDeferred':
      return deferJob(step, event.job);
    case 'figuresKnown':
      return resumePlanning(step);
    case 'cancelRequested':
      return cancel(step, event.job);
    case 'jobForgotten':
      return forget(step, event.job);
    case 'workerAttached':
      resumePlanning(step);
      return attachWorker(step, event);
    case 'workerMeasured':
      return measureWorker(step, event);
    case 'workerSeen':
      return seeWorker(step, event.worker, event.progressAgeMs);
    case 'workerLost':
      return loseWorker(step, event.worker, true);
    case 'workerStruck':
      return strikeWorker(step, event.worker, event.why);
    case 'drainRequested':
      return drainWorker(step, event.worker);
    case 'weightsChanged':
      step.queue = reweighted(step.queue, event.weights);
      return;
    case 'composed':
      return composed(step, event);
    case 'statesCompared':
      return onCompared(step, event);
    case 'blockReplied':
      return onReply(step, event.worker, event.reply);
    case 'tick':
      lookAtTime(step);
      giveUpChecks(step);
      watchSweeps(step);
      return lookForLate(step);
    default:
      return unreachable(event);
  }
}

function reject(step: Step, id: string, failure: JobFailure): void {
  const job = step.jobs.get(id);
  if (job && !isOver(job)) failJob(step, editJob(step, id), failure);
}

function cancel(step: Step, id: string): void {
  const job = step.jobs.get(id);
  if (!job || isOver(job)) return;
  cancelJob(step, editJob(step, id));
  cancelParts(step, job);
}

function composed(step: Step, event: Extract<Event, { kind: 'composed' }>): void {
  const { job: id, composition, movements } = event;
  if (step.jobs.get(id)?.phase !== 'running') return;
  onComposed(step, editJob(step, id), composition, movements);
}

function forget(step: Step, id: string): void {
  const job = step.jobs.get(id);
  if (!job || !isOver(job)) return;
  forgetParts(step, job);
  step.jobs.delete(id);
}

function onReply(step: Step, worker: string, reply: Reply): void {
  seeWorker(step, worker);
  if (voteOf(step, worker, reply)) return onVote(step, worker, reply);
  const owing = admitOwing(step, worker, reply);
  if (owing) return onOwed(step, owing, reply);
  if (!admit(step, worker, reply)) {
    step.staleReplies++;
    return;
  }
  const job = editJob(step, reply.fence.job);
  const block = job.blocks.find(({ index }) => index === reply.fence.block);
  if (!block) return;
  const isTwins = block.twin?.attempt === reply.fence.attempt;
  settleTwin(step, job, block, reply);
  const cost = costOf(reply);
  noteReply(step, worker, { job, block }, cost);
  if (cost && cost.modelCalls > 0) noteHand(step, job, worker);
  if (isTwins && reply.kind === 'blockFailed') return;
  take(step, job, block, reply);
  const computed = stepIn(reply);
  // whether the job ends with it is known now
  if (computed && job.phase === 'running') checkStep(step, job, worker, computed);
}

function take(step: Step, job: JobState, block: BlockState, reply: Reply): void {
  const pipelined = planOf(job).method === 'parareal';
  switch (reply.kind) {
    case 'swept':
      return (pipelined ? onPipelineSwept : onSwept)(step, job, block, reply);
    case 'absorbed':
      return onPipelineAbsorbed(step, job, block, reply);
    case 'moments':
      return onMoments(step, job, block, reply);
    case 'corrected':
      return onCorrected(step, job, block, reply);
    case 'progress':
      return onProgress(step, job, block, reply);
    case 'advanced':
      return onAdvanced(step, job, block, reply);
    case 'blockFailed':
      return failBlock(step, job, block, reply);
    case 'rows':
      return onHandedOver(step, job, block, reply);
    default:
      return unreachable(reply);
  }
}

function stepIn(reply: Reply): StepHandles | undefined {
  if ('progress' in reply) return reply.progress.step;
  return reply.kind === 'swept' ? reply.step : undefined;
}

function costOf(reply: Reply): WorkCost | undefined {
  if ('progress' in reply) return reply.progress.cost;
  return 'cost' in reply ? reply.cost : undefined;
}

/** From a block that is frozen and released: its rows, or why they will not come. */
function onOwed(step: Step, block: OwingBlock, reply: Reply): void {
  const job = editJob(step, reply.fence.job);
  if (reply.kind === 'rows') onRows(step, job, block, reply.states);
  if (reply.kind !== 'blockFailed') return;
  loseRows(step, job, ({ index }) => index === block.index, reply.message);
}
