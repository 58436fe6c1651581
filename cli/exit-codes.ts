import type { ErrorCode } from '../shared/protocol/errors.ts';

/** The exit codes of every command: a contract, other programs branch on them. */
export const exitCode = {
  done: 0,
  usage: 2,
  jobFailed: 3,
  unreachable: 4,
  checkFailed: 5,
} as const;

/** Exhaustive by type: a new error code must say how a command that met it ends. */
const exitCodes = {
  INVALID_REQUEST: exitCode.usage,
  UNKNOWN_MODEL: exitCode.usage,
  UNKNOWN_JOB: exitCode.usage,
  MODEL_UNUSABLE: exitCode.usage,
  MODEL_TOO_LARGE: exitCode.usage,
  UNAUTHENTICATED: exitCode.usage,
  FORBIDDEN: exitCode.usage,
  UNREACHABLE: exitCode.unreachable,
  DEADLINE_MISSED: exitCode.unreachable,
  // What answered speaks another version or is no coordinator at all.
  VERSION_SKEW: exitCode.unreachable,
  OVERLOADED: exitCode.jobFailed,
  STORE_FULL: exitCode.jobFailed,
  WORKER_LOST: exitCode.jobFailed,
  CANCELLED: exitCode.jobFailed,
  STALE_FENCE: exitCode.jobFailed,
  SHAPE_MISMATCH: exitCode.jobFailed,
  DIVERGED: exitCode.jobFailed,
  NON_FINITE: exitCode.jobFailed,
  POISON_JOB: exitCode.jobFailed,
  DISPUTED: exitCode.jobFailed,
  CORRUPTED: exitCode.jobFailed,
  ROUNDS_EXHAUSTED: exitCode.jobFailed,
  INTERNAL: exitCode.jobFailed,
} satisfies Record<ErrorCode, number>;

export function exitCodeOf(code: ErrorCode): number {
  return exitCodes[code];
}
