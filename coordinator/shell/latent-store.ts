/**
 * The bytes behind the core's handles. Entries live exactly as long as the state holds their
 * handle: at most a boundary, a summary and an edge per live block (invariant I12).
 */
import { assert } from '../../shared/kernel/assert.ts';
import type { LatentHandle } from '../core/state.ts';

export interface LatentStore {
  /** A new handle for latents that arrived. */
  put(id: string, latents: Float32Array): LatentHandle;
  /** Latents for a handle that the core made. */
  fill(handle: LatentHandle, latents: Float32Array): void;
  get(handle: LatentHandle): Float32Array;
  find(handle: LatentHandle | undefined): Float32Array | undefined;
}

export function createLatentStore(): LatentStore {
  const bytes = new WeakMap<LatentHandle, Float32Array>();
  const get = (handle: LatentHandle) => {
    const latents = bytes.get(handle);
    assert(latents, `no latents for ${handle.id}`);
    return latents;
  };
  return {
    put(id, latents) {
      const handle = { id };
      bytes.set(handle, latents);
      return handle;
    },
    fill: (handle, latents) => void bytes.set(handle, latents),
    get,
    find: (handle) => (handle ? get(handle) : undefined),
  };
}
