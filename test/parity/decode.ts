/** Latents to pictures with an exported folder's decoder, as its config and diffusers have it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';

const config = z.object({
  scaling_factor: z.number(),
  shift_factor: z.number().nullable().optional(),
});

/** @returns bytes [samples, height, width, channels]; without a decoder rows are pixels already */
export async function picturesOf(
  folder: string,
  rows: Float32Array,
  shape: readonly number[],
): Promise<Uint8Array> {
  const decoder = join(folder, 'vae_decoder');
  if (!existsSync(decoder)) return bytesOf(rows, shape);
  const document: unknown = JSON.parse(readFileSync(join(decoder, 'config.json'), 'utf8'));
  const { scaling_factor: scale, shift_factor: shift } = config.parse(document);
  const latents = rows.map((value) => value / scale + (shift ?? 0));
  const session = await InferenceSession.create(join(decoder, 'model.onnx'));
  const feed = { latent_sample: new Tensor('float32', latents, [...shape]) };
  const { sample } = await session.run(feed);
  await session.release();
  if (!(sample?.data instanceof Float32Array)) throw new TypeError('the decoder gave no float32');
  return bytesOf(sample.data, sample.dims);
}

function bytesOf(values: Float32Array, shape: readonly number[]): Uint8Array {
  const [samples = 0, channels = 0, height = 0, width = 0] = shape;
  const bytes = new Uint8Array(values.length);
  let at = 0;
  for (let m = 0; m < samples; m++) {
    for (let place = 0; place < height * width; place++) {
      for (let channel = 0; channel < channels; channel++) {
        const value = values[(m * channels + channel) * height * width + place] ?? NaN;
        bytes[at++] = halfEven(255 * Math.min(1, Math.max(0, value / 2 + 0.5)));
      }
    }
  }
  return bytes;
}

function halfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
