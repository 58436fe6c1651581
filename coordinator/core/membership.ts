/** Workers come and go. A worker that is lost costs its blocks' rows, nothing else. */
import type { WorkCost } from '../../shared/kernel/block-messages.ts';
import type { Event } from './event.ts';
import { failJob, loseRows } from './job-end.ts';
import { recoverPipelineBlock } from './pipeline.ts';
import { recoverBlock } from './recovery.ts';
import { modelOf, paceAfter } from './speed.ts';
import type { BlockState, JobState, WorkerState } from './state.ts';
import { editJob, planOf, type Step } from './step.ts';

/** A block whose workers keep failing is not tried for ever. */
const BLOCK_FAILURES_MAX = 3;

export interface Attachment {
  readonly worker: string;
  readonly models: WorkerState['models'];
  readonly hangMs?: number | undefined;
}

export function attachWorker(step: Step, { worker: id, models, hangMs }: Attachment): void {
  step.workers.set(id, { id, models, draining: false, lastSeenMs: step.atMs, hangMs });
  recoverStranded(step);
}

/** What it was measured at replaces what it said of itself, and what its calls took before. */
export function measureWorker(
  step: Step,
  { worker: id, model, curve }: Extract<Event, { kind: 'workerMeasured' }>,
): void {
  const worker = step.workers.get(id);
  if (!worker) return;
  const models = worker.models.map((own) =>
    own.name === model ? { ...own, curve, pace: undefined } : own,
  );
  step.workers.set(id, { ...worker, models });
}

/** Every reply says how fast its worker is now. */
export function noteCost(step: Step, id: string, job: JobState, cost: WorkCost | undefined): void {
  const worker = step.workers.get(id);
  const model = worker && modelOf(worker, planOf(job));
  if (!worker || !model?.curve || !cost) return;
  const pace = paceAfter(model.pace, cost, step.atMs);
  const models = worker.models.map((own) => (own === model ? { ...own, pace } : own));
  step.workers.set(id, { ...worker, models });
}

export function loseWorker(step: Step, id: string): void {
  if (!step.workers.has(id)) return;
  step.workers.delete(id);
  for (const jobId of step.running) {
    const { phase, opened } = step.jobs.get(jobId) ?? {};
    // the end of one may end another
    if (phase !== 'running' || !opened?.includes(id)) continue;
    const job = editJob(step, jobId);
    job.opened = job.opened.filter((worker) => worker !== id);
    for (const block of job.blocks.filter(({ worker }) => worker === id)) recover(step, job, block);
    loseRows(step, job, ({ worker }) => worker === id, 'their worker was lost');
    step.commands.push({ kind: 'notify', job: jobId });
  }
}

export function drainWorker(step: Step, id: string): void {
  const worker = step.workers.get(id);
  if (!worker || worker.draining) return;
  step.workers.set(id, { ...worker, draining: true });
  step.commands.push({ kind: 'drainWorker', worker: id });
}

/** Blocks that no worker could take when theirs was lost. */
function recoverStranded(step: Step): void {
  for (const id of step.running) {
    if (!step.jobs.get(id)?.blocks.some(({ worker }) => worker === '')) continue;
    const job = editJob(step, id);
    for (const block of job.blocks.filter(({ worker }) => worker === '')) recover(step, job, block);
  }
}

function recover(step: Step, job: JobState, block: BlockState): void {
  if (planOf(job).method === 'parareal') recoverPipelineBlock(step, job, block);
  else recoverBlock(step, job, block);
}

export interface BlockFailure {
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
}

/** A worker could not go on with a block: another try where that may help, else the job fails. */
export function failBlock(
  step: Step,
  job: JobState,
  block: BlockState,
  { code, message, retriable }: BlockFailure,
): void {
  block.failures++;
  if (retriable && block.failures < BLOCK_FAILURES_MAX) recover(step, job, block);
  else failJob(step, job, { code, message });
}
