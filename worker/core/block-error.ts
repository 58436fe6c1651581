/** What a block answers instead of a result, and how a thrown error becomes that. */
import type { BlockFailure } from '../../shared/kernel/block-messages.ts';
import { TrajectoryError } from '../../shared/kernel/outcome.ts';

/** A job or message that this worker cannot follow; `code` is one of the protocol's error codes. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
  readonly code: string;
  readonly retriable: boolean;

  constructor(code: string, message: string, retriable = false) {
    super(message);
    this.code = code;
    this.retriable = retriable;
  }
}

const trajectoryCode = { nonFinite: 'NON_FINITE', diverged: 'DIVERGED' } as const;

export function failureOf(thrown: unknown, round: number): BlockFailure {
  if (thrown instanceof TrajectoryError) {
    const { outcome, step, sample, element } = thrown;
    const message = `${thrown.message}, in round ${round}`;
    const place = { step, sample, ...(element !== undefined && { element }) };
    return { code: trajectoryCode[outcome], message, ...place, retriable: false };
  }
  if (hasCode(thrown)) {
    const { code, message, retriable } = thrown;
    return { code, message, retriable };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'INTERNAL', message: `${message}, in round ${round}`, retriable: false };
}

/** A BlockError, or the SamplerError of a backend, whose class a core does not know. */
function hasCode(thrown: unknown): thrown is BlockError {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    'retriable' in thrown &&
    typeof thrown.retriable === 'boolean'
  );
}
