/**
 * One call of a slot at a time. Jobs that share a model share its queue: whoever asked first is
 * served first, call by call, so no job waits for more than one call of each of the others.
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
  readonly count: number;
  /** Fills the inputs; throws where the call is not wanted any more. */
  fill(slot: Slot): void;
  /** Reads the outputs. */
  take(slot: Slot): void;
}

export interface SlotQueue {
  readonly slot: Slot;
  call(call: SlotCall): Promise<{ modelMs: number; queueMs: number }>;
}

export function createSlotQueue(slot: Slot, now: () => number): SlotQueue {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    slot,
    call(call) {
      const asked = now();
      const served = tail.then(async () => {
        const queueMs = now() - asked;
        call.fill(slot);
        const { modelMs } = await slot.run(call.count);
        call.take(slot);
        return { modelMs, queueMs };
      });
      // A call that fails is its caller's; the next one does not inherit it.
      tail = served.catch(() => undefined);
      return served;
    },
  };
}
