/**
 * The trajectories that this process holds for a while: one that blocks start from, and one whose
 * rows come from blocks that are released. Both live in the record of their job, until it is over.
 */
import { assert } from '../../shared/kernel/assert.ts';
import { spanOf } from '../../shared/numerics/bundle.ts';
import { limits } from '../../shared/kernel/limits.ts';
import type { RowScalars } from '../../shared/kernel/row-scalars.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf, type RegisteredModel } from '../../shared/protocol/model-description.ts';
import { invalid } from './invalid.ts';
import { initialBundles } from './job-noise.ts';
import { gridOf, type GridRequest } from './request-grid.ts';
import type { JobRecord } from './job-record.ts';

/** X[begin .. end] of the trajectory that the job starts from. */
export function givenRows(record: JobRecord, begin: number, end: number): Float32Array {
  const { given, resolved } = record;
  assert(given && resolved, `job ${record.id} has no trajectory to start from`);
  const size = resolved.spec.samples * spanOf({ ...resolved.spec, table: resolved.table });
  return given.states.subarray(begin * size, (end + 1) * size);
}

/** Takes in the rows of a block, from row `first` on. */
export function keepRows(record: JobRecord, first: number, states: Float32Array): void {
  const { resolved } = record;
  assert(resolved, `job ${record.id} keeps rows before it is resolved`);
  const size = resolved.spec.samples * spanOf({ ...resolved.spec, table: resolved.table });
  record.trajectory ??= withNoise(record, (resolved.table.steps + 1) * size);
  const fits =
    states.length % size === 0 && first * size + states.length <= record.trajectory.length;
  if (!fits) throw new SamplerError('SHAPE_MISMATCH', `found ${states.length} elements of rows`);
  record.trajectory.set(states, first * size);
}

function withNoise({ resolved }: JobRecord, length: number): Float32Array {
  const trajectory = new Float32Array(length);
  if (resolved) trajectory.set(initialBundles(resolved));
  return trajectory;
}

/** Takes in the residuals of a block's rows. */
export function keepResiduals(record: JobRecord, { firstStep, residual }: RowScalars): void {
  const { resolved } = record;
  assert(resolved, `job ${record.id} has residuals before it is resolved`);
  const { samples } = resolved.spec;
  record.residuals ??= new Float32Array(resolved.table.steps * samples).fill(NaN);
  record.residuals.set(residual, firstStep * samples);
}

/** Elements of a whole trajectory; @throws INVALID_REQUEST beyond what may be held and sent. */
export function trajectoryElements(
  request: GridRequest & { readonly samples?: number },
  model: RegisteredModel,
): number {
  const { steps, parts } = gridOf(request, model).table;
  const { samples = 1 } = request;
  const { trajectoryElementsMax, auditRowsMax } = limits;
  const elements = (steps + 1) * samples * parts * elementsOf(model.sampleShape);
  const fits = elements <= trajectoryElementsMax && steps * samples <= auditRowsMax;
  if (fits) return elements;
  const found = `${steps + 1} rows of ${samples} samples of ${model.name}, ${elements} elements`;
  const most = `at most ${trajectoryElementsMax} elements and ${auditRowsMax} rows of all samples`;
  throw invalid('trajectory', found, `${most}: fewer samples in one job, or fewer steps`);
}

/** @throws OVERLOADED where other jobs hold too much already. */
export function requireRoom(records: readonly Pick<JobRecord, 'heldBytes'>[], bytes: number): void {
  let held = 0;
  for (const { heldBytes } of records) held += heldBytes;
  const most = limits.trajectoriesHeldBytesMax;
  if (held + bytes <= most) return;
  const what = `trajectories of ${held} bytes are held, and this one has ${bytes}`;
  throw new SamplerError('OVERLOADED', `${what}; at most ${most} may be: try again later`);
}
