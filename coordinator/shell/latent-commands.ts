/** The arithmetic on latents that the core asks for: its handles in, the bytes behind them out. */
import type { ToWorker } from '../../shared/kernel/block-messages.ts';
import { composeBoundaries } from '../../shared/numerics/compose.ts';
import { rollOutEdge } from '../../shared/numerics/solver/roll-out.ts';
import type { CommandOf, Instruction } from '../core/command.ts';
import type { LatentStore } from './latent-store.ts';

/** Fills the right ends; returns how far the left ones moved, per block and sample. */
export function composeBlocks(
  latents: LatentStore,
  { blocks, before, after, frontier }: CommandOf<'compose'>,
): readonly Float64Array[] {
  const swept = blocks.map(({ offset, left, ...block }) => ({
    ...block,
    offset: latents.find(offset),
    left: latents.find(left),
  }));
  const { rights, movements } = composeBoundaries(swept, frontier, {
    before: latents.find(before),
    after: after && { ...after, left: latents.find(after.left) },
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
  const { denoised: denoisedHandle, given: wantsGiven, ...block } = plain;
  const denoised = latents.find(denoisedHandle);
  return {
    ...block,
    ...(left && { left }),
    ...(denoised && { denoised }),
    ...(wantsGiven && { given: given(block.begin, block.end) }),
  };
}
