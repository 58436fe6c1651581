/**
 * Latents of blocks that have ended, for blocks that begin. Blocks of a job come and go every round
 * or two, and new memory has to be cleared first and collected later (a profile, 17 rows of 64 KiB:
 * about 1 ms a block to clear it alone).
 */
export interface Buffers {
  /** What is in it is left over. */
  take(length: number): Float32Array;
  give(buffer: Float32Array): void;
}

/** Kept at most: those of one block. */
const KEPT_MAX = 6;

export function buffers(): Buffers {
  const kept: Float32Array[] = [];
  return {
    take(length) {
      const at = kept.findIndex((buffer) => buffer.length === length);
      const [found] = at < 0 ? [] : kept.splice(at, 1);
      return found ?? new Float32Array(length);
    },
    give(buffer) {
      kept.push(buffer);
      if (kept.length > KEPT_MAX) kept.shift();
    },
  };
}
