/** Workers come and go. A worker that is lost costs its blocks' rows, nothing else. */
import { exonerate, noteDeath } from './block-failure.ts';
import { withoutWorker } from './checks.ts';
import { loseRows } from './job-end.ts';
import { recover } from './recover-by-method.ts';
import type { WorkerState } from './state.ts';
import { editJob, type Step } from './step.ts';

export interface Attachment {
  readonly worker: string;
  readonly models: WorkerState['models'];
  readonly hangMs?: number | undefined;
  readonly name?: string | undefined;
  /** Its id in the registration before, if its process has had one. */
  readonly previous?: string | undefined;
}

export function attachWorker(step: Step, attachment: Attachment): void {
  const { worker: id, models, hangMs, name, previous } = attachment;
  const since = { attachedMs: step.atMs, lastSeenMs: step.atMs };
  step.workers.set(id, { id, models, draining: false, ...since, hangMs, name });
  if (previous) exonerate(step, previous);
  recoverStranded(step);
}

/** @param died its connection ended, which it does where its process does */
export function loseWorker(step: Step, id: string, died = false): void {
  const worker = step.workers.get(id);
  if (!worker) return;
  step.workers.delete(id);
  for (const jobId of step.running) {
    const { phase, opened = [], checks } = step.jobs.get(jobId) ?? {};
    // the end of one may end another
    if (phase !== 'running') continue;
    if (!opened.includes(id) && !checks?.opened.includes(id)) continue;
    const job = editJob(step, jobId);
    job.opened = job.opened.filter((worker) => worker !== id);
    job.checks = withoutWorker(job.checks, id);
    job.recut = true;
    for (const block of job.blocks) if (block.twin?.worker === id) block.twin = undefined;
    for (const block of job.blocks.filter((own) => own.worker === id)) {
      if (died) noteDeath(step, block, id, worker.lastSeenMs);
      recover(step, job, block);
    }
    loseRows(step, job, (own) => own.worker === id, 'their worker was lost');
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
