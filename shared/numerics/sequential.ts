import type { Denoiser, Rows } from './denoiser.ts';
import type { StepTable } from './step-table.ts';
import { combine2, combine3 } from './vector.ts';

/** Fills out[at .. at + dim) with the noise of one step of one sample. */
export type NoiseSource = (step: number, sample: number, out: Float32Array, at: number) => void;

export type SequentialProblem = {
  readonly table: StepTable;
  readonly denoiser: Denoiser;
  readonly noise: NoiseSource;
  /** x[0] of every sample, [samples.length * dim]; left as it is. */
  readonly initial: Float32Array;
  /** Global sample numbers. */
  readonly samples: Int32Array;
  readonly dim: number;
};

/**
 * The oracle: x' = a x + b D + c xi, one step after the other, all samples together. Every parallel
 * method must return these bits. `onRow` sees x[row], row = 1 .. N, in the buffer that moves on.
 */
export async function sequential(
  { table, denoiser, noise, initial, samples, dim }: SequentialProblem,
  onRow?: (row: number, states: Float32Array) => void,
): Promise<Float32Array> {
  const x = initial.slice();
  const d = new Float32Array(x.length);
  const xi = new Float32Array(dim);
  const times = new Float64Array(samples.length);
  const offsets = Int32Array.from(samples, (_, k) => k * dim);
  const count = samples.length;
  const rows: Rows = { count, dim, states: x, outputs: d, offsets, timesteps: times, samples };
  for (let i = 0; i < table.steps; i++) {
    times.fill(table.timestep[i]!);
    await denoiser.evaluate(rows);
    const [a, b, c] = [table.stateScale[i]!, table.outputScale[i]!, table.noiseScale[i]!];
    for (const [k, at] of offsets.entries()) {
      if (c !== 0) noise(i, samples[k]!, xi, 0);
      if (c === 0) combine2(x, at, a, x, at, b, d, at, dim);
      else combine3(x, at, a, x, at, b, d, at, c, xi, 0, dim);
    }
    onRow?.(i + 1, x);
  }
  return x;
}
