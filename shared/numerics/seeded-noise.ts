/** The noise that a seed stands for: whoever makes it makes the same bits. */
import { fillNormal, noiseStream, seedWords } from '../kernel/random.ts';
import type { NoiseSource } from './sequential.ts';
import { scaleInto } from './vector.ts';

export interface Seeded {
  readonly dim: number;
  /** Of a sample within its job's batch; absent: 0. */
  readonly firstSample?: number | undefined;
}

/** xi of every step and sample. */
export function stepNoise({ dim, firstSample = 0 }: Seeded, seed: number): NoiseSource {
  const key = { seed: seedWords(seed), stream: noiseStream.step };
  return (step, sample, out, at) =>
    fillNormal(out, at, dim, { ...key, sample: firstSample + sample, step });
}

export interface SeededLatents extends Seeded {
  readonly seed: number;
  readonly samples: number;
  /** Unit noise times this; absent: 1. */
  readonly initialScale?: number | undefined;
}

/** x[0] of all samples, [samples x dim]. */
export function initialLatents(job: SeededLatents): Float32Array {
  const { seed, samples, dim, firstSample = 0, initialScale = 1 } = job;
  const words = seedWords(seed);
  const initial = new Float32Array(samples * dim);
  for (let sample = 0; sample < samples; sample++) {
    const key = { seed: words, stream: noiseStream.initial, sample: firstSample + sample, step: 0 };
    fillNormal(initial, sample * dim, dim, key);
  }
  if (initialScale !== 1) scaleInto(initial, 0, initialScale, initial, 0, initial.length);
  return initial;
}
