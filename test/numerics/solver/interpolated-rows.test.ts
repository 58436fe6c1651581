import { describe, expect, it } from 'vitest';
import { fillNormal, noiseStream, seedWords } from '../../../shared/kernel/random.ts';
import type { Denoiser } from '../../../shared/numerics/denoiser.ts';
import { drive } from '../../../shared/numerics/drive.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { estimateOf, noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import { freezeRule } from '../../../shared/numerics/solver/freeze.ts';
import { method } from '../../../shared/numerics/solver/method.ts';
import { filled, freeze, rows } from '../../support/freeze-rows.ts';
import { borderJob, mixtureJob } from '../../support/mixture-job.ts';
import { at, initialOf, largestDeviation, need, noiseOf, tableOf } from '../support.ts';

const dim = 400;
const steps = 24;

interface Planted {
  /** x0-hat at step i in a sweep, whatever the state is. */
  readonly hatOf: (step: number, sweep: number) => Float32Array;
  readonly limit: number | ((weight: number) => number);
  readonly volatility?: Float64Array;
  readonly noisy?: boolean;
  /** Elements of the latent. */
  readonly size?: number;
}

/** A block whose x0-hat is known. */
function planted({ hatOf, limit, volatility, noisy, size = dim }: Planted) {
  const solver = { kind: 'ddim', eta: noisy ? 1 : 0 } as const;
  const table = tableOf({ steps, solver, prediction: 'denoised' });
  const stepAt = new Map([...table.timestep].map((t, i) => [t, i]));
  let called: number[] = [];
  let sweeps = 0;
  const denoiser: Denoiser = {
    async evaluate({ count, outputs, offsets, timesteps }) {
      called = [...timesteps.subarray(0, count)].map((t) => stepAt.get(t) ?? NaN);
      for (const [k, i] of called.entries()) outputs.set(hatOf(i, sweeps), at(offsets, k));
      sweeps++;
      return { forwardPasses: count, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };
    },
  };
  const noise = noiseOf(5, size);
  const shared = { table, samples: 1, dim: size, window: steps, noise, denoiser, tolerance: 0.01 };
  const interpolation =
    typeof limit === 'number' ? new Float64Array(steps).fill(limit) : table.valueWeight.map(limit);
  const problem = { ...shared, begin: 0, end: steps, method: method('secant'), interpolation };
  const state = initialOf(5, Int32Array.of(0), size);
  const left = { row: 0, state, denoised: hatOf(0, 0), ...(volatility && { volatility }) };
  const block = createSolver(problem, left);
  const sweep = async (frontier = 0, windowEnd = steps) => {
    const range = { frontier: Int32Array.of(frontier), windowEnd };
    const { rows: told, cost } = await block.sweep(range);
    return { called, rows: need(told), cost };
  };
  return { block, sweep, table };
}

function normal(step: number): Float32Array {
  const out = new Float32Array(dim);
  fillNormal(out, 0, dim, { seed: seedWords(1), stream: noiseStream.step, sample: 0, step });
  return out;
}

/** Changes by sigma a row, each time in a direction of its own. */
function randomWalk(sigma: number): (step: number) => Float32Array {
  const walk = [new Float32Array(dim)];
  for (let i = 1; i < steps; i++) {
    const [before, step] = [need(walk[i - 1]), normal(i)];
    walk.push(before.map((x, e) => x + sigma * at(step, e)));
  }
  return (step) => need(walk[step]);
}

const everyFourth = [0, 4, 8, 12, 16, 20];

describe('rows between called ones', () => {
  it('have the x0-hat of a straight line, and nothing is missed', async () => {
    const line = (step: number) => normal(0).map((x) => x * (1 + step / steps));
    const { block, sweep, table } = planted({ hatOf: line, limit: 1 });
    const { called, rows: told, cost } = await sweep();
    expect(called).toEqual(everyFourth);
    expect(cost.modelCalls).toBe(everyFourth.length);
    expect(Math.max(...told.interpolated)).toBeLessThan(1e-6);
    for (let i = 0; i < steps; i++) {
      const { from, to } = need(block.evaluated?.(i));
      const keep = at(table.rolloutScale, i);
      const pull = at(table.signal, i + 1) - keep * at(table.signal, i);
      const own = line(i).map((hat, e) => keep * at(from, e) + pull * hat);
      expect(largestDeviation(to, own)).toBeLessThan(1e-5);
    }
  });

  it('are called where leaving them out would cost more than they may', async () => {
    const { sweep } = planted({ hatOf: randomWalk(0.1), limit: 1e-9 });
    await sweep();
    const { called, rows: told } = await sweep();
    expect(called).toHaveLength(steps);
    expect([...told.interpolated]).toEqual(Array.from({ length: steps }, () => 0));
  });

  it('say what a Brownian bridge misses, by the changes of the rows that were called', async () => {
    const sigma = 1e-3;
    const { sweep, table } = planted({ hatOf: randomWalk(sigma), limit: 1 });
    const { called, rows: told } = await sweep();
    expect(called).toEqual(everyFourth);
    for (const i of [5, 6, 7, 13, 14, 15]) {
      const bridge = Math.sqrt(((i % 4) * (4 - (i % 4))) / 4);
      const missed = at(told.interpolated, i) / at(table.valueWeight, i);
      expect(missed / (sigma * bridge)).toBeGreaterThan(0.9);
      expect(missed / (sigma * bridge)).toBeLessThan(1.1);
    }
    for (const i of everyFourth) expect(at(told.interpolated, i)).toBe(0);
  });

  it('of large latents are measured by the group that changes most', async () => {
    const [sigma, size] = [1e-3, 4096];
    const walk = randomWalk(sigma);
    // one group of four changes, the others stay
    const hatOf = (step: number): Float32Array => {
      const hat = new Float32Array(size);
      for (let e = 1024; e < 2048; e++) hat[e] = at(walk(step), e % dim);
      return hat;
    };
    const { sweep, table } = planted({ hatOf, limit: 1, size });
    const { rows: told } = await sweep();
    const missed = at(told.interpolated, 6) / at(table.valueWeight, 6);
    // the RMS of the whole latent changes by half of it
    expect(missed).toBeGreaterThan(0.9 * sigma);
    expect(missed).toBeLessThan(1.1 * sigma);
  });

  it('are left out at once by a block that is told how x0-hat changes in front of it', async () => {
    const limit = 1e-6;
    const still = (): Float32Array => normal(0);
    const here = { hatOf: still, limit };
    expect((await planted(here).sweep()).called).toHaveLength(steps);
    const { block, sweep } = planted({ ...here, volatility: Float64Array.of(1e-7) });
    expect((await sweep()).called).toEqual(everyFourth);
    expect(at(need(block.volatility?.()), 0)).toBeLessThan(1e-6);
    expect(block.edge().volatility).toEqual(block.volatility?.());
  });

  it('are measured in every sweep: one of a few is called', async () => {
    const { sweep } = planted({ hatOf: randomWalk(1e-3), limit: 1 });
    expect((await sweep(0, 3)).called).toEqual([0, 1, 2]);
    expect((await sweep(0, 4)).called).toEqual([0, 2, 3]);
    expect((await sweep(0, 6)).called).toEqual([0, 3, 4]);
    const noisy = planted({ hatOf: randomWalk(1e-3), limit: 1, noisy: true });
    expect((await noisy.sweep(0, 4)).called).toEqual([0, 2]);
    const sigma = at(need(noisy.block.volatility?.()), 0);
    expect(sigma / 1e-3).toBeGreaterThan(0.9);
    expect(sigma / 1e-3).toBeLessThan(1.1);
  });

  it('are called where they may freeze in this round, left out where they only enter', async () => {
    const sigma = 1e-3;
    // twice what a row in the middle of four may leave, 1.4 times what one of two may
    const volatility = Float64Array.of(sigma);
    const limit = (weight: number): number => (weight * sigma) / 2;
    const { sweep } = planted({ hatOf: randomWalk(sigma), limit, volatility });
    expect((await sweep(0, 16)).called).toEqual([0, 4, 8, 12, 15]);
    const { called } = await sweep(5);
    // 1.2 times 5 rows from 5 on
    expect(called.filter((i) => i < 11)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(called.filter((i) => i >= 16)).toEqual([16, 20, 23]);
  });

  it('of a noisy chain are called four further on: narrow windows freeze few', async () => {
    const sigma = 1e-3;
    const volatility = Float64Array.of(sigma);
    // less than half of what a row between two misses: none moves with its neighbours
    const limit = (weight: number): number => (weight * sigma) / 3;
    const { sweep } = planted({ hatOf: randomWalk(sigma), limit, volatility, noisy: true });
    await sweep(0, 16);
    const { called } = await sweep(5);
    expect(called.filter((i) => i < 15)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(called.filter((i) => i >= 16)).toEqual([16, 20, 22]);
  });

  it('are sooner called where they enter and may freeze at once', async () => {
    const sigma = 1e-3;
    const volatility = Float64Array.of(sigma);
    // a row between two misses more than three quarters of it, and less than all of it
    const limit = (weight: number): number => 0.8 * weight * sigma;
    const { sweep } = planted({ hatOf: randomWalk(sigma), limit, volatility, noisy: true });
    await sweep(0, 16);
    const { called } = await sweep(8);
    // 1.2 times 8 rows and four from 8 on
    expect(called.filter((i) => i >= 16 && i < 21)).toEqual([16, 17, 18, 19, 20]);
    expect(called.filter((i) => i < 16).length).toBeLessThan(6);
  });

  it('keep their places as the frontier moves, beside its own', async () => {
    const { sweep } = planted({ hatOf: randomWalk(1e-3), limit: 1 });
    await sweep();
    expect((await sweep(5)).called).toEqual([5, ...everyFourth.slice(2)]);
    expect((await sweep(22)).called).toEqual([22, 23]);
  });

  it('do not take what interpolation missed for what the step makes of a movement', async () => {
    const { sweep } = planted({ hatOf: randomWalk(1e-3), limit: 1 });
    const ends = [8, 16, 24];
    for (const end of ends) await sweep(0, end);
    const { rows: told } = await sweep();
    // x0-hat does not depend on the state: no step makes more of a movement than its scale of x
    expect(Math.max(...told.gain)).toBeLessThan(1.2);
  });
});

describe('rows at the end of a block', () => {
  const line = (step: number) => normal(0).map((x) => x * (1 + step / steps));
  const hatAt = ({ block, table }: ReturnType<typeof planted>, i: number): Float32Array => {
    const { from, to } = need(block.evaluated?.(i));
    const keep = at(table.rolloutScale, i);
    const pull = at(table.signal, i + 1) - keep * at(table.signal, i);
    return to.map((x, e) => (x - keep * at(from, e)) / pull);
  };

  it('go on as a smooth trajectory went', async () => {
    const smooth = planted({ hatOf: line, limit: 1 });
    expect((await smooth.sweep()).called.at(-1)).toBe(20);
    for (const i of [21, 22, 23]) {
      expect(largestDeviation(hatAt(smooth, i), line(i))).toBeLessThan(1e-3);
    }
  });

  it('stay where a noisy one was, and miss what it changed by since', async () => {
    const sigma = 1e-3;
    const noisy = planted({ hatOf: randomWalk(sigma), limit: 1, noisy: true });
    const { called, rows: told } = await noisy.sweep();
    expect(called.at(-1)).toBe(20);
    for (const [i, past] of [
      [21, 1],
      [22, 2],
      [23, 3],
    ] as const) {
      const missed = at(told.interpolated, i) / at(noisy.table.valueWeight, i);
      expect(missed / (sigma * Math.sqrt(past))).toBeCloseTo(1, 0);
    }
  });
});

describe('rows that take the change of their neighbours', () => {
  const sigma = 1e-3;
  const walk = randomWalk(sigma);
  // less than what a row between two others misses: no line will do, but they are near
  const limit = (weight: number): number => (weight * sigma) / 2;
  /** All rows change alike from sweep to sweep. */
  const hatOf = (step: number, sweep: number): Float32Array =>
    walk(step).map((x, e) => x + 1e-4 * sweep * at(normal(100), e));
  // so that all are called at first
  const volatility = Float64Array.of(10 * sigma);

  it('keep what is their own, and miss what neighbours do not tell', async () => {
    const { block, sweep, table } = planted({ hatOf, limit, volatility, noisy: true });
    expect((await sweep()).called).toHaveLength(steps);
    // how alike changes are is measured by rows that moved too far to be told by others
    expect((await sweep()).called.length).toBeGreaterThan(2);
    const before = Array.from({ length: steps }, (_, i) => need(block.evaluated?.(i)));
    const { called, rows: told } = await sweep();
    expect(called).toEqual([0, 16]);
    for (const i of [5, 12, 20]) {
      const [old, now] = [need(before[i]), need(block.evaluated?.(i))];
      const keep = at(table.rolloutScale, i);
      const pull = at(table.signal, i + 1) - keep * at(table.signal, i);
      // the noise of a step is the same in both sweeps
      const change = now.to.map((x, e) => {
        return (x - at(old.to, e) - keep * (at(now.from, e) - at(old.from, e))) / pull;
      });
      const wanted = normal(100).map((x) => 1e-4 * x);
      expect(rmsDifference(change, 0, wanted, 0, dim)).toBeLessThan(5e-6);
      expect(at(told.interpolated, i)).toBeLessThanOrEqual(limit(at(table.valueWeight, i)));
    }
    expect(Math.max(...told.gain)).toBeLessThan(1.2);
  });

  it('are called where even the nearest rows are far apart', async () => {
    const half = (weight: number): number => limit(weight) / 2;
    const { sweep } = planted({ hatOf, limit: half, volatility, noisy: true });
    for (let k = 0; k < 2; k++) await sweep();
    expect((await sweep()).called.length).toBeGreaterThan(20);
  });

  it('are called on a smooth trajectory, and where they were not called before', async () => {
    const smooth = planted({ hatOf, limit, volatility });
    await smooth.sweep();
    expect((await smooth.sweep()).called).toHaveLength(steps);
    const told = { hatOf, volatility: Float64Array.of(sigma), noisy: true };
    const loose = planted({ ...told, limit: (weight) => weight * sigma });
    expect((await loose.sweep()).called).toEqual(everyFourth);
    const { called } = await loose.sweep();
    expect(called.filter((i) => i % 4 === 0)).toEqual([0, 12, 16, 20]);
  });

  it('are called where changes differ', async () => {
    const torn = (step: number, sweep: number): Float32Array =>
      walk(step).map((x, e) => x + sigma * sweep * at(normal(100 + step), e));
    const { sweep } = planted({ hatOf: torn, limit, volatility, noisy: true });
    await sweep();
    expect((await sweep()).called.length).toBeGreaterThan(2);
    await sweep();
    expect((await sweep()).called).toHaveLength(steps);
  });
});

describe('a job that leaves rows out', () => {
  it.each([
    { solver: 'ddim', steps: 100, window: 100 },
    { solver: 'ddim', steps: 100, window: 16 },
    { solver: 'ddpm', steps: 500, window: 48 },
  ] as const)('ends at the sequential sample: $solver-$steps, W = $window', async (options) => {
    const seeds = [1, 2, 3];
    const costs = { calls: 0, rounds: 0 };
    const before = { calls: 0, rounds: 0 };
    for (const seed of seeds) {
      const given = { ...options, method: 'secant', seed, blocks: 3 } as const;
      const job = mixtureJob({ ...given, interpolate: true });
      const wanted = need((await job.reference()).at(-1));
      const { problem } = job;
      const found = await drive(problem);
      const error = rmsDifference(found.samples, 0, wanted, 0, wanted.length);
      expect(error).toBeLessThan(problem.tolerance);
      expect(found.errorEstimate).toBeGreaterThan(error);
      costs.calls += found.modelCalls;
      costs.rounds += found.rounds;
      const every = await drive({ ...problem, interpolation: undefined });
      before.calls += every.modelCalls;
      before.rounds += every.rounds;
    }
    expect(costs.calls).toBeLessThan(0.9 * before.calls);
    expect(costs.rounds).toBeLessThan(1.1 * before.rounds + seeds.length);
  });

  it('calls every row once its rounds start again', async () => {
    const options = { solver: 'ddim', steps: 50, method: 'secant', interpolate: true } as const;
    const { problem } = await borderJob(options, 1e-3);
    const calls: number[] = [];
    const { restarts, rounds } = await drive(problem, (round) => calls.push(round.modelCalls));
    expect(restarts).toBeGreaterThan(0);
    expect(rounds).toBe(calls.length);
    // the first round is one row, and freezes it
    const perRound = calls.map((count, k) => count - (calls[k - 1] ?? 0));
    expect(at(perRound, 1)).toBeLessThan(49);
    expect(Math.max(...perRound)).toBe(49);
  });
});

describe('what rows that were left out cost', () => {
  const limits = new Float64Array(8).fill(1e-4);
  const table = tableOf({ steps: 8 });
  const rule = { ...freezeRule(table, { tolerance: 0.01, interpolation: limits }, 'secant') };
  const passing = (defect: number) => {
    const given = rows(0, new Array<number>(8).fill(1e-7), { interpolated: filled(defect) });
    return freeze(rule, [{ rows: given }]);
  };

  it('adds up as squares, and is in the estimate', () => {
    const { errors, errorEstimate, frontier } = passing(1e-4);
    expect([...frontier]).toEqual([8]);
    expect(at(errors.interpolated, 0)).toBeCloseTo(1e-4 * Math.sqrt(8), 8);
    expect(at(errors.interpolated, 1)).toBeCloseTo(1e-4 * Math.sqrt(8), 8);
    expect(errorEstimate).toBeCloseTo(3.75e-4 * Math.sqrt(8), 8);
    const told = { ...noErrors(1), interpolated: Float64Array.of(1e-3, 2e-3) };
    expect(estimateOf(told, 1)).toBeCloseTo(7.5e-3, 12);
  });

  it('is carried on by gains, and reaches the sample as far as late steps leave it', () => {
    const contraction = new Float64Array(8).fill(0.1);
    const more = { interpolated: filled(1e-4), nearGain: filled(0.5) };
    const given = rows(0, new Array<number>(8).fill(1e-7), more);
    const { errors } = freeze({ ...rule, contraction }, [{ rows: given }]);
    expect(at(errors.interpolated, 0)).toBeCloseTo(1e-5 * Math.sqrt(8), 9);
    const carried = 1e-4 * Math.sqrt((1 - 0.25 ** 8) / (1 - 0.25));
    expect(at(errors.interpolated, 1)).toBeCloseTo(carried, 8);
  });

  it('keeps a row that may not leave as much', () => {
    expect([...passing(2.1e-4).frontier]).toEqual([1]);
  });
});
