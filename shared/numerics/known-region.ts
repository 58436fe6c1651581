/**
 * Inpainting: of part of every sample x0 is known. There the denoiser is told what it is, so that
 * x0-hat is x0, and every sampler and method walks that part from its noise to it: without noise
 * of its own a sampler has x = al x0 + sg xi on every row, which is what replacing that part of the
 * rows by x0 with the same noise gives (Lugmayr et al., "RePaint", CVPR 2022, eq. (8), without
 * resampling).
 */
import type { Denoiser, Rows } from './denoiser.ts';
import { toDenoised, type Conversion, type Prediction } from './parameterization.ts';
import type { Latents } from './vector.ts';

export interface KnownRegion {
  /** x0, [samples x dim]; what it has where the mask is 1 does not matter. */
  readonly known: Latents;
  /** [samples x dim] 1 is sampled, 0 is known, in between is mixed. */
  readonly mask: Latents;
  readonly prediction: Prediction;
  /** Of the rows, with their levels. */
  readonly timesteps: Float64Array;
  readonly signals: Float64Array;
  readonly sigmas: Float64Array;
}

/** The same denoiser, which knows a part of the samples. */
export function withKnownRegion(denoiser: Denoiser, region: KnownRegion): Denoiser {
  const { timesteps, signals, sigmas, prediction } = region;
  const conversions = new Map<number, Conversion>();
  for (const [k, time] of timesteps.entries()) {
    conversions.set(time, toDenoised(prediction, { signal: signals[k]!, sigma: sigmas[k]! }));
  }
  return {
    async evaluate(rows) {
      const cost = await denoiser.evaluate(rows);
      for (let row = 0; row < rows.count; row++) {
        const conversion = conversions.get(rows.timesteps[row]!);
        if (conversion) tell(rows, row, region, conversion);
      }
      return cost;
    },
  };
}

/** x0 = fromState x + fromOutput D, solved for D. */
function tell(
  { dim, states, outputs, offsets, samples }: Rows,
  row: number,
  { known, mask }: KnownRegion,
  { fromState, fromOutput }: Conversion,
): void {
  const [at, from] = [offsets[row]!, samples[row]! * dim];
  for (let e = 0; e < dim; e++) {
    const share = mask[from + e]!;
    if (share === 1) continue;
    const told = (known[from + e]! - fromState * states[at + e]!) / fromOutput;
    outputs[at + e] = share * outputs[at + e]! + (1 - share) * told;
  }
}
