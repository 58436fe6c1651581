import { describe, expect, it } from 'vitest';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { mixtureJob, type JobOptions } from '../../support/mixture-job.ts';

const base: JobOptions = { solver: 'ddpm', steps: 40, method: 'secant', samples: 2, seed: 5 };

/** A block that has swept twice, frozen up to rows 13 and 15 of its samples. */
async function swept() {
  const { problem } = mixtureJob(base);
  const size = problem.initial.length;
  const denoised = new Float32Array(size);
  const block = { ...problem, begin: 10, end: 30 };
  const solver = createSolver(block, { row: 10, state: problem.initial, denoised });
  await solver.sweep({ frontier: Int32Array.of(10, 10), windowEnd: 24 });
  const frontier = Int32Array.of(13, 15);
  await solver.sweep({ frontier, windowEnd: 24 });
  const live = solver.liveRows?.();
  if (!live) throw new Error('no live rows');
  return { problem, size, solver, frontier, ...live };
}

describe('the live rows of a block', () => {
  it('go from the last row frozen for all samples to the last that has entered', async () => {
    const { first, states, size, solver } = await swept();
    expect(first).toBe(13);
    expect(states.length).toBe((24 + 1 - 13) * size);
    expect(states.subarray(-size)).toEqual(solver.edge().state);
  });

  it('are what another block goes on with, to the bit', async () => {
    const { problem, first, states, size, frontier, solver } = await swept();
    const given = { first, states };
    const left = { row: first, state: states.slice(0, size) };
    const taken = createSolver({ ...problem, begin: first, end: 24, given }, left);
    const range = { frontier, windowEnd: 24 };
    const [own, other] = [await solver.sweep(range), await taken.sweep(range)];
    // the same states evaluated: the same residuals
    expect(other.residualNorms).toEqual(own.residualNorms);
    expect(other.cost.modelCalls).toBe(own.cost.modelCalls);
    // frozen rows of the sample that is further on keep their bits
    const again = taken.liveRows?.();
    const kept = (rows: Float32Array) => rows.subarray(size / 2, size);
    for (const row of [14, 15]) {
      const at = (row - first) * size;
      expect(kept(again?.states.subarray(at) ?? states)).toEqual(kept(states.subarray(at)));
    }
  });

  it('follow the left boundary before they go', async () => {
    const { problem } = mixtureJob(base);
    const block = { ...problem, begin: 10, end: 30 };
    const solver = createSolver(block, { row: 10, state: problem.initial });
    await solver.sweep({ frontier: Int32Array.of(0, 0), windowEnd: 24 });
    const left = problem.initial.map((value) => value + 0.5);
    const live = solver.liveRows?.(left);
    expect(live?.first).toBe(10);
    expect(live?.states.slice(0, left.length)).toEqual(left);
  });
});
