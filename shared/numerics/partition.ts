/** How a trajectory is cut into blocks. */
import type { Method } from './solver/method.ts';

export interface Block {
  readonly begin: number;
  readonly end: number;
}

/**
 * Contiguous blocks over the steps [0, steps). A full window is divided evenly among `blocks`;
 * a smaller one fixes the length, so that about `blocks` of them are live at any time and the
 * worker whose block froze takes the next one at the right end. One block, and a window of one
 * row, need no such division: the window rolls inside the block.
 */
export function partition(steps: number, window: number, blocks: number): Block[] {
  if (window >= steps || window === 1 || blocks === 1)
    return evenly(steps, Math.min(blocks, steps));
  const length = Math.ceil(window / Math.min(blocks, window));
  const count = Math.ceil(steps / length);
  return Array.from({ length: count }, (_, j) => ({
    begin: j * length,
    end: Math.min(steps, (j + 1) * length),
  }));
}

function evenly(steps: number, blocks: number): Block[] {
  return Array.from({ length: blocks }, (_, j) => ({
    begin: Math.floor((j * steps) / blocks),
    end: Math.floor(((j + 1) * steps) / blocks),
  }));
}

/** Blocks if the user names none: Parareal wants sqrt(N) of them, the others one per worker. */
export function defaultBlocks(name: Method['name'], steps: number, workers: number): number {
  if (name === 'parareal') return Math.ceil(steps / Math.max(1, Math.round(Math.sqrt(steps))));
  return name === 'sequential' ? 1 : Math.max(1, Math.min(workers, steps));
}
