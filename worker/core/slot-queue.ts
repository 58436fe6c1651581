/**
 * One call of a slot at a time. Whoever asked first is served first; those who wait behind him for
 * the same slot ride along as far as the call still pays: blocks of one worker, and jobs that share
 * a model, share its calls.
 */

import { createCallMeter, type CallCounts, type CallMeter } from './call-meter.ts';
import { callWays, type CallWay, type CallWays } from './call-ways.ts';

export type ConditionArray = Float32Array | BigInt64Array | Int32Array;

/** Structurally the `ModelSlot` of worker/backend, which cores must not import. */
export interface Slot {
  readonly maxBatch: number;
  readonly states: Float32Array;
  readonly timesteps: Float32Array;
  readonly conditions: ReadonlyMap<string, ConditionArray>;
  readonly outputs: Float32Array;
  /** Beside plain calls. */
  readonly ways?: readonly CallWay[];
  run(count: number, way?: CallWay): Promise<CallTime>;
}

export interface CallTime {
  readonly modelMs: number;
  /** Of an emulated device: what the described one would have taken. */
  readonly deviceMs?: number;
}

export interface SlotCall {
  /** The job whose rows these are. */
  readonly owner: object;
  /** Model rows. */
  readonly count: number;
  /** Most model rows of a call that this one takes part in; `count` shares with nobody. */
  readonly sharedMax: number;
  /** Default plain, and so is a call that several share if not all ask for the same. */
  readonly way?: CallWay;
  /** Fills the inputs from this row on; throws where the call is not wanted any more. */
  fill(slot: Slot, at: number): void;
  /** Reads the outputs from this row on. */
  take(slot: Slot, at: number): void;
  /** Once the model is at work. */
  meanwhile?(): void;
}

/** A call that several share is counted once, its time once for each job. */
export interface CallCost extends CallTime {
  /** Waiting while calls of other jobs ran. */
  readonly queueMs: number;
  /** From asking to the answer. */
  readonly elapsedMs: number;
  readonly calls: number;
}

export interface SlotQueue {
  readonly slot: Slot;
  readonly ways: CallWays;
  call(call: SlotCall): Promise<CallCost>;
  /** What its model did since this was last asked. */
  takeCounts(): CallCounts;
}

export interface SlotQueueOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Resolves once all who have a call at hand have asked. */
  readonly gather?: () => Promise<void>;
}

interface Waiting {
  readonly call: SlotCall;
  readonly askedMs: number;
  /** What calls of its own job had taken by then. */
  readonly servedMs: number;
  readonly resolve: (cost: CallCost) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue extends SlotQueueOptions {
  readonly slot: Slot;
  readonly meter: CallMeter;
  /** Milliseconds of finished calls, by the job they were for. */
  readonly served: WeakMap<object, number>;
  waiting: Waiting[];
  serving: boolean;
  running: { readonly owners: ReadonlySet<object>; readonly startedMs: number } | undefined;
}

export function createSlotQueue(slot: Slot, options: SlotQueueOptions): SlotQueue {
  const own = { served: new WeakMap(), waiting: [], serving: false, running: undefined };
  const queue: Queue = { ...options, slot, meter: createCallMeter(options.now), ...own };
  return {
    slot,
    ways: callWays(),
    takeCounts: () => queue.meter.take(),
    call: (call) =>
      new Promise((resolve, reject) => {
        const askedMs = queue.now();
        const servedMs = servedBy(queue, call.owner, askedMs);
        queue.waiting.push({ call, askedMs, servedMs, resolve, reject });
        if (!queue.serving) void serve(queue);
      }),
  };
}

/** What calls of a job have taken so far, the running one included. */
function servedBy({ served, running }: Queue, owner: object, atMs: number): number {
  const since = running?.owners.has(owner) === true ? atMs - running.startedMs : 0;
  return (served.get(owner) ?? 0) + since;
}

async function serve(queue: Queue): Promise<void> {
  queue.serving = true;
  while (queue.waiting.length > 0) {
    // a call may hold up this thread: answers of the one before are sent first
    await queue.gather?.();
    await carry(queue, board(queue));
  }
  queue.serving = false;
}

/** The first who waits, and those behind him while there is room for the next. */
function board(queue: Queue): Waiting[] {
  let rows = 0;
  let most = Infinity;
  const end = queue.waiting.findIndex(({ call }) => {
    most = Math.min(most, call.sharedMax);
    const fits = rows === 0 || rows + call.count <= most;
    rows += call.count;
    return !fits;
  });
  return queue.waiting.splice(0, end === -1 ? queue.waiting.length : end);
}

async function carry(queue: Queue, riders: readonly Waiting[]): Promise<void> {
  const failure = await ride(queue, riders);
  if (failure === undefined) return;
  const [only, ...others] = riders;
  if (others.length === 0) only?.reject(failure.error);
  // what one of them broke is not the fault of the others
  else for (const rider of riders) await carry(queue, [rider]);
}

interface Seat {
  readonly rider: Waiting;
  /** Its first row. */
  readonly at: number;
}

/** Undefined once every rider has its answer; otherwise none of those who boarded has. */
async function ride(
  queue: Queue,
  riders: readonly Waiting[],
): Promise<{ error: unknown } | undefined> {
  const { slot, now, meter } = queue;
  const startedMs = now();
  const { seats, rows } = takeSeats(slot, riders);
  if (rows === 0) return undefined;
  const owners = new Set(seats.map(({ rider }) => rider.call.owner));
  queue.running = { owners, startedMs };
  meter.started();
  try {
    const running = slot.run(rows, sharedWay(seats));
    for (const { rider } of seats) rider.call.meanwhile?.();
    const time = await running;
    meter.ended(rows);
    answer(queue, seats, { startedMs, time });
    return undefined;
  } catch (error) {
    meter.ended();
    return { error };
  } finally {
    const endedMs = now();
    for (const owner of owners) queue.served.set(owner, servedBy(queue, owner, endedMs));
    queue.running = undefined;
  }
}

function sharedWay([first, ...others]: readonly Seat[]): CallWay {
  const way = first?.rider.call.way ?? 'plain';
  return others.every(({ rider }) => rider.call.way === way) ? way : 'plain';
}

function takeSeats(slot: Slot, riders: readonly Waiting[]): { seats: Seat[]; rows: number } {
  const seats: Seat[] = [];
  let rows = 0;
  for (const rider of riders) {
    try {
      rider.call.fill(slot, rows);
    } catch (error) {
      rider.reject(error);
      continue;
    }
    seats.push({ rider, at: rows });
    rows += rider.call.count;
  }
  return { seats, rows };
}

function answer(
  { slot, served, now }: Queue,
  seats: readonly Seat[],
  { startedMs, time }: { readonly startedMs: number; readonly time: CallTime },
): void {
  const endedMs = now();
  const paid = new Set<object>();
  for (const { rider, at } of seats) {
    const { call, askedMs, servedMs, resolve } = rider;
    const { owner } = call;
    call.take(slot, at);
    const ownMs = (served.get(owner) ?? 0) - servedMs;
    resolve({
      ...(paid.has(owner) ? { modelMs: 0 } : time),
      queueMs: startedMs - askedMs - ownMs,
      elapsedMs: endedMs - askedMs,
      calls: paid.size === 0 ? 1 : 0,
    });
    paid.add(owner);
  }
}
