/** Sizes of data messages as they were on the wire, and the job each of them belongs to. */
import type { ByteListener } from '../../shared/protocol/loader.ts';

export interface Traffic {
  readonly onBytes: ByteListener;
  /** The bytes of this message, once serialised, are the job's. */
  readonly attribute: (message: object, bytes: { toWorkers: number }) => void;
  /** Bytes that a received message took. */
  readonly sizeOf: (message: object) => number;
}

export function createTraffic(): Traffic {
  const sizes = new WeakMap<object, number>();
  const owners = new WeakMap<object, { toWorkers: number }>();
  return {
    onBytes(direction, message, bytes) {
      if (direction === 'deserialized') sizes.set(message, bytes);
      const owner = owners.get(message);
      if (owner && direction === 'serialized') owner.toWorkers += bytes;
    },
    attribute: (message, bytes) => void owners.set(message, bytes),
    sizeOf: (message) => sizes.get(message) ?? 0,
  };
}
