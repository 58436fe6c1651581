import { elementsOf } from '../../shared/protocol/model-description.ts';
import type {
  ConditionDescription,
  ModelDescription,
} from '../../shared/protocol/model-description.ts';
import type { ConditionArray, ModelSlot } from './backend.ts';

/** The buffers of one slot, all over SharedArrayBuffers: a posted copy sees the same memory. */
export interface SlotArrays {
  readonly states: Float32Array<SharedArrayBuffer>;
  readonly timesteps: Float32Array<SharedArrayBuffer>;
  readonly conditions: ReadonlyMap<string, ConditionArray>;
  readonly outputs: Float32Array<SharedArrayBuffer>;
}

export function createSlotArrays(model: ModelDescription): SlotArrays {
  const { maxBatch, dim } = model;
  const conditions = model.conditions.map(
    (condition) => [condition.name, neutralCondition(condition, maxBatch)] as const,
  );
  return {
    states: sharedFloats(maxBatch * dim),
    timesteps: sharedFloats(maxBatch),
    conditions: new Map(conditions),
    outputs: sharedFloats(maxBatch * dim),
  };
}

/** The rows of a slot from this one on. */
export function rowsFrom(arrays: SlotArrays, row: number): SlotArrays {
  const { length: rows } = arrays.timesteps;
  const rest = <A extends ConditionArray>(values: A): A =>
    values.subarray((values.length / rows) * row) as A;
  const { states, timesteps, conditions, outputs } = arrays;
  return {
    states: rest(states),
    timesteps: rest(timesteps),
    conditions: new Map([...conditions].map(([name, values]) => [name, rest(values)] as const)),
    outputs: rest(outputs),
  };
}

/** The first rows of a slot, as a smaller one. */
export function partOf(slot: ModelSlot, maxBatch: number): ModelSlot {
  const share = <A extends ConditionArray>(values: A): A =>
    values.subarray(0, (values.length / slot.maxBatch) * maxBatch) as A;
  const { states, timesteps, outputs } = slot;
  const conditions = new Map(
    [...slot.conditions].map(([name, values]) => [name, share(values)] as const),
  );
  return {
    maxBatch,
    states: share(states),
    timesteps: share(timesteps),
    outputs: share(outputs),
    conditions,
    ways: slot.ways ?? [],
    run: (count, way) => slot.run(count, way),
  };
}

/**
 * Starts with a value the model accepts, so measuring and probing need no request: zero where it
 * may be, since a model in half floats has no room for the least value of a range.
 */
function neutralCondition(condition: ConditionDescription, maxBatch: number): ConditionArray {
  const length = maxBatch * elementsOf(condition.shape);
  const { minimum, maximum, unconditional } = condition;
  const value = unconditional ?? Math.min(Math.max(0, minimum), maximum);
  switch (condition.dtype) {
    case 'float32':
      return sharedFloats(length).fill(value);
    case 'int32':
      return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT)).fill(
        value,
      );
    case 'int64':
      return new BigInt64Array(
        new SharedArrayBuffer(length * BigInt64Array.BYTES_PER_ELEMENT),
      ).fill(BigInt(value));
  }
}

function sharedFloats(length: number): Float32Array<SharedArrayBuffer> {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
