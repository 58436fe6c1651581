import { describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../shared/numerics/denoiser.ts';
import type { BlockSolver } from '../../../shared/numerics/solver/block-solver.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { method } from '../../../shared/numerics/solver/method.ts';
import { at, initialOf, largestDeviation, noiseOf, tableOf } from '../support.ts';

const dim = 6;
const steps = 16;
const samples = 2;

/**
 * A block of two samples whose x0-hat is u + al v, whatever the state is: each sample has its own
 * v. The model predicts x0-hat itself, and returns NaN where it is told to.
 */
function planted(kind: 'ddim' | 'ddpm') {
  const solver = kind === 'ddpm' ? ({ kind } as const) : ({ kind, eta: 0 } as const);
  const table = tableOf({ steps, solver, prediction: 'denoised' });
  const stepAt = new Map([...table.timestep].map((t, i) => [t, i]));
  /** x0-hat of both samples where the signal is that of a row. */
  const hatAt = (row: number): Float32Array =>
    Float32Array.from(
      { length: samples * dim },
      (_, e) => Math.cos(e) + at(table.signal, row) * (1 + Math.sin(3 * e)),
    );
  /** States that the model saw, by step and sample, in the last sweep. */
  const seen = new Map<string, Float32Array>();
  const broken = new Set<string>();
  const denoiser: Denoiser = {
    async evaluate({ count, states, outputs, offsets, timesteps, samples: sampleOf }) {
      for (let k = 0; k < count; k++) {
        const [i, m, from] = [stepAt.get(at(timesteps, k)) ?? NaN, at(sampleOf, k), at(offsets, k)];
        seen.set(`${i}/${m}`, states.slice(from, from + dim));
        const hat = hatAt(i).subarray(m * dim, (m + 1) * dim);
        outputs.set(broken.has(`${i}/${m}`) ? hat.map(() => NaN) : hat, from);
      }
      return { forwardPasses: count, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };
    },
  };
  const noise = noiseOf(5, dim);
  const shared = { table, samples, dim, window: steps, noise, denoiser, tolerance: 0.01 };
  const problem = { ...shared, begin: 0, end: steps, method: method('secant') };
  const initial = initialOf(5, Int32Array.of(0, 1), dim);
  const block = createSolver(problem, { row: 0, state: initial });
  const sweep = (windowEnd: number, frontier = 0): ReturnType<BlockSolver['sweep']> => {
    seen.clear();
    return block.sweep({ frontier: new Int32Array(samples).fill(frontier), windowEnd }, undefined);
  };
  /** The state that row `to` enters with where x0-hat is `hat` at row `to - 1`. */
  const rolled = (to: number, m: number, hat: Float32Array): Float32Array => {
    const [j, own] = [to - 1, hat.subarray(m * dim, (m + 1) * dim)];
    const keep = at(table.rolloutScale, j);
    const pull = at(table.signal, to) - keep * at(table.signal, j);
    const xi = new Float32Array(dim);
    noise(j, m, xi, 0);
    const before = seen.get(`${j}/${m}`) ?? new Float32Array(dim);
    return before.map((x, e) => keep * x + pull * at(own, e) + at(table.noiseScale, j) * at(xi, e));
  };
  return { block, sweep, hatAt, seen, broken, rolled };
}

/** How far the states that rows `from` .. 11 entered with are from a roll-out of these x0-hats. */
function offFrom(
  { seen, rolled }: ReturnType<typeof planted>,
  from: number,
  hatOf: (row: number) => Float32Array,
): number {
  let worst = 0;
  for (let to = from; to < 12; to++) {
    for (let m = 0; m < samples; m++) {
      const found = seen.get(`${to}/${m}`) ?? new Float32Array();
      worst = Math.max(worst, largestDeviation(found, rolled(to, m, hatOf(to - 1))));
    }
  }
  return worst;
}

function denoisedOf(block: BlockSolver): Float32Array {
  return block.denoised() ?? new Float32Array();
}

describe('rows that enter a deterministic sampler', () => {
  it('follow an x0-hat that is linear in the signal exactly', async () => {
    const own = planted('ddim');
    await own.sweep(1);
    await own.sweep(6);
    await own.sweep(12);
    // row 6 has entered before
    expect(offFrom(own, 7, own.hatAt)).toBeLessThan(1e-6);
    // which says something: the constant is far away
    expect(offFrom(own, 7, () => own.hatAt(5))).toBeGreaterThan(1e-2);
  });

  it('keep the constant while one row was evaluated', async () => {
    const own = planted('ddim');
    await own.sweep(1);
    expect(denoisedOf(own.block)).toEqual(own.hatAt(0));
    await own.sweep(12);
    expect(offFrom(own, 2, () => own.hatAt(0))).toBeLessThan(1e-6);
  });

  it('keep the constant where all rows but the last are frozen', async () => {
    const own = planted('ddim');
    await own.sweep(1);
    await own.sweep(6);
    await own.sweep(6, 5);
    expect(denoisedOf(own.block)).toEqual(own.hatAt(5));
    await own.sweep(12, 5);
    expect(offFrom(own, 7, () => own.hatAt(5))).toBeLessThan(1e-6);
  });
});

describe('the x0-hat that a block hands on', () => {
  it('is that of the row behind its edge', async () => {
    const { block, sweep, hatAt } = planted('ddim');
    await sweep(1);
    for (const windowEnd of [6, 6, 12]) {
      await sweep(windowEnd);
      expect(block.edge().row).toBe(windowEnd);
      expect(largestDeviation(denoisedOf(block), hatAt(windowEnd))).toBeLessThan(1e-6);
      expect(block.edge().denoised).toEqual(block.denoised());
    }
  });

  it('is that of its last evaluated row where noise moves it', async () => {
    const own = planted('ddpm');
    await own.sweep(1);
    await own.sweep(6);
    expect(denoisedOf(own.block)).toEqual(own.hatAt(5));
    expect(own.block.edge().denoised).toEqual(own.hatAt(5));
    await own.sweep(12);
    expect(offFrom(own, 7, () => own.hatAt(5))).toBeLessThan(1e-6);
  });
});

describe('a row without a value', () => {
  /** Sweeps six rows with one of the last two of sample 1 broken. */
  async function breaking(step: number) {
    const own = planted('ddim');
    await own.sweep(1);
    await own.sweep(4);
    own.broken.add(`${step}/1`);
    await own.sweep(6);
    return own;
  }
  const second = (values: Float32Array) => values.subarray(dim);

  it('at the edge leaves the last x0-hat and no trend, to its sample alone', async () => {
    const { block, hatAt } = await breaking(5);
    const denoised = denoisedOf(block);
    expect(second(denoised)).toEqual(second(hatAt(3)));
    expect(largestDeviation(denoised.subarray(0, dim), hatAt(6).subarray(0, dim))).toBeLessThan(
      1e-6,
    );
  });

  it('before the edge leaves the x0-hat of the edge and no trend', async () => {
    const { block, hatAt } = await breaking(4);
    expect(second(denoisedOf(block))).toEqual(second(hatAt(5)));
  });

  it.each([4, 5])('is forgotten once step %d has one again', async (step) => {
    const { block, hatAt, sweep, broken } = await breaking(step);
    broken.clear();
    await sweep(6);
    expect(largestDeviation(denoisedOf(block), hatAt(6))).toBeLessThan(1e-6);
    broken.add('9/1');
    await sweep(10);
    expect(second(denoisedOf(block))).toEqual(second(hatAt(5)));
  });
});
