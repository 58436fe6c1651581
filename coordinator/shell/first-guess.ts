/** The x0-hat that a job's rows are rolled out from before anything was evaluated. */
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { combine2, copyInto } from '../../shared/numerics/vector.ts';
import type { PriorMeans, RegisteredModel } from '../../shared/protocol/model-description.ts';

/** The measured means speak of noise: a grid that starts at a stronger signal cannot use them. */
const SIGNAL_POWER_MAX = 0.01;

type Guessed = Pick<
  JobSpec,
  | 'samples'
  | 'dim'
  | 'guided'
  | 'guidance'
  | 'guidanceWeights'
  | 'conditions'
  | 'signals'
  | 'sigmas'
  | 'initialization'
>;

/** [samples x dim], or undefined where the first round has to find one. */
export function firstGuess(model: RegisteredModel, spec: Guessed): Float32Array | undefined {
  const { samples, dim, guided, guidance, conditions, signals, sigmas, initialization } = spec;
  const { priorMeans } = model;
  if (!priorMeans || initialization !== 'denoised') return undefined;
  const [signal = 1, sigma = 0] = [signals[0], sigmas[0]];
  if (signal * signal > SIGNAL_POWER_MAX * (signal * signal + sigma * sigma)) return undefined;
  const none = rowOf(priorMeans, model.conditions[0]?.unconditional ?? 0);
  const guess = new Float32Array(samples * dim);
  for (let m = 0; m < samples; m++) {
    const own = rowOf(priorMeans, conditions[0]?.values[m] ?? 0);
    if (own < 0 || none < 0) return undefined;
    const { means } = priorMeans;
    // x0-hat is linear in the network's output, and so is guidance
    const w = guided ? (spec.guidanceWeights?.[0] ?? guidance) : 1;
    if (w === 1) copyInto(guess, m * dim, means, own * dim, dim);
    else combine2(guess, m * dim, w, means, own * dim, 1 - w, means, none * dim, dim);
  }
  return guess;
}

function rowOf({ values }: PriorMeans, value: number): number {
  return values.indexOf(value);
}
