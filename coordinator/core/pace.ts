/** Takes down how fast workers are. */
import type { WorkCost } from '../../shared/kernel/block-messages.ts';
import { callMs } from '../../shared/numerics/latency-curve.ts';
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

/**
 * Every reply says how fast its worker is now. Calls of one that is alone may be wide: that they
 * are short says nothing of those that others compute beside.
 */
export function noteReply(
  step: Step,
  id: string,
  { job, block }: { readonly job: JobState; readonly block: BlockState },
  cost: WorkCost | undefined,
): void {
  if (!block.alone || isSlow(step, id, job, cost)) noteCost(step, id, job, cost);
}

/** Slower than it was measured. */
function isSlow(step: Step, id: string, job: JobState, cost: WorkCost | undefined): boolean {
  const worker = step.workers.get(id);
  const curve = worker && modelOf(worker, planOf(job))?.curve;
  if (!curve || !cost || cost.microBatches === 0) return false;
  const { microBatches: calls, forwardPasses: rows, modelMs } = cost;
  return modelMs > calls * callMs(curve, rows / calls);
}

export function noteCost(step: Step, id: string, job: JobState, cost: WorkCost | undefined): void {
  const worker = step.workers.get(id);
  const model = worker && modelOf(worker, planOf(job));
  if (!worker || !model?.curve || !cost) return;
  const pace = paceAfter(model.pace, cost, step.atMs);
  const models = worker.models.map((own) => (own === model ? { ...own, pace } : own));
  step.workers.set(id, { ...worker, models });
}
