/**
 * The worker's side of its lease: it lasts from the moment at which the newest heartbeat that was
 * answered had been sent. Without answers the coordinator is gone, or cannot be heard, and what is
 * computed for it is computed for nobody. Milliseconds of a monotonic clock.
 */
export interface Lease {
  /** Number of a heartbeat that is sent now. */
  sent(atMs: number): number;
  heard(number: number): void;
  /** For how long nothing that was said has been answered. */
  silentMs(atMs: number): number;
}

/** More are never on their way at once; where nobody answers at all, the oldest do not matter. */
const WAITING_MAX = 64;

/** @param fromMs when the coordinator was last heard: the registration */
export function createLease(fromMs: number): Lease {
  // heartbeats that are not answered yet, oldest first
  const waiting: { number: number; sentMs: number }[] = [];
  let sent = 0;
  let answeredMs = fromMs;
  return {
    sent(atMs) {
      waiting.push({ number: ++sent, sentMs: atMs });
      if (waiting.length > WAITING_MAX) waiting.shift();
      return sent;
    },
    heard(number) {
      // a stream is in order: what was sent before was heard before
      for (let next = waiting[0]; next && next.number <= number; next = waiting[0]) {
        answeredMs = next.sentMs;
        waiting.shift();
      }
    },
    silentMs: (atMs) => atMs - answeredMs,
  };
}
