/** The one table between our errors and HTTP, beside that of gRPC: exhaustive by type. */
import type { ErrorCode } from '../../../shared/protocol/errors.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';

export const httpStatus = {
  INVALID_REQUEST: 400,
  UNKNOWN_MODEL: 404,
  UNKNOWN_JOB: 404,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  OVERLOADED: 429,
  STORE_FULL: 507,
  WORKER_LOST: 503,
  DEADLINE_MISSED: 504,
  CANCELLED: 409,
  VERSION_SKEW: 409,
  STALE_FENCE: 409,
  SHAPE_MISMATCH: 422,
  MODEL_TOO_LARGE: 422,
  MODEL_UNUSABLE: 422,
  DIVERGED: 422,
  NON_FINITE: 422,
  POISON_JOB: 422,
  DISPUTED: 409,
  CORRUPTED: 500,
  ROUNDS_EXHAUSTED: 422,
  UNREACHABLE: 503,
  INTERNAL: 500,
} as const satisfies Record<ErrorCode, number>;

/** What only HTTP can get wrong. */
const protocolStatus = {
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  MISDIRECTED_REQUEST: 421,
} as const;

export type HttpCode = keyof typeof protocolStatus;

/** A request that reaches no handler. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** An error as its caller may see it. */
export interface PublicError {
  readonly status: number;
  readonly code: ErrorCode | HttpCode;
  readonly message: string;
  readonly retriable: boolean;
  /** Of the request that is to blame, where one is. */
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** An INTERNAL error keeps its text: only the reference leaves. */
export function publicError(thrown: unknown): PublicError {
  if (thrown instanceof HttpError) {
    const { code, message, headers } = thrown;
    const status = protocolStatus[code];
    return { status, code, message, retriable: false, field: undefined, headers };
  }
  const error = SamplerError.from(thrown);
  const { code, retriable, context } = error;
  const internal = code === 'INTERNAL';
  const { field } = context;
  return {
    status: httpStatus[code],
    code,
    message: internal ? `INTERNAL (ref ${String(context['reference'])})` : error.message,
    retriable,
    field: typeof field === 'string' ? field : undefined,
    headers: {
      ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
      ...(retriable && { 'retry-after': '1' }),
    },
  };
}
