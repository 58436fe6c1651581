/**
 * A worker computes for as long as it is let, a coordinator needs a moment many times a second, and
 * every round and every client waits for it. Where both are on one machine the worker gives way:
 * 2000 jobs of 8 clients, 4 workers on 2 cores, p99 of a submission 41, 48
 * and 33 ms -> 35, 33 and 36.
 */
import { getPriority, setPriority } from 'node:os';

import { hostOf, isLoopback } from '../../shared/protocol/access/addresses.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';

/** Enough to be let in at once, and a quarter of a core is left where others are always busy. */
const BESIDE_COORDINATOR = 5;
const MOST = 19;

/**
 * The nice value that this process should have.
 *
 * @param asked by an operator
 * @throws INVALID_REQUEST
 */
export function niceOf(coordinator: string, asked?: number): number {
  if (asked === undefined) return isLoopback(hostOf(coordinator)) ? BESIDE_COORDINATOR : 0;
  if (asked <= MOST) return asked;
  throw new SamplerError('INVALID_REQUEST', `--nice: found ${asked}, expected 0 to ${MOST}`);
}

/**
 * For threads that begin from now on as well; before any model is loaded. Who started it nicer than
 * that keeps it so: a process may not take that back, and is refused if it tries.
 */
export function giveWay(nice: number, now = getPriority(), set = setPriority): void {
  if (nice > now) set(nice);
}
