/**
 * Whose job starts next: start-time fair queueing over clients (Goyal, Vin, Cheng, "Start-time fair
 * queuing", SIGCOMM 1996), the service being what the models spend on a client's jobs.
 *
 *   standing(c) = served(c) + reserved(c)       both over the weight of c
 *   served      of its jobs that are over, as it was counted
 *   reserved    of its running jobs: as counted so far, at least what each was expected to take
 *
 * The client with the least standing comes next. One who comes back after a while with nothing to
 * do starts from the virtual time, which is the standing of whoever was served last: it has saved
 * nothing up, and it waits for nobody's arrears. Within a client the order is that of submission,
 * where a step of priority counts as a minute of waiting: so nothing waits for ever.
 */
import { SharedMap } from './shared-map.ts';

/** What a step of priority is worth. */
const PRIORITY_MS = 60_000;

export interface Waiting {
  readonly job: string;
  /** When it was submitted, less what its priority is worth. */
  readonly dueMs: number;
  /** Of the submission, from 1. */
  readonly number: number;
}

export interface ClientShare {
  /** Jobs that have not started, in the order in which they may. */
  readonly waiting: readonly Waiting[];
  readonly served: number;
}

export interface FairQueue {
  /** Of clients whose weight is not 1. */
  readonly weights: ReadonlyMap<string, number>;
  readonly clients: ReadonlyMap<string, ClientShare>;
  readonly virtualTime: number;
  /** Jobs that came so far ... */
  readonly numbered: number;
  /** ... and that wait now. */
  readonly waiting: number;
}

export interface QueuedJob {
  readonly job: string;
  readonly client: string;
  readonly priority: number;
  readonly atMs: number;
}

/** Service of the running jobs of each client; a client without any is not in it. */
export type Reserved = ReadonlyMap<string, number>;

const nobody: ClientShare = { waiting: [], served: 0 };

export function fairQueue(weights: ReadonlyMap<string, number> = new Map()): FairQueue {
  return { weights, clients: new SharedMap(), virtualTime: 0, numbered: 0, waiting: 0 };
}

/** Other weights from now on: what was served stays as it was counted. */
export function reweighted(queue: FairQueue, weights: ReadonlyMap<string, number>): FairQueue {
  return { ...queue, weights };
}

export function waitingOf({ clients }: FairQueue, client: string): readonly Waiting[] {
  return clients.get(client)?.waiting ?? [];
}

/** Over the weight of the client. */
export function standing(queue: FairQueue, client: string, reserved: Reserved): number {
  const { served } = queue.clients.get(client) ?? nobody;
  return served + (reserved.get(client) ?? 0) / weightOf(queue, client);
}

export function weightOf({ weights }: FairQueue, client: string): number {
  return weights.get(client) ?? 1;
}

export function enqueue(queue: FairQueue, queued: QueuedJob, reserved: Reserved): FairQueue {
  const { job, client, priority, atMs } = queued;
  const known = queue.clients.get(client) ?? nobody;
  const number = queue.numbered + 1;
  const entry = { job, dueMs: atMs - priority * PRIORITY_MS, number };
  const arrears = queue.virtualTime - standing(queue, client, reserved);
  // who has something waiting is not new
  const late = known.waiting.length === 0 ? Math.max(0, arrears) : 0;
  const waiting = inserted(known.waiting, entry);
  const next = { waiting, served: known.served + late };
  return { ...changed(queue, client, next), numbered: number, waiting: queue.waiting + 1 };
}

function inserted(waiting: readonly Waiting[], entry: Waiting): readonly Waiting[] {
  let [from, to] = [0, waiting.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = waiting[middle];
    if (other && comesBefore(other, entry)) from = middle + 1;
    else to = middle;
  }
  return waiting.toSpliced(from, 0, entry);
}

function comesBefore(a: Waiting, b: Waiting): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number);
}

/** The job whose turn it is, of those that can start. */
export function nextInTurn(
  queue: FairQueue,
  reserved: Reserved,
  canStart: (job: string) => boolean,
): { readonly client: string; readonly job: string } | undefined {
  if (queue.waiting === 0) return undefined;
  const turns = [...queue.clients]
    .filter(([, { waiting }]) => waiting.length > 0)
    .map(([client, { waiting }]) => ({ client, waiting, at: standing(queue, client, reserved) }))
    .sort((a, b) => a.at - b.at || (comesBefore(first(a.waiting), first(b.waiting)) ? -1 : 1));
  for (const { client, waiting } of turns) {
    const found = waiting.find(({ job }) => canStart(job));
    if (found) return { client, job: found.job };
  }
  return undefined;
}

function first([entry]: readonly Waiting[]): Waiting {
  return entry ?? { job: '', dueMs: 0, number: 0 };
}

/** The job starts: the virtual time is the standing of its client before it. */
export function taken(
  queue: FairQueue,
  { client, job }: Pick<QueuedJob, 'client' | 'job'>,
  reserved: Reserved,
): FairQueue {
  const virtualTime = Math.max(queue.virtualTime, standing(queue, client, reserved));
  return { ...withdrawn(queue, { client, job }), virtualTime };
}

/** The job does not wait any more, if it did. */
export function withdrawn(
  queue: FairQueue,
  { client, job }: Pick<QueuedJob, 'client' | 'job'>,
): FairQueue {
  const known = queue.clients.get(client) ?? nobody;
  const at = known.waiting.findIndex((entry) => entry.job === job);
  if (at === -1) return queue;
  const next = { ...known, waiting: known.waiting.toSpliced(at, 1) };
  return { ...changed(queue, client, next), waiting: queue.waiting - 1 };
}

/** A job of the client is over, and took this much. */
export function settled(queue: FairQueue, client: string, service: number): FairQueue {
  const known = queue.clients.get(client) ?? nobody;
  const served = known.served + service / weightOf(queue, client);
  return changed(queue, client, { ...known, served });
}

/**
 * Forgets clients that have nothing to do: all of them where nobody has, otherwise those whom the
 * virtual time has overtaken.
 */
export function tidied(queue: FairQueue, reserved: Reserved): FairQueue {
  if (queue.waiting === 0 && reserved.size === 0) {
    return { ...fairQueue(queue.weights), numbered: queue.numbered };
  }
  const clients = new SharedMap(queue.clients);
  for (const [client, { waiting, served }] of [...clients]) {
    const idle = waiting.length === 0 && !reserved.has(client);
    if (idle && served <= queue.virtualTime) clients.delete(client);
  }
  return { ...queue, clients };
}

function changed(queue: FairQueue, client: string, share: ClientShare): FairQueue {
  const clients = new SharedMap(queue.clients);
  clients.set(client, share);
  return { ...queue, clients };
}
