import { describe, expect, it } from 'vitest';
import { analyticDenoiser, gaussianMixture, sixModes } from '../../shared/numerics/analytic.ts';
import { gaussianPrior } from '../../shared/numerics/linearization.ts';
import { sequential } from '../../shared/numerics/sequential.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { rms } from '../../shared/numerics/vector.ts';
import { levelsOf, at, initialOf, modeOf, noiseOf, tableOf } from './support.ts';

const dim = 64;
const mixture = sixModes(dim);

function problem(table: StepTable, samples = Int32Array.of(0, 1, 2), model = mixture) {
  const denoiser = analyticDenoiser(model, levelsOf(table), table.prediction);
  const initial = initialOf(7, samples, dim);
  return { table, denoiser, noise: noiseOf(7, dim), initial, samples, dim };
}

describe('sequential', () => {
  it.each([{ kind: 'ddim', eta: 0 }, { kind: 'ddim', eta: 0.5 }, { kind: 'ddpm' }] as const)(
    'ends near a mode, at the distance of the data: %o',
    async (solver) => {
      const samples = Int32Array.from({ length: 24 }, (_, k) => k);
      const result = await sequential(problem(tableOf({ steps: 200, solver }), samples));
      let square = 0;
      for (const k of samples) {
        const distances = [0, 1, 2, 3, 4, 5].map((j) =>
          rmsDifference(result, k * dim, modeOf(mixture, j), 0, dim),
        );
        const nearest = Math.min(...distances);
        expect(nearest).toBeLessThan(0.45);
        square += nearest ** 2 / samples.length;
      }
      expect(Math.abs(Math.sqrt(square) - 0.3)).toBeLessThan(0.02);
    },
  );

  it('steps literally: x = a x + b D + c xi, rounded once', async () => {
    const table = tableOf({ steps: 3, solver: { kind: 'ddpm' } });
    const denoiser = {
      evaluate: async (rows: { outputs: Float32Array; timesteps: Float64Array }) => {
        rows.outputs.fill(at(rows.timesteps, 0) / 1000);
        return { forwardPasses: 1, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };
      },
    };
    const seen: number[] = [];
    const asked: string[] = [];
    await sequential(
      {
        table,
        denoiser,
        noise: (step, sample, out, start) => {
          asked.push(`${step}/${sample}`);
          out[start] = 0.1 * (step + 1);
        },
        initial: Float32Array.of(0.3),
        samples: Int32Array.of(5),
        dim: 1,
      },
      (row, states) => seen.push(row, at(states, 0)),
    );
    const expected: number[] = [];
    let x = Math.fround(0.3);
    for (let i = 0; i < 3; i++) {
      const d = Math.fround(at(table.timestep, i) / 1000);
      const [a, b, c] = [table.stateScale, table.outputScale, table.noiseScale].map((v) =>
        at(v, i),
      );
      if (a === undefined || b === undefined || c === undefined) throw new Error('no coefficients');
      x = Math.fround(a * x + b * d + (c === 0 ? 0 : c * Math.fround(0.1 * (i + 1))));
      expected.push(i + 1, x);
    }
    expect(seen).toEqual(expected);
    expect(asked).toEqual(['0/5', '1/5']);
  });

  it('gives the same sample alone and in a batch, whatever the prediction type', async () => {
    const table = tableOf({ solver: { kind: 'ddpm' } });
    const all = await sequential(problem(table, Int32Array.of(4, 9, 2)));
    const alone = await sequential(problem(table, Int32Array.of(9)));
    expect(all.subarray(dim, 2 * dim)).toEqual(alone);
    for (const prediction of ['denoised', 'velocity'] as const) {
      const other = await sequential(
        problem(tableOf({ solver: { kind: 'ddpm' }, prediction }), Int32Array.of(9)),
      );
      expect(rmsDifference(other, 0, alone, 0, dim)).toBeLessThan(1e-5);
    }
  });

  it('leaves the initial states as they were', async () => {
    const given = problem(tableOf());
    const before = given.initial.slice();
    await sequential(given);
    expect(given.initial).toEqual(before);
  });
});

describe('one Gaussian', () => {
  const std = 0.5;
  const mean = modeOf(mixture, 0);
  const single = gaussianMixture({ means: mean, modes: 1, dim, std });

  it('is multiplied by the product of (2.2) (numerics.md 9.1)', async () => {
    const table = tableOf({ steps: 40, terminalAlphaBar: 1 });
    const given = problem(table, Int32Array.of(0), single);
    const result = await sequential(given);
    const factor = gaussianPrior(table, std).reduce((product, j) => product * j, 1);
    const expected = given.initial.map((x, e) => {
      const centred = x - at(table.signal, 0) * at(mean, e);
      return at(mean, e) + factor * centred;
    });
    expect(rmsDifference(result, 0, expected, 0, dim)).toBeLessThan(1e-5);
  });

  it('converges with order 1 to the flow sqrt(v1/v0)', async () => {
    const errors: [number, number][] = [];
    for (const steps of [25, 50, 100, 200]) {
      // Leading times 0 .. 999 - T/N would move the start with N: trailing starts at 999 always.
      const table = tableOf({ steps, spacing: 'trailing', terminalAlphaBar: 1 });
      const given = problem(table, Int32Array.of(0), single);
      const result = await sequential(given);
      const start = at(table.signal, 0) ** 2;
      const ratio = Math.sqrt((std * std) / (start * std * std + 1 - start));
      const exact = given.initial.map((x, e) => {
        return at(mean, e) + ratio * (x - Math.sqrt(start) * at(mean, e));
      });
      errors.push([Math.log(steps), Math.log(rmsDifference(result, 0, exact, 0, dim))]);
    }
    const slope = regressionSlope(errors);
    expect(slope).toBeGreaterThan(-1.15);
    expect(slope).toBeLessThan(-0.85);
  });

  it('reaches the deviation of the data with DDPM noise', async () => {
    const samples = Int32Array.from({ length: 64 }, (_, k) => k);
    const table = tableOf({ steps: 250, solver: { kind: 'ddpm' } });
    const result = await sequential(problem(table, samples, single));
    const centred = result.map((x, e) => x - at(mean, e % dim));
    expect(Math.abs(rms(centred, 0, centred.length) / std - 1)).toBeLessThan(0.04);
  });
});

/** Least squares through (x, y). */
function regressionSlope(points: [number, number][]): number {
  const mean = (pick: (p: [number, number]) => number): number =>
    points.reduce((sum, p) => sum + pick(p), 0) / points.length;
  const [mx, my] = [mean((p) => p[0]), mean((p) => p[1])];
  const xy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return xy / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
