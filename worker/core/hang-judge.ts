/**
 * Whether a model call hangs, for who looks at it now and then from outside. Only time in which the
 * looker itself ran counts: a process that was stopped for a minute is not one whose call has hung
 * for a minute.
 */
export interface Look {
  /** Since the look before, by a monotonic clock, milliseconds. */
  readonly elapsedMs: number;
  /** Number of the call that runs; 0 while none does. */
  readonly call: number;
  /** Calls that have ended so far: others of the same thread are progress too. */
  readonly ended: number;
  readonly limitMs: number;
}

/** One look counts for no more than so many intervals. */
const LATE_LOOKS = 2;

export function createHangJudge(intervalMs: number): (look: Look) => boolean {
  let seen = { call: 0, ended: 0 };
  let ageMs = 0;
  return ({ elapsedMs, call, ended, limitMs }) => {
    const same = call !== 0 && call === seen.call && ended === seen.ended;
    ageMs = same ? ageMs + Math.min(elapsedMs, LATE_LOOKS * intervalMs) : 0;
    seen = { call, ended };
    return ageMs > limitMs;
  };
}
