/**
 * A worker computes for as long as it is let, a coordinator needs a moment many times a second, and
 * every round and every client waits for it. Where both are on one machine the worker gives way:
 * 2000 jobs of 8 clients, 4 workers on 2 cores, p99 of a submission 33 to 48 ms -> 27 to 29.
 */
import { setPriority } from 'node:os';

import { hostOf, isLoopback } from '../../shared/protocol/access/addresses.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';

/** Enough to be let in at once, and a third of a core is left where others are always busy. */
const BESIDE_COORDINATOR = 5;
const MOST = 19;

/**
 * What is added to this process's nice value.
 *
 * @param asked by an operator
 * @throws INVALID_REQUEST
 */
export function niceOf(coordinator: string, asked?: number): number {
  if (asked === undefined) return isLoopback(hostOf(coordinator)) ? BESIDE_COORDINATOR : 0;
  if (asked <= MOST) return asked;
  throw new SamplerError('INVALID_REQUEST', `--nice: found ${asked}, expected 0 to ${MOST}`);
}

/** For threads that begin from now on as well; before any model is loaded. */
export function giveWay(nice: number, set = setPriority): void {
  if (nice > 0) set(nice);
}
