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
}

export const newWave: Wave = {
  next: 0,
  awaited: undefined,
  updateNorm: 0,
  distrusted: false,
  ready: 0,
};
