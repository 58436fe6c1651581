import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';

import { isErrorCode, SamplerError } from './errors.ts';
import type { ErrorCode, ErrorContext } from './errors.ts';

/** The one table between our errors and gRPC: exhaustive by type. */
export const grpcStatus = {
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  UNKNOWN_MODEL: status.NOT_FOUND,
  UNKNOWN_JOB: status.NOT_FOUND,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  STORE_FULL: status.RESOURCE_EXHAUSTED,
  WORKER_LOST: status.UNAVAILABLE,
  DEADLINE_MISSED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  VERSION_SKEW: status.FAILED_PRECONDITION,
  STALE_FENCE: status.FAILED_PRECONDITION,
  SHAPE_MISMATCH: status.FAILED_PRECONDITION,
  MODEL_TOO_LARGE: status.FAILED_PRECONDITION,
  MODEL_UNUSABLE: status.FAILED_PRECONDITION,
  DIVERGED: status.ABORTED,
  NON_FINITE: status.ABORTED,
  POISON_JOB: status.ABORTED,
  DISPUTED: status.ABORTED,
  CORRUPTED: status.DATA_LOSS,
  ROUNDS_EXHAUSTED: status.ABORTED,
  UNREACHABLE: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
} satisfies Record<ErrorCode, status>;

/**
 * What a status means when its sender gave no `isochron-code`: gRPC itself (a refused connection, a
 * deadline), a proxy, or a foreign server. Codes that only our own processes can know are not
 * guessed.
 */
export const codeOfForeignStatus = {
  [status.OK]: 'INTERNAL',
  [status.CANCELLED]: 'CANCELLED',
  [status.UNKNOWN]: 'INTERNAL',
  [status.INVALID_ARGUMENT]: 'INVALID_REQUEST',
  [status.DEADLINE_EXCEEDED]: 'DEADLINE_MISSED',
  // A foreign server we call serves models: what it does not find is one.
  [status.NOT_FOUND]: 'UNKNOWN_MODEL',
  [status.ALREADY_EXISTS]: 'INTERNAL',
  [status.PERMISSION_DENIED]: 'FORBIDDEN',
  [status.RESOURCE_EXHAUSTED]: 'OVERLOADED',
  [status.FAILED_PRECONDITION]: 'VERSION_SKEW',
  [status.ABORTED]: 'INTERNAL',
  [status.OUT_OF_RANGE]: 'INVALID_REQUEST',
  // The peer does not know our method: it speaks another version, or another protocol.
  [status.UNIMPLEMENTED]: 'VERSION_SKEW',
  [status.INTERNAL]: 'INTERNAL',
  [status.UNAVAILABLE]: 'UNREACHABLE',
  [status.DATA_LOSS]: 'CORRUPTED',
  [status.UNAUTHENTICATED]: 'UNAUTHENTICATED',
} satisfies Record<status, ErrorCode>;

export const codeKey = 'isochron-code';
export const contextKey = 'isochron-context';
export const retriableKey = 'isochron-retriable';

/**
 * Metadata counts against the peer's 8 KiB header limit; a context that long is a mistake of ours.
 */
const contextBytesMax = 2048;
const messageLengthMax = 1024;

/** The wire form of an error. An INTERNAL error keeps its text: only the reference leaves. */
export function toServiceError(thrown: unknown): ServiceError {
  const error = SamplerError.from(thrown);
  const internal = error.code === 'INTERNAL';
  const reference = String(error.context['reference'] ?? 'none');
  const details = internal ? `INTERNAL (ref ${reference})` : printable(error.message);
  const metadata = new Metadata();
  metadata.set(codeKey, error.code);
  metadata.set(retriableKey, String(error.retriable));
  const context = asciiJson(internal ? { reference } : error.context);
  if (context.length <= contextBytesMax) metadata.set(contextKey, context);
  const code = grpcStatus[error.code];
  return Object.assign(new Error(`${code} ${status[code]}: ${details}`), {
    code,
    details,
    metadata,
  });
}

/**
 * The error behind a failed call; anything that is no gRPC error goes through `SamplerError.from`.
 */
export function fromServiceError(thrown: unknown): SamplerError {
  if (!isServiceError(thrown)) return SamplerError.from(thrown);
  const sent = first(thrown.metadata, codeKey);
  const code = isErrorCode(sent) ? sent : codeOfForeignStatus[thrown.code];
  const retriable = first(thrown.metadata, retriableKey);
  return new SamplerError(code, thrown.details, {
    context: parseContext(first(thrown.metadata, contextKey)),
    ...(retriable === undefined ? {} : { retriable: retriable === 'true' }),
    cause: thrown,
  });
}

/** A failed call that no coordinator of ours has answered: gRPC itself, or something in between. */
export function isForeign(thrown: unknown): boolean {
  return isServiceError(thrown) && !isErrorCode(first(thrown.metadata, codeKey));
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'number' &&
    thrown.code in codeOfForeignStatus &&
    'details' in thrown &&
    typeof thrown.details === 'string' &&
    'metadata' in thrown &&
    thrown.metadata instanceof Metadata
  );
}

function first(metadata: Metadata, key: string): string | undefined {
  return metadata.get(key)[0]?.toString();
}

/** A peer's context is input: what is not a flat record of scalars is dropped, not believed. */
function parseContext(json: string | undefined): ErrorContext {
  if (json === undefined || json.length > contextBytesMax) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return {};
  const scalars = Object.entries(parsed).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(scalars);
}

/** gRPC metadata is printable ASCII; JSON can say everything in it. */
function asciiJson(context: ErrorContext): string {
  return JSON.stringify(context).replace(/[^\x20-\x7e]/g, escaped);
}

/**
 * Texts end in terminals and logs: line breaks and escape codes must not act there. Half a
 * character, where a long text is cut or a request has one, is no text: gRPC would throw.
 */
function printable(text: string): string {
  const safe = text.replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
  const short = safe.length <= messageLengthMax ? safe : `${safe.slice(0, messageLengthMax)}…`;
  return short.toWellFormed();
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
