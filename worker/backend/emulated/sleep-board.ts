/** What sleepers and the thread that wakes them share. */

/** More emulated devices than anybody runs in one process. */
export const SLEEPERS_MAX = 256;

export interface SleepBoard {
  /** [1]: counts wishes, so that none is overlooked. */
  readonly wishes: Int32Array;
  /** When to wake, by `nowMs`; Infinity where nobody sleeps. */
  readonly due: Float64Array;
  /** 1 once it is time. */
  readonly bells: Int32Array;
}

const wordBytes = 8;

export const boardBytes = wordBytes * (1 + 2 * SLEEPERS_MAX);

export function layout(memory: SharedArrayBuffer): SleepBoard {
  return {
    wishes: new Int32Array(memory, 0, 1),
    due: new Float64Array(memory, wordBytes, SLEEPERS_MAX),
    bells: new Int32Array(memory, wordBytes * (1 + SLEEPERS_MAX), SLEEPERS_MAX),
  };
}

/** One clock for all threads of a process. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
