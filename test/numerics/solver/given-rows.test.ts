import { describe, expect, it } from 'vitest';
import { drive, type DriveProblem } from '../../../shared/numerics/drive.ts';
import { partition } from '../../../shared/numerics/partition.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { rollOutEdge } from '../../../shared/numerics/solver/roll-out.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { rms } from '../../../shared/numerics/vector.ts';
import { mixtureJob, noiseSource, type JobOptions } from '../../support/mixture-job.ts';
import { changeBy } from '../../support/change.ts';

const base: JobOptions = { solver: 'ddpm', steps: 40, method: 'secant', samples: 2, seed: 5 };

async function kept(options: JobOptions): Promise<Float32Array> {
  const { trajectory } = await drive({ ...mixtureJob(options).problem, keepRows: true });
  return trajectory ?? new Float32Array();
}

function blocksOf(problem: DriveProblem, count: number): DriveProblem['blocks'] {
  return partition(problem.table.steps, problem.window, count);
}

describe('a block that starts from its own trajectory', () => {
  it.each([1, 3, 40])('has exactly those rows: %i blocks', async (count) => {
    const { problem } = mixtureJob(base);
    const states = await kept(base);
    const size = problem.initial.length;
    for (const { begin, end } of blocksOf(problem, count)) {
      const left = { row: begin, state: states.slice(begin * size, (begin + 1) * size) };
      const given = { first: 0, states };
      const block = { ...problem, begin, end, given, keepRows: true };
      const solver = createSolver(block, left);
      await solver.sweep({ frontier: Int32Array.of(0, 0), windowEnd: 40 });
      // nothing is frozen, so the rows are those of the scan: consistent to the residuals
      const rows = solver.rows?.() ?? new Float32Array();
      const expected = states.subarray((begin + 1) * size, (end + 1) * size);
      expect(rmsDifference(rows, 0, expected, 0, rows.length)).toBeLessThan(2e-3);
      const edge = rollOutEdge({ ...problem, given }, { row: 0, state: problem.initial }, begin);
      expect(edge.state).toEqual(left.state);
    }
  });

  it('finds the residuals and the increment of the sequential trajectory to be zero', async () => {
    const { problem } = mixtureJob(base);
    const states = await kept({ ...base, tolerance: 0 });
    const solver = createSolver(
      { ...problem, begin: 0, end: 40, given: { first: 0, states } },
      { row: 0, state: problem.initial },
    );
    const summary = await solver.sweep({ frontier: Int32Array.of(0, 0), windowEnd: 40 });
    expect(summary.cost.modelCalls).toBe(80);
    expect(summary.rows?.residual).toEqual(new Float32Array(80));
    expect(solver.edge().state).toEqual(states.subarray(-problem.initial.length));
  });

  it('finds the residual of one changed element', async () => {
    const { problem } = mixtureJob(base);
    const states = await kept({ ...base, tolerance: 0 });
    const { dim } = problem;
    // element 3 of row 17, sample 1
    changeBy(states, (17 * 2 + 1) * dim + 3, 0.01);
    const solver = createSolver(
      { ...problem, begin: 0, end: 40, given: { first: 0, states } },
      { row: 0, state: problem.initial },
    );
    const { rows } = await solver.sweep({ frontier: Int32Array.of(0, 0), windowEnd: 40 });
    const found = rows?.residual ?? new Float32Array();
    expect(found[16 * 2 + 1]).toBeCloseTo(0.01 / Math.sqrt(dim), 6);
    expect(found[17 * 2 + 1]).toBeGreaterThan(1e-4);
    const others = found.filter((_, k) => k !== 16 * 2 + 1 && k !== 17 * 2 + 1);
    expect(others).toEqual(new Float32Array(78));
  });
});

describe('a job that starts from a trajectory', () => {
  it('of itself needs a round or two', async () => {
    const { problem } = mixtureJob(base);
    const states = await kept({ ...base, tolerance: 1e-4 });
    const cold = await drive(problem);
    const warm = await drive({ ...problem, given: { first: 0, states } });
    expect(cold.rounds).toBeGreaterThan(5);
    expect(warm.rounds).toBeLessThanOrEqual(2);
  });

  it('rolls on from where it is: a small window needs fewer rounds too', async () => {
    const options = { ...base, window: 8, blocks: 3 };
    const { problem } = mixtureJob(options);
    const states = await kept({ ...base, tolerance: 1e-4 });
    const cold = await drive(problem);
    const warm = await drive({ ...problem, given: { first: 0, states } });
    expect(warm.rounds).toBeLessThan(cold.rounds * 0.7);
  });

  it.each(['ddim', 'ddpm'] as const)('is as exact as any other: %s', async (solver) => {
    for (const [window, blocks] of [
      [40, 1],
      [40, 3],
      [8, 2],
    ] as const) {
      const options = { ...base, solver, window, blocks, tolerance: 0 };
      const job = mixtureJob(options);
      const other = await kept({ ...base, solver, seed: 6 });
      const given = { first: 0, states: other, noise: noiseSource(6, job.problem.dim) };
      const { samples } = await drive({ ...job.problem, given });
      expect(samples).toEqual((await job.reference()).at(-1));
    }
  });

  it('of another seed is moved onto its own noise', async () => {
    const { problem } = mixtureJob(base);
    const states = await kept({ ...base, seed: 6 });
    const given = { first: 0, states, noise: noiseSource(6, problem.dim) };
    const own = { ...problem, given };
    const edge = rollOutEdge(own, { row: 0, state: problem.initial }, 10);
    const size = problem.initial.length;
    const sequential = await kept({ ...base, tolerance: 0 });
    const there = sequential.subarray(10 * size, 11 * size);
    const raw = states.subarray(10 * size, 11 * size);
    const moved = rmsDifference(edge.state, 0, there, 0, size);
    expect(moved).toBeLessThan(0.2 * rmsDifference(raw, 0, there, 0, size));
    expect(rms(edge.state, 0, size)).toBeGreaterThan(0.5);
  });

  it('takes the x0-hat that the coordinator knows over the given one', async () => {
    const { problem } = mixtureJob({ ...base, solver: 'ddim' });
    const states = await kept({ ...base, solver: 'ddim', tolerance: 0 });
    const size = problem.initial.length;
    const given = { ...problem, given: { first: 0, states } };
    const state = states.slice(5 * size, 6 * size);
    const same = rollOutEdge(given, { row: 5, state }, 9);
    expect(same.state).toEqual(states.subarray(9 * size, 10 * size));
    const [from = 0, to = 0] = problem.table.signal.subarray(4, 6);
    const rho = problem.table.rolloutScale[4] ?? 0;
    // x0-hat of the given trajectory at row 4, where an edge at row 5 has its own from
    const pull = to - rho * from;
    const z = Float32Array.from(state, (x, e) => (x - rho * (states[4 * size + e] ?? 0)) / pull);
    const unmoved = rollOutEdge(given, { row: 5, state, denoised: z }, 9);
    expect(rmsDifference(unmoved.state, 0, same.state, 0, size)).toBeLessThan(1e-5);
    const shifted = rollOutEdge(given, { row: 5, state, denoised: z.map((v) => v + 1) }, 9);
    expect(rmsDifference(shifted.state, 0, same.state, 0, size)).toBeGreaterThan(0.01);
    const change = (shifted.denoised?.[0] ?? 0) - (unmoved.denoised?.[0] ?? 0);
    expect(change).toBeCloseTo(1, 4);
  });
});
