/** What a case is made of: numbers from a seed and the case's own number, so that it replays. */
export interface Draws {
  /** An integer from 0 to below `n`. */
  below(n: number): number;
  /** True in a share `p` of all draws. */
  chance(p: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
  float(): number;
}

/** mulberry32: 32 bits of state are plenty for a case of some hundred draws. */
export function drawsOf(seed: number, number: number): Draws {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    chance: (p) => next() < p,
    pick: (from) => {
      const found = from[below(from.length)];
      if (found === undefined && from.length === 0) throw new Error('nothing to pick from');
      return found as (typeof from)[number];
    },
    bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => below(256))),
    float: next,
  };
}
