/** Refuses a tolerance that the model's own noise keeps every row above. */
import { guidanceSpread } from '../../shared/numerics/guidance.ts';
import { jitterFloor } from '../../shared/numerics/solver/jitter-floor.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { invalid } from './invalid.ts';
import type { Submission } from './submission.ts';
import type { WorkerRegistry } from './worker-session.ts';

type Known = Pick<RegisteredModel, 'name' | 'sha256' | 'maxBatch' | 'sharedTimestep'>;

/** The largest of the workers that have the model: any of them may get a block. */
export function batchJitterOf(
  workers: Pick<WorkerRegistry, 'all'>,
  { name, sha256 }: Pick<Known, 'name' | 'sha256'>,
): number {
  const offers = workers.all().flatMap(({ models }) => models);
  const own = offers.filter((model) => model.name === name && model.sha256 === sha256);
  return Math.max(0, ...own.map(({ batchJitter }) => batchJitter));
}

/**
 * @param jitter largest difference between an output alone and in a full batch
 * @throws INVALID_REQUEST where the job could not converge to its tolerance
 */
export function checkJitter(
  { spec, plan }: Pick<Submission, 'spec' | 'plan'>,
  table: StepTable,
  model: Known,
  jitter: number,
): void {
  const { name } = model;
  const { guidance, tolerance } = spec;
  // one row at a time, each from a frozen one: nothing has to settle
  if (plan.method === 'sequential') return;
  // the floor is that of our own rule; the published ones are here as they are
  if (spec.stop !== 'final') return;
  if (jitter === 0 || hasOneShape(spec, model)) return;
  const floor = jitterFloor(table, jitter, guidanceSpread(guidance));
  if (tolerance >= floor) return;
  const why =
    `the outputs of ${name} differ by up to ${jitter.toExponential(1)} between batch sizes, ` +
    'so its rows never settle below that';
  const works =
    floor < Infinity ? `at least ${Number(roundUp(floor))} here` : 'none: no tolerance works';
  const advice =
    tolerance === 0
      ? 'maxBatch 1 in the manifest of the model allows 0, and method sequential needs none'
      : 'method sequential needs none';
  throw invalid('tolerance', tolerance, `${works}: ${why}; ${advice}`);
}

/** Every call of the model has as many rows as every other: then the same row has the same bits. */
function hasOneShape({ guided, samples }: Submission['spec'], model: Known): boolean {
  const { maxBatch, sharedTimestep } = model;
  const perRow = guided ? 2 : 1;
  return maxBatch < 2 * perRow || (sharedTimestep && samples === 1);
}

/** Two digits, never below. */
function roundUp(value: number): string {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return (Math.ceil(value / unit) * unit).toPrecision(2);
}
