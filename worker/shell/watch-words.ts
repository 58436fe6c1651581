/** What a watchdog and its thread share. */

/** The call that runs, calls that have ended, the limit of the one that runs. */
export const watchWords = { call: 0, ended: 1, limitMs: 2, count: 3 } as const;

export interface WatchdogData {
  readonly words: SharedArrayBuffer;
  readonly intervalMs: number;
}
