/** Workers come and go. A worker that is lost costs its blocks' rows, nothing else. */
import { failJob, loseRows } from './job-end.ts';
import { recoverPipelineBlock } from './pipeline.ts';
import { recoverBlock } from './recovery.ts';
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
  const since = { attachedMs: step.atMs, lastSeenMs: step.atMs };
  step.workers.set(id, { id, models, draining: false, ...since, hangMs });
  recoverStranded(step);
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
    job.recut = true;
    for (const block of job.blocks) if (block.twin?.worker === id) block.twin = undefined;
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
