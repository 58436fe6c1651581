/** Blocks of `core-cluster.ts`: how they start, and what they hand over at their end. */
import { bundlesOf } from '../../shared/numerics/bundle.ts';
import { assert } from '../../shared/kernel/assert.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import type { BlockSolver } from '../../shared/numerics/solver/block-solver.ts';
import { createSolver } from '../../shared/numerics/solver/create-solver.ts';
import type { Instruction } from '../../coordinator/core/command.ts';
import type { Reply } from '../../coordinator/core/event.ts';
import { withLatents } from '../../coordinator/shell/latent-commands.ts';
import type { LatentStore } from '../../coordinator/shell/latent-store.ts';

export interface Holder {
  readonly latents: LatentStore;
  readonly problem: DriveProblem;
}

export function rowsOf(
  { latents }: Holder,
  { fence, left }: Extract<Instruction, { kind: 'releaseBlock' }>,
  solver: BlockSolver | undefined,
): Reply {
  const rows = solver?.rows?.(left && latents.get(left));
  assert(rows, `block ${fence.block} of ${fence.job} keeps no rows`);
  const first = (solver?.begin ?? 0) + 1;
  return { kind: 'rows', fence, first, states: latents.put('reply', rows) };
}

export function liveRowsOf(
  { latents }: Holder,
  { fence, left }: Extract<Instruction, { kind: 'releaseBlock' }>,
  solver: BlockSolver | undefined,
): Reply {
  const live = solver?.liveRows?.(left && latents.get(left));
  assert(live, `block ${fence.block} of ${fence.job} hands nothing over`);
  const { first, states } = live;
  return { kind: 'rows', fence, first, states: latents.put('reply', states) };
}

export function assigned(
  { latents, problem }: Holder,
  message: Extract<Instruction, { kind: 'assignBlock' }>,
): BlockSolver {
  const { begin, end, left, denoised, volatility, handed, everyRow } = message;
  const { initial, samples, table } = problem;
  const state = left ? latents.get(left) : bundlesOf(initial, samples, table.parts);
  const edge = {
    row: begin,
    state,
    ...(denoised && { denoised: latents.get(denoised) }),
    ...(volatility && { volatility }),
  };
  const called = (everyRow ?? handed !== undefined) && { interpolation: undefined };
  const own = { ...problem, ...called, begin, end };
  if (!handed) return createSolver(own, edge);
  const told = withLatents(latents, message, () => new Float32Array());
  assert(told.kind === 'assignBlock' && told.given, 'rows that were handed over are not there');
  return createSolver({ ...own, given: { first: begin, states: told.given } }, edge);
}
