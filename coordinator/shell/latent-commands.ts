/** The arithmetic on latents that the core asks for: its handles in, the bytes behind them out. */
import type { ToWorker } from '../../shared/kernel/block-messages.ts';
import type { Movement } from '../../shared/numerics/solver/groups.ts';
import { composeBoundaries } from '../../shared/numerics/compose.ts';
import { rollOutEdge } from '../../shared/numerics/solver/roll-out.ts';
import type { CommandOf, Instruction, RowsFrom } from '../core/command.ts';
import type { LatentStore } from './latent-store.ts';

/** Fills the right ends; returns how far the left ones moved, per block and sample. */
export function composeBlocks(
  latents: LatentStore,
  { blocks, before, after, frontier }: CommandOf<'compose'>,
): readonly Movement[] {
  const swept = blocks.map(({ offset, left, leftSince, ...block }) => ({
    ...block,
    offset: latents.find(offset),
    left: latents.find(left),
    leftSince: latents.find(leftSince),
  }));
  const { rights, movements } = composeBoundaries(swept, frontier, {
    before: latents.find(before),
    after: after && {
      ...after,
      left: latents.find(after.left),
      leftSince: latents.find(after.leftSince),
    },
  });
  for (const [j, { out }] of blocks.entries()) {
    const right = rights[j];
    if (right) latents.fill(out, right);
  }
  return movements;
}

export function rollOutBlock(
  latents: LatentStore,
  problem: Parameters<typeof rollOutEdge>[0],
  { out, edge }: CommandOf<'rollOut'>,
): void {
  const denoised = latents.find(edge.denoised);
  const from = { row: edge.row, state: latents.get(edge.state), ...(denoised && { denoised }) };
  const rolled = rollOutEdge(problem, from, out.row);
  latents.fill(out.state, rolled.state);
  if (out.denoised && rolled.denoised) latents.fill(out.denoised, rolled.denoised);
}

/** States of the rows from `from.row` on, `count` of them. */
function rowsOf(latents: LatentStore, from: RowsFrom, count: number): Float32Array {
  const { states, first, last, row } = from;
  const rows = latents.get(states);
  const size = rows.length / (last + 1 - first);
  return rows.subarray((row - first) * size, (row - first + count) * size);
}

export function takeRow(latents: LatentStore, { out, from }: CommandOf<'takeRow'>): void {
  latents.fill(out, rowsOf(latents, from, 1).slice());
}

/** @param given x[begin .. end] of the trajectory that the blocks of the job start from */
export function withLatents(
  latents: LatentStore,
  message: Instruction,
  given: (begin: number, end: number) => Float32Array,
): ToWorker {
  if (!('left' in message)) return message;
  const { left: handle, ...plain } = message;
  const left = latents.find(handle);
  if (plain.kind !== 'assignBlock') return { ...plain, ...(left && { left }) };
  const { denoised: denoisedHandle, given: wantsGiven, handed, ...block } = plain;
  const denoised = latents.find(denoisedHandle);
  const { begin, end } = block;
  const rows = handed ? rowsOf(latents, handed, end + 1 - begin) : undefined;
  return {
    ...block,
    ...(left && { left }),
    ...(denoised && { denoised }),
    ...(rows ? { given: rows } : wantsGiven && { given: given(begin, end) }),
  };
}
