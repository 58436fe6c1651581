import type { LatentHandle } from './latent-handle.ts';

/** How far the round has got through the live blocks (`wave.ts`). */
export interface Wave {
  /** Live blocks that it has passed. */
  readonly next: number;
  /** The composition that it waits for. */
  readonly awaited: number | undefined;
  readonly updateNorm: number;
  readonly distrusted: boolean;
  /** Model calls on the longest chain that ends in the blocks that it has passed. */
  readonly ready: number;
  /** When somebody looks again whether a block is late; Infinity: nobody was asked to. */
  readonly lookMs: number;
}

export const newWave: Wave = {
  next: 0,
  awaited: undefined,
  updateNorm: 0,
  distrusted: false,
  ready: 0,
  lookMs: Infinity,
};

/** Of a block that waves may turn round in front of (`lag.ts`). */
export interface Lagging {
  /** So many rounds in a row ended without it. */
  lag: number;
  /** What its left boundary has become meanwhile; undefined while `left` is the newest. */
  leftSince: LatentHandle | undefined;
}
