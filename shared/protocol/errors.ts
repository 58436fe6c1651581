import { randomBytes } from 'node:crypto';

/**
 * Stable names of everything that can go wrong in operation. Clients match on them, never on texts.
 */
export const errorCodes = [
  'INVALID_REQUEST',
  'UNKNOWN_MODEL',
  'UNKNOWN_JOB',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'OVERLOADED',
  'STORE_FULL',
  'WORKER_LOST',
  'DEADLINE_MISSED',
  'CANCELLED',
  'VERSION_SKEW',
  'STALE_FENCE',
  'SHAPE_MISMATCH',
  'MODEL_TOO_LARGE',
  'MODEL_UNUSABLE',
  'DIVERGED',
  'NON_FINITE',
  'POISON_JOB',
  'DISPUTED',
  'CORRUPTED',
  'ROUNDS_EXHAUSTED',
  'UNREACHABLE',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

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
  override readonly name = 'SamplerError';
  readonly code: ErrorCode;
  readonly context: ErrorContext;
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
