/** Jobs whose samples run apart from each other: what each part is, and the whole result. */
import { assert } from '../../shared/kernel/assert.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { Checkpoint, JobPlan } from '../core/state.ts';
import { createJobRecord, type JobRecord, type Resolved } from './job-record.ts';

/** The records of the parts, which share what is counted for the whole job. */
export function partRecords(record: JobRecord, groups: number): JobRecord[] {
  const { resolved, request, trace, bytes, workersUsed, watchers } = record;
  assert(resolved, `job ${record.id} is divided before it is resolved`);
  const { samples } = resolved.spec;
  return Array.from({ length: groups }, (_, k) => {
    const first = Math.floor((k * samples) / groups);
    const count = Math.floor(((k + 1) * samples) / groups) - first;
    const id = `${record.id}-part-${k}`;
    const { whole, earlier } = record;
    const own = createJobRecord(id, request, { hidden: true, whole, earlier });
    const shared = { trace, bytes, workersUsed, watchers, isPart: true };
    return { ...own, ...shared, resolved: partOf(resolved, { id, first, count }) };
  });
}

interface Share {
  readonly id: string;
  readonly first: number;
  readonly count: number;
}

function partOf({ spec, guess, start, ...same }: Resolved, { id, first, count }: Share): Resolved {
  const { dim } = spec;
  const own: JobSpec = {
    ...spec,
    job: id,
    samples: count,
    firstSample: first,
    conditions: spec.conditions.map(({ name, values }) => ({
      name,
      values: perSample(values, spec.samples, { first, count }),
    })),
  };
  const share = (values: Float32Array) => values.slice(first * dim, (first + count) * dim);
  return { ...same, spec: own, guess: guess && share(guess), start: start && share(start) };
}

function perSample(
  values: Float64Array,
  samples: number,
  { first, count }: Omit<Share, 'id'>,
): Float64Array {
  const each = values.length / samples;
  return values.slice(first * each, (first + count) * each);
}

/** @param checkpointOf where an earlier process left a part */
export function partsOfPlan(
  parts: readonly JobRecord[],
  checkpointOf: (part: JobRecord) => Checkpoint | undefined,
): JobPlan['parts'] {
  if (parts.length === 0) return undefined;
  return parts.map((part) => {
    const samples = part.resolved?.spec.samples ?? 1;
    return { job: part.id, samples, checkpoint: checkpointOf(part) };
  });
}

/** The samples of a job that is done are those of its parts, in their order. */
export function gather(record: JobRecord): void {
  const { parts, resolved } = record;
  if (parts.length === 0 || !resolved || parts.some(({ samples }) => !samples)) return;
  const { samples, dim } = resolved.spec;
  const whole = new Float32Array(samples * dim);
  let at = 0;
  for (const part of parts) {
    if (part.samples) whole.set(part.samples, at);
    at += part.samples?.length ?? 0;
    record.coordinatorMs += part.coordinatorMs;
  }
  record.samples = whole;
}
