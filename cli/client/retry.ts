/** Asking again while a coordinator that was there is away. */
import { setTimeout as sleep } from 'node:timers/promises';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { isEnded } from './connection.ts';
import type { Connection } from './connection.ts';

export const RETRY_PAUSE_MS = 250;

/**
 * For calls that may be made twice: they only read, or carry an idempotency key. Who was never
 * reached is not waited for.
 */
export async function insist<Reply>(
  connection: Connection,
  ask: () => Promise<Reply>,
): Promise<Reply> {
  let deadline: number | undefined;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const lost = SamplerError.from(error);
      if (lost.code !== 'UNREACHABLE' || !connection.once.reached || isEnded(connection))
        throw lost;
      deadline ??= performance.now() + connection.outageMs;
      if (performance.now() + RETRY_PAUSE_MS > deadline) throw lost;
      // An ended call ends in the next attempt, with the one error that says so.
      await sleep(RETRY_PAUSE_MS);
    }
  }
}
