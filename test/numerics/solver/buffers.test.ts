import { describe, expect, it } from 'vitest';
import { drive } from '../../../shared/numerics/drive.ts';
import { buffers } from '../../../shared/numerics/solver/buffers.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { methodNames } from '../../../shared/numerics/solver/method.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

/** Memory as blocks leave it, at its worst. */
const leftOver = {
  take: (length: number) => new Float32Array(length).fill(Number.NaN),
  give: () => undefined,
};

describe('memory that blocks leave behind', () => {
  it('goes to one that asks for as much, once', () => {
    const kept = buffers();
    const [small, large] = [new Float32Array(4), new Float32Array(8)];
    kept.give(small);
    kept.give(large);
    expect(kept.take(8)).toBe(large);
    expect(kept.take(8)).not.toBe(large);
    expect(kept.take(4)).toBe(small);
  });

  it('is not hoarded', () => {
    const kept = buffers();
    const all = Array.from({ length: 8 }, () => new Float32Array(4));
    for (const one of all) kept.give(one);
    const taken = all.map(() => kept.take(4));
    expect(taken.filter((one) => all.some((left) => left === one))).toEqual(all.slice(2));
  });

  it.each(methodNames)('changes nothing for %s', async (method) => {
    for (const solver of ['ddim', 'ddpm'] as const) {
      const job = mixtureJob({ solver, steps: 30, method, blocks: 3, window: 12, samples: 2 });
      const fresh = await drive(job.problem);
      const again = await drive({ ...job.problem, buffers: leftOver });
      expect(again.samples).toEqual(fresh.samples);
      expect(again.rounds).toBe(fresh.rounds);
      expect(again.errorEstimate).toBe(fresh.errorEstimate);
    }
  });

  it('comes back when a block ends', async () => {
    const { problem } = mixtureJob({ solver: 'ddpm', steps: 10, method: 'secant' });
    const kept = buffers();
    const left = { row: 0, state: problem.initial };
    const block = { ...problem, begin: 0, end: 10, buffers: kept };
    const solver = createSolver(block, left);
    await solver.sweep({ frontier: Int32Array.of(0), windowEnd: 10 });
    solver.dispose?.();
    const length = 11 * problem.dim;
    const taken = Array.from({ length: 6 }, () => kept.take(length));
    expect(taken.filter((one) => one.some((value) => value !== 0)).length).toBeGreaterThan(2);
  });
});
