/**
 * When the rounds of a job are not to be trusted, and what is different when they start again.
 *
 * Where the estimate of the error outgrows the tolerance although no row spent it, by gains alone,
 * the trajectory passed a place that decides between modes with an error that such a place does not
 * forgive. Gains tell of it by what they make of the defects of frozen rows, and of what rows leave
 * that were not called. The rounds then start again with a rule that is stricter, and call every
 * row.
 */
import { uncontracted } from './error-bound.ts';

/** Modes are decided by small movements, however large the tolerance is. */
export const TOLERANCE_MAX = 0.01;

/**
 * In units of the tolerance, what the estimate of a sample may be. The true error is a fifth of it
 * in the median: up to three, defects that merely added up end far inside the tolerance ...
 */
const ESTIMATE_MAX = 3;
/**
 * ... but from two on not those that gains made four times as large, from less on where they made
 * more of them, and however loose the tolerance is: that is how modes are lost (NUMERICS 9).
 */
const AMPLIFIED_ESTIMATE_MAX = 2;
const AMPLIFIED = 4;
/**
 * Of rows that were not called, which are dealt a fifth of the tolerance. No other run of the
 * bundled models reached it; the trajectory that ended in another mode had 1.9 to 3.2 (NUMERICS 9).
 */
const LEFT_OUT_ESTIMATE_MAX = 1.75;

/** By number of restarts: of both limits of the freezing rule. */
const STRICTER = [1, 0.2, 0.04] as const;
/** Rounds start again at most so often; at most N rounds each time. */
export const restartsMax = STRICTER.length - 1;
/**
 * Such a trajectory makes more of errors than its gains say: six of fifteen errors were 1.3 to 3.9
 * times their estimate. As much as the limits are smaller the first time.
 */
const RESTARTED_FACTOR = 5;

/** What the limits of the freezing rule are multiplied with. */
export function strictnessAfter(restarts: number): number {
  return STRICTER[restarts]!;
}

/** What the estimate of an error is multiplied with. */
export function estimateFactorAfter(restarts: number): number {
  return restarts > 0 ? RESTARTED_FACTOR : 1;
}

/** What frozen rows say of a sample. */
interface FrozenErrors {
  /** e */
  readonly bound: number;
  /** What the rows left, before gains made anything of it. */
  readonly defects: number;
  /** `leftOutOf`; 0 where it does not decide. */
  readonly leftOut: number;
}

/**
 * A sample may have lost its mode: what late steps forgive does not bring that back.
 *
 * @param expansion what guidance makes of errors beyond their gains
 */
export function isDistrusted(
  { bound, defects, leftOut }: FrozenErrors,
  { tolerance, expansion }: { readonly tolerance: number; readonly expansion: number },
): boolean {
  const moderate = Math.min(tolerance, TOLERANCE_MAX);
  const estimate = expansion * uncontracted(bound);
  if (estimate > ESTIMATE_MAX * tolerance) return true;
  if (expansion * uncontracted(leftOut) > LEFT_OUT_ESTIMATE_MAX * moderate) return true;
  if (!(bound > AMPLIFIED * defects)) return false;
  const scale = Math.sqrt(Math.sqrt((AMPLIFIED * defects) / bound));
  return estimate > AMPLIFIED_ESTIMATE_MAX * scale * moderate;
}
