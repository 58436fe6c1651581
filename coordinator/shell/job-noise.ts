/** The little noise that the coordinator makes itself, the same as the workers make. */
import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { NoiseSource } from '../../shared/numerics/sequential.ts';
import { isMethodName, method } from '../../shared/numerics/solver/method.ts';
import type { Resolved } from './job-record.ts';

/** x[0] of all samples. */
export function initialState({ seed, samples, dim }: JobSpec): Float32Array {
  const state = new Float32Array(samples * dim);
  const words = seedWords(seed);
  for (let sample = 0; sample < samples; sample++) {
    const key = { seed: words, stream: noiseStream.initial, sample, step: 0 };
    fillNormal(state, sample * dim, dim, key);
  }
  return state;
}

/** What a roll-out over waiting rows needs to know of the job. */
export function rollOutProblem({ spec, table }: Resolved) {
  const { samples, dim, initialization } = spec;
  const words = seedWords(spec.seed);
  const noise: NoiseSource = (step, sample, out, at) =>
    fillNormal(out, at, dim, { seed: words, stream: noiseStream.step, sample, step });
  const name = isMethodName(spec.method) ? spec.method : 'secant';
  const entry = initialization === 'constant' ? 'constant' : 'denoised';
  return { table, samples, dim, noise, method: method(name, { initialization: entry }) };
}
