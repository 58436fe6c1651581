/** A checkpoint as the store keeps it: latents, and JSON of everything else. */
import { assert } from '../../shared/kernel/assert.ts';
import type { ErrorState } from '../../shared/kernel/error-state.ts';
import { limits } from '../../shared/kernel/limits.ts';
import type { Outcome } from '../../shared/kernel/outcome.ts';
import { spanOf } from '../../shared/numerics/bundle.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { groupsOf } from '../../shared/numerics/solver/groups.ts';
import { emptyTally, type Tally } from '../core/state.ts';
import type { Earlier, HeldCheckpoint } from './earlier.ts';
import type { JobRecord, Resolved } from './job-record.ts';
import { decodeTrace, encodeTrace } from './stored-job.ts';

type Plain = Omit<Earlier, 'checkpoint' | 'trace'> & {
  readonly checkpoint: Omit<HeldCheckpoint, 'state' | 'errors' | 'tally'> & {
    readonly errors: Record<keyof ErrorState, readonly (number | string)[]>;
    readonly tally: Record<keyof Tally, number | string>;
    readonly outcome?: Outcome;
  };
  readonly trace: string;
};

export function encodeCheckpoint(
  { checkpoint, setting, trace, ...figures }: Earlier,
  { spec }: Pick<Resolved, 'spec'>,
): string {
  const { state: _state, errors, ...plain } = checkpoint;
  // a wave may be a round ahead of what counts
  const counted = trace.filter(({ round }) => round <= checkpoint.tally.rounds);
  const bytes = encodeTrace(counted);
  const kept = bytes.length <= limits.checkpointTraceBytesMax ? bytes : new Uint8Array();
  const whole = {
    ...figures,
    samples: spec.samples,
    setting,
    checkpoint: { ...plain, errors: mapped(errors, (values) => [...values]) },
    trace: Buffer.from(kept).toString('base64'),
  };
  // JSON knows no infinity
  return JSON.stringify(whole, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** @throws where the text is damaged, or of a version that kept other errors. */
export function decodeCheckpoint(text: string, state: Float32Array): Earlier {
  const { checkpoint, trace, ...figures } = JSON.parse(text) as Plain;
  const { errors, tally, ...plain } = checkpoint;
  for (const name of Object.keys(noErrors(0))) assert(name in errors, `it has no ${name}`);
  return {
    ...figures,
    checkpoint: {
      ...plain,
      state,
      errors: mapped(errors, (values) => Float64Array.from(values, Number)),
      // what an older version did not count was not there to count
      tally: { ...emptyTally, ...mapped(tally, Number) },
    },
    trace: decodeTrace(Buffer.from(trace, 'base64')),
  };
}

/** The same keys with other values. */
function mapped<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From) => To,
): Record<Key, To> {
  const entries = Object.entries<From>(record).map(([key, value]) => [key, map(value)] as const);
  return Object.fromEntries(entries) as Record<Key, To>;
}

/** Whether the job, as it is resolved now, can go on from it. */
export function fits(
  { checkpoint, modelSha256, steps }: Earlier,
  { resolved }: JobRecord,
): boolean {
  if (!resolved) return false;
  const { spec, table } = resolved;
  const { state, row, errors } = checkpoint;
  return (
    modelSha256 === spec.modelSha256 &&
    steps === table.steps &&
    state.length === spec.samples * spanOf({ ...spec, table }) &&
    errors.bound.length === spec.samples * groupsOf(spec.dim) &&
    row > 0 &&
    row <= steps
  );
}
