import { describe, expect, it } from 'vitest';

import { assert } from '../../../shared/kernel/assert.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { gaussian, mixtureJob } from '../../support/mixture-job.ts';

/** Data of hardly any width: the late half of the steps forgets where it came from. */
const { problem } = mixtureJob({
  solver: 'ddim',
  steps: 10,
  blocks: 2,
  method: 'parareal',
  tolerance: 0.01,
  mixture: gaussian(8, 1e-3),
});

/** Whether the late block freezes when its left boundary moves by so much after a fine sweep. */
async function freezesAfter(movement: number): Promise<boolean> {
  const { dim } = problem;
  const left = new Float32Array(dim).fill(0.5);
  const solver = createSolver({ ...problem, begin: 5, end: 10 }, { row: 5, state: left });
  const { pipeline } = solver;
  assert(pipeline, 'parareal absorbs');
  await pipeline.absorb(undefined);
  const range = { frontier: Int32Array.of(0), windowEnd: 10, wantsDenoised: false };
  // the first correction moves from the coarse value to the fine one
  for (const moved of [1e-4, 2e-4, 2e-4 + movement]) {
    await solver.sweep(range);
    const boundary = left.map((value) => value + moved);
    const { passing, updateNorm } = await pipeline.absorb(boundary);
    if (moved <= 2e-4) continue;
    expect(updateNorm).toBeLessThan(1.5e-3);
    return passing[0] === 5;
  }
  return false;
}

describe('a block of parareal freezes', () => {
  it('where neither of its ends moves by much', async () => {
    expect(await freezesAfter(5e-3)).toBe(true);
  });

  it('not where little is left of what its boundary moved by: that is a guess', async () => {
    expect(await freezesAfter(0.02)).toBe(false);
  });
});
