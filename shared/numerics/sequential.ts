import { applyStep } from './apply-step.ts';
import { bundlesOf, spanOf, statesOf } from './bundle.ts';
import type { Denoiser, Rows } from './denoiser.ts';
import type { StepTable } from './step-table.ts';

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
 * The oracle: one step after the other, all samples together. Every parallel method must return
 * these bits. `onRow` sees x[row], row = 1 .. N, in a buffer that moves on.
 */
export async function sequential(
  { table, denoiser, noise, initial, samples, dim }: SequentialProblem,
  onRow?: (row: number, states: Float32Array) => void,
): Promise<Float32Array> {
  const count = samples.length;
  const span = spanOf({ table, dim });
  const x = bundlesOf(initial, count, table.parts).slice();
  const outputs = new Float32Array(count * span);
  const xi = { data: new Float32Array(dim), at: 0 };
  const times = new Float64Array(count);
  const offsets = Int32Array.from(samples, (_, k) => k * span);
  const rows: Rows = { count, dim, states: x, outputs, offsets, timesteps: times, samples };
  for (let i = 0; i < table.steps; i++) {
    times.fill(table.timestep[i]!);
    await denoiser.evaluate(rows);
    for (const [k, at] of offsets.entries()) {
      if (table.noiseScale[i] !== 0) noise(i, samples[k]!, xi.data, 0);
      const here = { data: x, at };
      applyStep(table, i, { x: here, output: { data: outputs, at }, noise: xi, out: here }, dim);
    }
    onRow?.(i + 1, statesOf(x, count, table.parts));
  }
  return statesOf(x, count, table.parts);
}
