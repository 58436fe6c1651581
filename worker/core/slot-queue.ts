/**
 * One call of a slot at a time. Whoever asked first is served first; those who wait behind him for
 * the same slot ride along as far as the call still pays: blocks of one worker, and jobs that share
 * a model, share its calls.
 */

export type ConditionArray = Float32Array | BigInt64Array | Int32Array;

/** Structurally the `ModelSlot` of worker/backend, which cores must not import. */
export interface Slot {
  readonly maxBatch: number;
  readonly states: Float32Array;
  readonly timesteps: Float32Array;
  readonly conditions: ReadonlyMap<string, ConditionArray>;
  readonly outputs: Float32Array;
  run(count: number): Promise<{ modelMs: number }>;
}

export interface SlotCall {
  /** Model rows. */
  readonly count: number;
  /** Most model rows of a call that this one takes part in; `count` shares with nobody. */
  readonly sharedMax: number;
  /** Fills the inputs from this row on; throws where the call is not wanted any more. */
  fill(slot: Slot, at: number): void;
  /** Reads the outputs from this row on. */
  take(slot: Slot, at: number): void;
}

export interface CallCost {
  readonly modelMs: number;
  readonly queueMs: number;
  /** 1 for the first who shares a call, 0 for the others: calls are counted once. */
  readonly calls: number;
}

export interface SlotQueue {
  readonly slot: Slot;
  call(call: SlotCall): Promise<CallCost>;
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
  readonly resolve: (cost: CallCost) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue extends SlotQueueOptions {
  readonly slot: Slot;
  waiting: Waiting[];
  serving: boolean;
}

export function createSlotQueue(slot: Slot, options: SlotQueueOptions): SlotQueue {
  const queue: Queue = { ...options, slot, waiting: [], serving: false };
  return {
    slot,
    call: (call) =>
      new Promise((resolve, reject) => {
        queue.waiting.push({ call, askedMs: queue.now(), resolve, reject });
        if (!queue.serving) void serve(queue);
      }),
  };
}

async function serve(queue: Queue): Promise<void> {
  queue.serving = true;
  await queue.gather?.();
  while (queue.waiting.length > 0) {
    const riders = board(queue);
    const failure = await ride(queue, riders);
    // what one of them broke is not the fault of the others
    if (failure !== undefined) for (const rider of riders) await rideAlone(queue, rider);
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

async function rideAlone(queue: Queue, rider: Waiting): Promise<void> {
  const failure = await ride(queue, [rider]);
  if (failure !== undefined) rider.reject(failure.error);
}

/** Undefined once every rider has its answer; otherwise none of those who boarded has. */
async function ride(
  { slot, now }: Queue,
  riders: readonly Waiting[],
): Promise<{ error: unknown } | undefined> {
  const startedMs = now();
  const seats: { rider: Waiting; at: number }[] = [];
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
  if (rows === 0) return undefined;
  let modelMs: number;
  try {
    ({ modelMs } = await slot.run(rows));
  } catch (error) {
    return { error };
  }
  for (const [seat, { rider, at }] of seats.entries()) {
    const { call, askedMs, resolve } = rider;
    call.take(slot, at);
    resolve({ modelMs, queueMs: startedMs - askedMs, calls: seat === 0 ? 1 : 0 });
  }
  return undefined;
}
