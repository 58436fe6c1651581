/** Takes down how fast workers are. */
import type { WorkCost } from '../../shared/kernel/block-messages.ts';
import type { Event } from './event.ts';
import { modelOf, paceAfter } from './speed.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';

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

/** Every reply says how fast its worker is now; not while others are idle: calls may be wide. */
export function noteReply(
  step: Step,
  id: string,
  { job, block }: { readonly job: JobState; readonly block: BlockState },
  cost: WorkCost | undefined,
): void {
  if (!block.alone) noteCost(step, id, job, cost);
}

export function noteCost(step: Step, id: string, job: JobState, cost: WorkCost | undefined): void {
  const worker = step.workers.get(id);
  const model = worker && modelOf(worker, planOf(job));
  if (!worker || !model?.curve || !cost) return;
  const pace = paceAfter(model.pace, cost, step.atMs);
  const models = worker.models.map((own) => (own === model ? { ...own, pace } : own));
  step.workers.set(id, { ...worker, models });
}
