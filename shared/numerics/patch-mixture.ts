/**
 * A denoiser for latents of any size whose answer is known, at a cost of two passes over them: what
 * an emulated device computes with, since there the host must not be slower than the device.
 *
 *   x0 falls into patches of `PATCH` elements, independent of each other. In patch k it is
 *   +mu_k or -mu_k, with equal chances, plus s times standard noise:
 *
 *   x0 ~ (N(mu, s^2 I) + N(-mu, s^2 I))/2,   x = al x0 + sg eps,   v = al^2 s^2 + sg^2
 *   m  = mu tanh(al <x, mu>/v)               the posterior mean of the sign, times mu
 *   eps* = (sg/v) (x - al m)
 *
 * analytic.ts with two modes, patch by patch. One mixture over a whole latent would be no test: the
 * larger the latent, the earlier its mode is decided, and what follows is linear. Patches decide at
 * noise levels of their own, since the lengths of mu_k differ: a problem of any size is as hard as
 * its patches. Float64 inside, one rounding; Math.exp is the engine's, as in analytic.ts.
 */
import { fillNormal, noiseStream, seedWords } from '../kernel/random.ts';
import { requireInteger } from '../kernel/limits.ts';
import type { Level } from './parameterization.ts';
import { combine2, dot, rms, scaleInto } from './vector.ts';

/** Elements of a patch: as many as the six-mode test suite has. */
const PATCH = 64;
/** Patches that differ; then they repeat. */
const KINDS = 64;
/**
 * RMS of mu of the first and of the last kind; the others are evenly between. With these a sample
 * takes the rounds of the bundled, trained U-Net (DDPM-1000, windows 8 to 96; NUMERICS 9).
 */
const FAINT = 0.1;
const STRONG = 0.5;
/** s */
const SPREAD = 0.3;

export type PatchMixture = {
  readonly dim: number;
  /** mu of every kind of patch, [KINDS * PATCH] */
  readonly means: Float32Array;
  /** Standard deviation of the data over all elements. */
  readonly dataStd: number;
};

/** @throws RangeError unless `dim` is a whole number of patches */
export function patchMixture(dim: number): PatchMixture {
  requireInteger(`dim/${PATCH}`, dim / PATCH, 1, Number.MAX_SAFE_INTEGER);
  const means = new Float32Array(KINDS * PATCH);
  const seed = seedWords(64);
  for (let kind = 0; kind < KINDS; kind++) {
    const at = kind * PATCH;
    fillNormal(means, at, PATCH, { seed, stream: noiseStream.test, sample: kind, step: 0 });
    const length = FAINT + ((STRONG - FAINT) * kind) / (KINDS - 1);
    scaleInto(means, at, length / rms(means, at, PATCH), means, at, PATCH);
  }
  const power = dot(means, 0, means, 0, means.length) / means.length;
  return { dim, means, dataStd: Math.sqrt(power + SPREAD * SPREAD) };
}

/** outputs[at ..] = epsilon for states[at ..], one latent. */
export function predictPatches(
  { dim, means }: PatchMixture,
  { signal, sigma }: Level,
  { states, outputs }: { readonly states: Float32Array; readonly outputs: Float32Array },
  at: number,
): void {
  const v = signal * signal * SPREAD * SPREAD + sigma * sigma;
  const a = sigma / v;
  const b = (-sigma * signal) / v;
  for (let from = 0; from < dim; from += PATCH) {
    const kindAt = from % means.length;
    const sign = Math.tanh((signal * dot(states, at + from, means, kindAt, PATCH)) / v);
    combine2(outputs, at + from, a, states, at + from, b * sign, means, kindAt, PATCH);
  }
}
