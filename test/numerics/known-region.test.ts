import { expect, it } from 'vitest';
import type { Denoiser, Rows } from '../../shared/numerics/denoiser.ts';
import { withKnownRegion } from '../../shared/numerics/known-region.ts';
import { predictions, toDenoised } from '../../shared/numerics/parameterization.ts';

const cost = { forwardPasses: 2, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };

/** Says 10 everywhere. */
const tens: Denoiser = {
  evaluate: (rows) => {
    rows.outputs.fill(10);
    return Promise.resolve(cost);
  },
};

const timesteps = Float64Array.of(900, 500);
const signals = Float64Array.of(0.3, 0.7, 1);
const sigmas = Float64Array.of(Math.sqrt(1 - 0.09), Math.sqrt(1 - 0.49), 0);

it.each(predictions)('makes x0-hat what is known, for a network of %s', async (prediction) => {
  // the second row is of sample 1, at the second level, and lies in front of the first one
  const rows: Rows = {
    count: 2,
    dim: 3,
    states: Float32Array.of(0.1, -0.2, 0.3, 0.4, 0.5, -0.6),
    outputs: new Float32Array(6),
    offsets: Int32Array.of(3, 0),
    timesteps: Float64Array.of(900, 500),
    samples: Int32Array.of(0, 1),
  };
  const known = Float32Array.of(1, 2, 3, -1, -2, -3);
  const mask = Float32Array.of(0, 1, 0.5, 1, 0, 0);
  const region = { known, mask, prediction, timesteps, signals, sigmas };
  expect(await withKnownRegion(tens, region).evaluate(rows)).toEqual(cost);
  for (const [row, sample, at] of [
    [0, 0, 3],
    [1, 1, 0],
  ] as const) {
    const level = { signal: signals[row] ?? NaN, sigma: sigmas[row] ?? NaN };
    const { fromState, fromOutput } = toDenoised(prediction, level);
    const x0 = (output: number, e: number) =>
      fromState * (rows.states[at + e] ?? NaN) + fromOutput * output;
    for (let e = 0; e < 3; e++) {
      const share = mask[3 * sample + e] ?? NaN;
      const wanted = share * x0(10, e) + (1 - share) * (known[3 * sample + e] ?? NaN);
      expect(x0(rows.outputs[at + e] ?? NaN, e)).toBeCloseTo(wanted, 4);
    }
  }
});
