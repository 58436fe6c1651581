import { randomBytes } from 'node:crypto';

/**
 * Stable names of everything that can go wrong in operation. Clients match on them, never on texts.
 */
export const errorCodes = [
  /** A field is wrong; `context.field` names it where there is one. */
  'INVALID_REQUEST',
  /** No worker offers the model. */
  'UNKNOWN_MODEL',
  /** There is no such job, or it is not yours. */
  'UNKNOWN_JOB',
  /** No token, or none that is known. */
  'UNAUTHENTICATED',
  /** The token does not allow the call. */
  'FORBIDDEN',
  /** The queue is full, or full of this client; try again later. */
  'OVERLOADED',
  /** The coordinator's disk, or its share for jobs, is full. */
  'STORE_FULL',
  /** A worker went away and nobody could take over. */
  'WORKER_LOST',
  /** There was a time limit, and it passed. */
  'DEADLINE_MISSED',
  /** The caller, or somebody with `cancel`, ended it. */
  'CANCELLED',
  /** The other side speaks another version, or another protocol. */
  'VERSION_SKEW',
  /** Between workers and coordinator: the message belongs to an assignment that is over. */
  'STALE_FENCE',
  /** A tensor has another shape or size than was announced. */
  'SHAPE_MISMATCH',
  /** The model does not fit the worker. */
  'MODEL_TOO_LARGE',
  /** Its files or its graph are not what they should be. */
  'MODEL_UNUSABLE',
  /** The iteration moved away from a solution. */
  'DIVERGED',
  /** The model gave infinity or no number. */
  'NON_FINITE',
  /** The job ended several workers, and is tried no more. */
  'POISON_JOB',
  /** Workers computed different numbers, and nobody could say who is right. */
  'DISPUTED',
  /** A checksum did not hold. */
  'CORRUPTED',
  /** It did not converge in the rounds that it may take. */
  'ROUNDS_EXHAUSTED',
  /** No coordinator answered in time. */
  'UNREACHABLE',
  /** A mistake of isochron's; `context.reference` finds it in the log. */
  'INTERNAL',
] as const;

/** What went wrong; stable. */
export type ErrorCode = (typeof errorCodes)[number];

/** Flat and small: names, counts, ids. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

/** What an error does unless its thrower says otherwise: may the very same request work later? */
const retriableByDefault = {
  INVALID_REQUEST: false,
  UNKNOWN_MODEL: false,
  UNKNOWN_JOB: false,
  UNAUTHENTICATED: false,
  FORBIDDEN: false,
  OVERLOADED: true,
  // Waiting frees no disk: results expire after days, so an automatic retry would only hammer.
  STORE_FULL: false,
  WORKER_LOST: true,
  DEADLINE_MISSED: false,
  CANCELLED: false,
  VERSION_SKEW: false,
  STALE_FENCE: false,
  SHAPE_MISMATCH: false,
  MODEL_TOO_LARGE: false,
  MODEL_UNUSABLE: false,
  DIVERGED: false,
  NON_FINITE: false,
  POISON_JOB: false,
  DISPUTED: false,
  CORRUPTED: true,
  ROUNDS_EXHAUSTED: false,
  UNREACHABLE: true,
  INTERNAL: false,
} satisfies Record<ErrorCode, boolean>;

export interface SamplerErrorOptions {
  readonly context?: ErrorContext;
  readonly retriable?: boolean;
  /** For the local log only: `status.ts` never sends it. */
  readonly cause?: unknown;
}

/**
 * An operating error at an edge. Broken invariants of our own code are `AssertionError`s instead.
 */
export class SamplerError extends Error {
  /** Always SamplerError. */
  override readonly name = 'SamplerError';
  /** What to match on. */
  readonly code: ErrorCode;
  /** What it is about, such as { job } or { field }. */
  readonly context: ErrorContext;
  /** May the very same call work later? */
  readonly retriable: boolean;

  constructor(code: ErrorCode, message: string, options: SamplerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = code === 'INTERNAL' ? withReference(options.context) : (options.context ?? {});
    this.retriable = options.retriable ?? retriableByDefault[code];
  }

  /** The only caster: whatever was thrown becomes a SamplerError. */
  static from(thrown: unknown): SamplerError {
    if (thrown instanceof SamplerError) return thrown;
    if (!(thrown instanceof Error)) return new SamplerError('INTERNAL', describe(thrown));
    const options = { cause: thrown };
    if (thrown.name === 'AbortError') return new SamplerError('CANCELLED', thrown.message, options);
    if (thrown.name === 'TimeoutError') {
      return new SamplerError('DEADLINE_MISSED', thrown.message, options);
    }
    return new SamplerError('INTERNAL', thrown.message, options);
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return errorCodes.some((code) => code === value);
}

/** The reference is what a user can quote and an operator can find in the log. */
function withReference(context: ErrorContext = {}): ErrorContext {
  if (context['reference'] !== undefined) return context;
  return { ...context, reference: randomBytes(4).toString('hex') };
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return `something that is no Error was thrown: ${JSON.stringify(thrown)}`;
  } catch {
    return 'something that is no Error was thrown';
  }
}
