/**
 * Denoisers whose answer is known: mixtures of isotropic Gaussians. No weights, no accelerator.
 *
 *   x0 ~ sum_j w_j N(mu_j, s^2 I),   x = al x0 + sg eps,   v = al^2 s^2 + sg^2
 *
 *   p_j = softmax_j( ln w_j - |x - al mu_j|^2/(2 v) ),   m = sum_j p_j mu_j
 *   eps* = (sg/v) (x - al m)
 *   x0*  = m + (al s^2/v) (x - al m)        = (al s^2/v) x + (sg^2/v) m
 *   v*   = al eps* - sg x0*                 = (al sg (1 - s^2)/v) x - (sg/v) m
 *
 * so every prediction is A x + B m. |x|^2 is common to all modes and cancels in the softmax, which
 * leaves ln w_j + (al <x, mu_j> - al^2 |mu_j|^2/2)/v: one inner product per mode.
 * Everything is float64 and rounded once, by the store. Math.exp is the engine's: these models
 * are reproducible on one engine, not across engines.
 */

import { assert, unreachable } from '../kernel/assert.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import { fillNormal, noiseStream, seedWords } from '../kernel/random.ts';
import type { SeedWords } from '../kernel/random.ts';
import type { Denoiser, EvaluationCost, Rows } from './denoiser.ts';
import { levelOf, toDenoised } from './parameterization.ts';
import type { Level, Prediction } from './parameterization.ts';
import { accumulate, combine2, combineWide, dot, projections, rms, scaleInto } from './vector.ts';

export type GaussianMixture = {
  /** mu, [modes * dim] */
  readonly means: Float32Array;
  readonly modes: number;
  readonly dim: number;
  /** s, the deviation of every mode. */
  readonly std: number;
  /** ln w_j [modes], not necessarily normalised. */
  readonly logWeights: Float64Array;
  /** |mu_j|^2/2 [modes] */
  readonly halfSquares: Float64Array;
};

export type MixtureOptions = {
  readonly means: Float32Array;
  readonly modes: number;
  readonly dim: number;
  readonly std: number;
  readonly logWeights?: Float64Array;
};

/** The mixture with what its evaluation needs computed once; weights are equal unless given. */
export function gaussianMixture(options: MixtureOptions): GaussianMixture {
  const { means, modes, dim, std, logWeights = new Float64Array(modes) } = options;
  requireInteger('dim', dim, 1, limits.latentElementsMax);
  requireInteger('means.length', means.length, modes * dim, modes * dim);
  requireInteger('logWeights.length', logWeights.length, modes, modes);
  if (!(modes > 0)) throw outOfRange('modes', modes, 'at least 1');
  if (!(std > 0 && std < Infinity)) throw outOfRange('std', std, 'above 0 and finite');
  const halfSquares = new Float64Array(modes);
  for (let j = 0; j < modes; j++) halfSquares[j] = dot(means, j * dim, means, j * dim, dim) / 2;
  return { means, modes, dim, std, logWeights, halfSquares };
}

/** The mixture of some of the modes: what a class condition leaves of the data. */
export function subMixture(mixture: GaussianMixture, modes: Int32Array): GaussianMixture {
  const { dim, std } = mixture;
  const means = new Float32Array(modes.length * dim);
  const logWeights = new Float64Array(modes.length);
  for (const [k, mode] of modes.entries()) {
    requireInteger('mode', mode, 0, mixture.modes - 1);
    means.set(mixture.means.subarray(mode * dim, (mode + 1) * dim), k * dim);
    logWeights[k] = mixture.logWeights[mode]!;
  }
  return gaussianMixture({ means, modes: modes.length, dim, std, logWeights });
}

/** The six-mode test suite (M6): means from the test noise stream, each scaled to RMS 1. */
export function sixModes(dim = 64, std = 0.3): GaussianMixture {
  const modes = 6;
  const means = new Float32Array(modes * dim);
  const seed = seedWords(6);
  for (let mode = 0; mode < modes; mode++) {
    const at = mode * dim;
    fillNormal(means, at, dim, { seed, stream: noiseStream.test, sample: mode, step: 0 });
    scaleInto(means, at, 1 / rms(means, at, dim), means, at, dim);
  }
  return gaussianMixture({ means, modes, dim, std });
}

/** outputs[at ..] = the prediction for states[at ..], one latent. */
export type MixturePredictor = (
  level: Level,
  states: Float32Array,
  outputs: Float32Array,
  at: number,
) => void;

/** A and B of the prediction A x + B m. */
function outputForm(prediction: Prediction, { signal, sigma }: Level, std: number) {
  const data = std * std;
  const v = signal * signal * data + sigma * sigma;
  switch (prediction) {
    case 'epsilon':
      return { a: sigma / v, b: (-sigma * signal) / v };
    case 'denoised':
      return { a: (signal * data) / v, b: (sigma * sigma) / v };
    case 'velocity':
      return { a: (signal * sigma * (1 - data)) / v, b: -sigma / v };
    case 'flow':
      return { a: (sigma - signal * data) / v, b: (-sigma * (signal + sigma)) / v };
    case 'edm': {
      const { fromState, fromOutput } = toDenoised(prediction, { signal, sigma });
      const denoised = (signal * data) / v;
      return { a: (denoised - fromState) / fromOutput, b: (sigma * sigma) / v / fromOutput };
    }
    default:
      return unreachable(prediction);
  }
}

/** In place: logits -> softmax; the maximum is subtracted first, so no exponent overflows. */
function softmax(logits: Float64Array): void {
  let max = -Infinity;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (let j = 0; j < logits.length; j++) {
    const weight = Math.exp(logits[j]! - max);
    logits[j] = weight;
    sum += weight;
  }
  for (let j = 0; j < logits.length; j++) logits[j] = logits[j]! / sum;
}

/** The exact prediction of one mixture. The closure owns its scratch: calls must not interleave. */
export function mixturePredictor(
  mixture: GaussianMixture,
  prediction: Prediction,
): MixturePredictor {
  const { means, modes, dim, std, logWeights, halfSquares } = mixture;
  const shares = new Float64Array(modes);
  const mean = new Float64Array(dim);
  return (level, states, outputs, at) => {
    const { signal, sigma } = level;
    const power = signal * signal;
    const v = power * std * std + sigma * sigma;
    projections(shares, states, at, means, modes, dim);
    for (let j = 0; j < modes; j++) {
      const exponent = (signal * shares[j]! - power * halfSquares[j]!) / v;
      shares[j] = logWeights[j]! + exponent;
    }
    softmax(shares);
    mean.fill(0);
    for (let j = 0; j < modes; j++) {
      // Far modes underflow to exactly 0; skipping them changes no bit and saves most of the work.
      if (shares[j] !== 0) accumulate(mean, shares[j]!, means, j * dim, dim);
    }
    const { a, b } = outputForm(prediction, level, std);
    combineWide(outputs, at, a, states, at, b, mean, dim);
  };
}

function predictRows(
  rows: Rows,
  levelAt: (t: number) => Level,
  predictorOf: (sample: number) => MixturePredictor,
): EvaluationCost {
  const { count, states, outputs, offsets, timesteps, samples } = rows;
  for (let k = 0; k < count; k++) {
    const predict = predictorOf(samples[k]!);
    predict(levelAt(timesteps[k]!), states, outputs, offsets[k]!);
  }
  return { forwardPasses: count, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };
}

/** The mixture as a denoiser; `levelAt` maps a model time to its level. */
export function analyticDenoiser(
  mixture: GaussianMixture,
  levelAt: (t: number) => Level,
  prediction: Prediction,
): Denoiser {
  const predict = mixturePredictor(mixture, prediction);
  return {
    async evaluate(rows) {
      assert(rows.dim === mixture.dim, 'analytic: latents and means differ in length');
      return predictRows(rows, levelAt, () => predict);
    },
  };
}

export type ClassConditionalOptions = {
  readonly mixture: GaussianMixture;
  readonly levelAt: (t: number) => Level;
  readonly prediction: Prediction;
  /** The modes of each class. */
  readonly classes: readonly Int32Array[];
  /** The class of a global sample number, or -1 for none: all modes. */
  readonly classOf: (sample: number) => number;
};

/** The exact class-conditional denoiser: each sample sees the modes of its class only. */
export function classConditionalDenoiser(options: ClassConditionalOptions): Denoiser {
  const { mixture, levelAt, prediction, classes, classOf } = options;
  const all = mixturePredictor(mixture, prediction);
  const byClass = classes.map((modes) => mixturePredictor(subMixture(mixture, modes), prediction));
  const predictorOf = (sample: number): MixturePredictor => {
    const condition = classOf(sample);
    if (condition === -1) return all;
    requireInteger('class', condition, 0, byClass.length - 1);
    return byClass[condition]!;
  };
  return {
    async evaluate(rows) {
      assert(rows.dim === mixture.dim, 'analytic: latents and means differ in length');
      return predictRows(rows, levelAt, predictorOf);
    },
  };
}

/** levelAt for times that are indices into the alphaBars of a schedule. */
export function scheduleLevels(alphaBars: Float64Array): (t: number) => Level {
  const levels = Array.from(alphaBars, levelOf);
  return (t) => {
    requireInteger('timestep', t, 0, levels.length - 1);
    return levels[t]!;
  };
}

/**
 * The same denoiser with seeded noise of deviation `scale` added to every output, different in
 * every evaluation: a stand-in for kernels whose bits depend on the batch.
 */
export function jittered(denoiser: Denoiser, seed: SeedWords, scale: number): Denoiser {
  let evaluations = 0;
  return {
    async evaluate(rows) {
      const cost = await denoiser.evaluate(rows);
      const { count, dim, outputs, offsets, samples } = rows;
      const noise = new Float32Array(dim);
      for (let k = 0; k < count; k++) {
        const at = offsets[k]!;
        const sample = samples[k]!;
        fillNormal(noise, 0, dim, { seed, stream: noiseStream.test, sample, step: evaluations });
        evaluations += 1;
        combine2(outputs, at, 1, outputs, at, scale, noise, 0, dim);
      }
      return cost;
    },
  };
}
