import { describe, expect, it } from 'vitest';
import { fillNormal, seedWords } from '../../shared/kernel/random.ts';
import {
  scheduleLevels,
  analyticDenoiser,
  classConditionalDenoiser,
  gaussianMixture,
  jittered,
  mixturePredictor,
  sixModes,
  subMixture,
} from '../../shared/numerics/analytic.ts';
import type { GaussianMixture } from '../../shared/numerics/analytic.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import {
  levelOf,
  predictions,
  toEpsilon,
  type Level,
  type Prediction,
} from '../../shared/numerics/parameterization.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { rms } from '../../shared/numerics/vector.ts';
import { at, largestDeviation, modeOf } from './support.ts';

/** ln of the density of x at one level, straight from the definition. */
function logDensity(mixture: GaussianMixture, alphaBar: number, x: ArrayLike<number>): number {
  const { means, modes, dim, std, logWeights } = mixture;
  const { signal, sigma } = levelOf(alphaBar);
  const v = (signal * std) ** 2 + sigma ** 2;
  const terms = Array.from({ length: modes }, (_, j) => {
    let square = 0;
    for (let e = 0; e < dim; e++) square += (at(x, e) - signal * at(means, j * dim + e)) ** 2;
    return at(logWeights, j) - square / (2 * v);
  });
  const max = Math.max(...terms);
  return max + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - max), 0));
}

function predicted(mixture: GaussianMixture, level: Level, kind: Prediction, x: Float32Array) {
  const out = new Float32Array(x.length);
  mixturePredictor(mixture, kind)(level, x, out, 0);
  return out;
}

function someState(dim: number, sample = 0): Float32Array {
  const x = new Float32Array(dim);
  fillNormal(x, 0, dim, { seed: seedWords(3), stream: 4, sample, step: 1 });
  return x;
}

async function evaluated(denoiser: Denoiser, x: Float32Array, t: number, samples: number[]) {
  const dim = x.length / samples.length;
  const outputs = new Float32Array(x.length);
  const cost = await denoiser.evaluate({
    count: samples.length,
    dim,
    states: x,
    outputs,
    offsets: Int32Array.from(samples, (_, k) => k * dim),
    timesteps: new Float64Array(samples.length).fill(t),
    samples: Int32Array.from(samples),
  });
  return { outputs, cost };
}

describe('mixturePredictor', () => {
  const few = gaussianMixture({
    means: Float32Array.of(1, 0, -1, 0.5, 0, -2, 0.3, 0.2, 1, -1, -1, 1, 2, 0, 0),
    modes: 5,
    dim: 3,
    std: 0.4,
    logWeights: Float64Array.of(0, -1, 0.5, -0.2, -2),
  });

  it('is -sg times the gradient of the log density', () => {
    const x = Float32Array.of(0.3, -0.4, 0.6);
    const h = 1e-5;
    for (const alphaBar of [0.001, 0.2, 0.5, 0.8]) {
      const { sigma } = levelOf(alphaBar);
      const eps = predicted(few, levelOf(alphaBar), 'epsilon', x);
      for (let e = 0; e < 3; e++) {
        const moved = (by: number): number =>
          logDensity(
            few,
            alphaBar,
            Array.from(x, (value, k) => (k === e ? value + by : value)),
          );
        const slope = (moved(h) - moved(-h)) / (2 * h);
        expect(at(eps, e)).toBeCloseTo(-sigma * slope, 5);
      }
    }
  });

  it('agrees between the predictions', () => {
    const mixture = sixModes(16);
    const x = someState(16);
    for (const alphaBar of [0.01, 0.4, 0.95]) {
      for (const kind of predictions) {
        const level =
          kind === 'flow' ? { signal: alphaBar, sigma: 1 - alphaBar } : levelOf(alphaBar);
        const eps = predicted(mixture, level, 'epsilon', x);
        const by = toEpsilon(kind, level);
        const expected = predicted(mixture, level, kind, x).map(
          (d, e) => by.fromState * at(x, e) + by.fromOutput * d,
        );
        expect(largestDeviation(expected, eps), kind).toBeLessThan(1e-5);
      }
    }
  });

  it('is linear with slope sg/v for one Gaussian', () => {
    const mu = Float32Array.of(0.5, -0.25);
    const one = gaussianMixture({ means: mu, modes: 1, dim: 2, std: 0.5 });
    const alphaBar = 0.36;
    const v = 0.36 * 0.25 + 0.64;
    const x = Float32Array.of(1.5, 0.75);
    const expected = Float32Array.from(x, (value, e) => (0.8 / v) * (value - 0.6 * at(mu, e)));
    expect(
      largestDeviation(predicted(one, levelOf(alphaBar), 'epsilon', x), expected),
    ).toBeLessThan(1e-7);
  });

  it('neither overflows nor underflows far from every mode or with tiny weights', () => {
    const mixture = gaussianMixture({ ...few, std: 1e-3 });
    for (const scale of [0, 1, 1e4, 1e18]) {
      for (const alphaBar of [0, 1e-9, 0.5, 1 - 1e-9, 1]) {
        const x = Float32Array.of(scale, -scale, scale);
        for (const kind of ['epsilon', 'denoised', 'velocity'] as const) {
          const out = predicted(mixture, levelOf(alphaBar), kind, x);
          expect(out.every(Number.isFinite), `${scale} ${alphaBar} ${kind}`).toBe(true);
        }
      }
    }
  });

  it('returns the nearest mode at low noise and the mean of all at pure noise', () => {
    const mixture = sixModes();
    const near = modeOf(mixture, 4).slice();
    const out = predicted(mixture, levelOf(0.9999), 'denoised', near);
    expect(rmsDifference(out, 0, near, 0, 64)).toBeLessThan(0.02);
    const mean = Float32Array.from({ length: 64 }, (_, e) => {
      let sum = 0;
      for (let j = 0; j < 6; j++) sum += at(modeOf(mixture, j), e);
      return sum / 6;
    });
    expect(largestDeviation(predicted(mixture, levelOf(0), 'denoised', near), mean)).toBeLessThan(
      1e-6,
    );
  });
});

describe('sixModes', () => {
  it('is the same mixture on every machine, with means of RMS 1 well apart', () => {
    const mixture = sixModes();
    expect([mixture.modes, mixture.dim, mixture.std]).toEqual([6, 64, 0.3]);
    for (let j = 0; j < 6; j++) {
      expect(rms(mixture.means, j * 64, 64)).toBeCloseTo(1, 6);
      for (let k = 0; k < j; k++) {
        expect(rmsDifference(mixture.means, j * 64, mixture.means, k * 64, 64)).toBeGreaterThan(1);
      }
    }
    expect(sixModes().means).toEqual(mixture.means);
  });
});

describe('denoisers', () => {
  const mixture = sixModes(8);
  const levelAt = scheduleLevels(Float64Array.of(0.9, 0.5, 0.1));
  const x = Float32Array.from([...someState(8, 0), ...someState(8, 1)]);

  it('evaluate each row at its own time and count the calls', async () => {
    const denoiser = analyticDenoiser(mixture, levelAt, 'epsilon');
    const { outputs, cost } = await evaluated(denoiser, x, 1, [0, 7]);
    expect(outputs.subarray(0, 8)).toEqual(
      predicted(mixture, levelOf(0.5), 'epsilon', x.slice(0, 8)),
    );
    expect(outputs.subarray(8)).toEqual(predicted(mixture, levelOf(0.5), 'epsilon', x.slice(8)));
    expect(cost).toEqual({
      forwardPasses: 2,
      microBatches: 1,
      modelMs: 0,
      queueMs: 0,
      elapsedMs: 0,
    });
    await expect(evaluated(denoiser, x, 3, [0, 7])).rejects.toThrow('timestep: found 3');
    await expect(evaluated(denoiser, x, 0, [0])).rejects.toThrow('differ in length');
  });

  it('select the modes of the class of each sample', async () => {
    const classes = [Int32Array.of(0, 1, 2), Int32Array.of(4)];
    const denoiser = classConditionalDenoiser({
      mixture,
      levelAt,
      prediction: 'denoised',
      classes,
      classOf: (sample) => (sample === 9 ? -1 : sample),
    });
    const { outputs } = await evaluated(denoiser, x, 2, [1, 9]);
    const one = subMixture(mixture, Int32Array.of(4));
    expect(outputs.subarray(0, 8)).toEqual(predicted(one, levelOf(0.1), 'denoised', x.slice(0, 8)));
    expect(outputs.subarray(8)).toEqual(predicted(mixture, levelOf(0.1), 'denoised', x.slice(8)));
    await expect(evaluated(denoiser, x, 2, [1, 2])).rejects.toThrow('class: found 2');
  });

  it('jitter differently in every evaluation, by the asked amount, from a seed', async () => {
    const exact = analyticDenoiser(mixture, levelAt, 'epsilon');
    const noisy = () => jittered(exact, seedWords(5), 1e-2);
    const first = noisy();
    const [a, b, again] = [
      await evaluated(first, x, 1, [0, 1]),
      await evaluated(first, x, 1, [0, 1]),
      await evaluated(noisy(), x, 1, [0, 1]),
    ];
    const clean = await evaluated(exact, x, 1, [0, 1]);
    expect(again.outputs).toEqual(a.outputs);
    expect(a.outputs).not.toEqual(b.outputs);
    const amount = rmsDifference(a.outputs, 0, clean.outputs, 0, 16);
    expect(amount).toBeGreaterThan(0.5e-2);
    expect(amount).toBeLessThan(2e-2);
  });
});

describe('gaussianMixture', () => {
  it('names the field it refuses', () => {
    const options = { means: new Float32Array(6), modes: 2, dim: 3, std: 0.1 };
    expect(() => gaussianMixture({ ...options, modes: 3 })).toThrow('means.length: found 6');
    expect(() => gaussianMixture({ ...options, std: 0 })).toThrow('std: found 0');
    expect(() => gaussianMixture({ ...options, logWeights: new Float64Array(1) })).toThrow(
      'logWeights.length: found 1',
    );
    expect(() => subMixture(gaussianMixture(options), Int32Array.of(2))).toThrow('mode: found 2');
    expect(() => subMixture(gaussianMixture(options), Int32Array.of())).toThrow('modes: found 0');
  });
});
