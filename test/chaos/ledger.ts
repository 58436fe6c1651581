/**
 * What the coordinator says it does, from its own log: who was given which block, what came back,
 * and whom it lost, each with its time. Runs of `chaos` are judged by it.
 */
import { pino, type Logger } from 'pino';

import { isCheck } from '../../coordinator/core/checks.ts';

interface Fence {
  readonly job: string;
  readonly block: number;
  readonly attempt: number;
  readonly round: number;
}

/** A line of the log that a fault run looks at. */
export interface Entry {
  readonly msg: string;
  readonly atMs: number;
  readonly worker?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly fence?: Fence;
  readonly calls?: number;
  /** Of lines that have no fence. */
  readonly job?: string;
  readonly block?: number;
  readonly round?: number;
  /** Of an assignment: with the rows of the worker that had the block. */
  readonly handed?: boolean;
}

/** One assignment of a block, and what was counted of it. */
export interface Attempt {
  readonly block: number;
  readonly attempt: number;
  readonly worker: string;
  readonly atMs: number;
  /** It goes on with the rows of the attempt before. */
  readonly handed: boolean;
  /** Evaluations of rows that its replies told of. */
  calls: number;
  /** Kind and round of every reply that counted. */
  readonly replies: string[];
}

export interface Ledger {
  readonly log: Logger;
  readonly entries: Entry[];
  /** Called with every entry, in the turn in which it is logged. */
  listen: (entry: Entry) => void;
}

export function createLedger(): Ledger {
  const entries: Entry[] = [];
  const write = (line: string): void => {
    const entry: Entry = { ...(JSON.parse(line) as Entry), atMs: performance.now() };
    // what workers compute again for each other is no part of a job's rounds
    if (entry.fence && isCheck(entry.fence)) return;
    entries.push(entry);
    ledger.listen(entry);
  };
  const log = pino({ level: 'trace', base: null, timestamp: false }, { write });
  const ledger: Ledger = { log, entries, listen: () => undefined };
  return ledger;
}

/** Lines that one reply may bring about. */
const SOON = 64;

/** Every attempt at a block of the job, in the order of their assignment. */
export function attemptsOf(entries: readonly Entry[], job: string): Attempt[] {
  const attempts: Attempt[] = [];
  for (const [k, entry] of entries.entries()) {
    const { msg, worker = '', kind, fence, calls = 0, atMs, handed = false } = entry;
    if (fence?.job !== job) continue;
    const { block, attempt, round } = fence;
    if (msg === 'order' && kind === 'assignBlock') {
      attempts.push({ block, attempt, worker, atMs, handed, calls: 0, replies: [] });
    }
    if (msg !== 'block replied' || isStale(entry, entries.slice(k + 1, k + SOON))) continue;
    const own = attempts.find((one) => one.block === block && one.attempt === attempt);
    if (!own) continue;
    own.calls += calls;
    own.replies.push(`${kind} ${round}`);
  }
  return attempts;
}

/** Whether the word that a reply was dropped comes before the next reply. */
function isStale({ fence, worker }: Entry, behind: readonly Entry[]): boolean {
  const next = behind.find(({ msg }) => msg === 'stale reply dropped' || msg === 'block replied');
  if (next?.msg !== 'stale reply dropped' || next.worker !== worker) return false;
  const { job, block, round } = next;
  return job === fence?.job && block === fence?.block && round === fence?.round;
}

/** The newest attempt at each block that was not released yet. */
export function liveBlocks(entries: readonly Entry[], job: string): Map<number, string> {
  const held = new Map<number, string>();
  for (const { msg, kind, worker = '', fence } of entries) {
    if (msg !== 'order' || fence?.job !== job) continue;
    if (kind === 'assignBlock') held.set(fence.block, worker);
    if (kind === 'releaseBlock') held.delete(fence.block);
  }
  return held;
}

/** Milliseconds of a sweep from order to answer, the median, and of a round of a block alone. */
export function timesOf(entries: readonly Entry[], job: string, rounds: number) {
  const own = entries.filter(({ fence }) => fence?.job === job);
  const sweeps: number[] = [];
  let aloneMs = 0;
  for (const order of own.filter(({ msg }) => msg === 'order')) {
    const { fence, kind, atMs } = order;
    const wanted = kind === 'sweep' ? 'swept' : 'advanced';
    if (kind !== 'sweep' && kind !== 'advance') continue;
    const answer = own.find(
      (entry) => entry.kind === wanted && JSON.stringify(entry.fence) === JSON.stringify(fence),
    );
    if (!answer || !fence) continue;
    if (kind === 'sweep') sweeps.push(answer.atMs - atMs);
    else aloneMs = (answer.atMs - atMs) / Math.max(1, rounds + 1 - fence.round);
  }
  const sweepMs = sweeps.toSorted((a, b) => a - b)[sweeps.length >> 1] ?? aloneMs;
  return { sweepMs, aloneMs: aloneMs || sweepMs };
}
