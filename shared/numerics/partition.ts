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

/** Rows of a round that a worker should have. */
export interface Share {
  readonly worker: string;
  readonly rows: number;
}

/** A block that was cut for somebody. */
export interface DealtBlock extends Block {
  readonly worker?: string | undefined;
}

/**
 * Blocks of unequal length: in every turn one for each share, `turns` of which make up the rows of
 * a round. Whatever rows are live, each worker then has about its share of them.
 */
export function cutByShares(
  { begin, end }: Block,
  shares: readonly Share[],
  turns: number,
): DealtBlock[] {
  const blocks: DealtBlock[] = [];
  let at = begin;
  for (let turn = 0; at < end; turn = (turn + 1) % turns) {
    for (const { worker, rows } of shares) {
      const length = Math.floor(((turn + 1) * rows) / turns) - Math.floor((turn * rows) / turns);
      const to = Math.min(end, at + length);
      if (to > at) blocks.push({ begin: at, end: to, worker });
      at = to;
    }
  }
  return blocks;
}

/** As many turns of `cutByShares` as leave about so many blocks live. */
export function turnsOf(shares: readonly Share[], blocks: number): number {
  const takers = shares.filter(({ rows }) => rows > 0).length;
  return Math.max(1, Math.round(blocks / Math.max(1, takers)));
}

/** Blocks if the user names none: Parareal wants sqrt(N) of them, the others one per worker. */
export function defaultBlocks(name: Method['name'], steps: number, workers: number): number {
  if (name === 'parareal') return Math.ceil(steps / Math.max(1, Math.round(Math.sqrt(steps))));
  return name === 'sequential' ? 1 : Math.max(1, Math.min(workers, steps));
}
