/**
 * Jobs that start from a picture: their first row has it, with the noise of the level that they
 * start at, as every later row has of its sample. Meng et al., "SDEdit", ICLR 2022.
 */
import type { Input__Output } from '../../proto/generated/isochron/v1/Input.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { KNOWN, MASK } from '../../shared/kernel/known-region.ts';
import { combine2 } from '../../shared/numerics/vector.ts';
import { floatsOf } from '../../shared/protocol/latents.ts';
import { elementsOf, type RegisteredModel } from '../../shared/protocol/model-description.ts';
import { invalid } from './invalid.ts';
import type { PipelineCalls } from './pipeline-calls.ts';

/** What can be said of it before the model is known. */
export function checkImage(request: SubmitRequest__Output): void {
  const { image, encodedImage, strength, certify, mask } = request;
  if (encodedImage) throw invalid('encoded-image', 'one', 'none: send the picture as image');
  if (!image) {
    if (strength !== undefined) throw invalid('strength', strength, 'none without an image');
    if (mask) throw invalid('mask', 'one', 'none without an image');
    return;
  }
  if (certify) throw invalid('certify', 'it with an image', 'one of them: not supported yet');
  checkTensor('image', image);
  if (!mask) return;
  checkTensor('mask', mask);
  if (mask.shape.length !== 2) {
    throw invalid('mask shape', `[${mask.shape.join(', ')}]`, '[height, width]');
  }
  const out = maskValues(mask).find((value) => value < 0 || value > 1);
  if (out !== undefined) throw invalid('mask data', out, 'values from 0 to 1');
}

/** Bytes of a value; pictures as bytes are a quarter of what they are as numbers. */
const valueBytes: Readonly<Record<string, number>> = { float32: 4, uint8: 1 };

function checkTensor(field: string, { dtype, shape, data }: Input__Output): void {
  const size = valueBytes[dtype];
  if (size === undefined) throw invalid(`${field} dtype`, dtype, 'float32 or uint8');
  const [bytes, wanted] = [data.length, size * elementsOf(shape)];
  if (bytes !== wanted) throw invalid(`${field} data`, `${bytes} bytes`, `${wanted} for its shape`);
  const bad = dtype === 'uint8' ? -1 : floatsOf(data).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw invalid(`${field} data`, `no number at element ${bad}`, 'finite values');
}

function pictureValues({ dtype, data }: Input__Output): Float32Array {
  return dtype === 'uint8' ? Float32Array.from(data, (value) => value / 127.5 - 1) : floatsOf(data);
}

function maskValues({ dtype, data }: Input__Output): Float32Array {
  return dtype === 'uint8' ? Float32Array.from(data, (value) => value / 255) : floatsOf(data);
}

/** The request with a latent beside its picture; itself where it has none, or a latent. */
export async function withImage(
  request: SubmitRequest__Output,
  model: RegisteredModel | undefined,
  calls: PipelineCalls,
): Promise<SubmitRequest__Output> {
  const { image } = request;
  if (!image) return request;
  if (!model) {
    const expected = `a worker that has ${request.model} to read it`;
    throw invalid('image', 'one while no worker is there', expected);
  }
  if (hasShape(image, model.sampleShape, request.samples ?? 1)) return request;
  const { length } = image.shape;
  if (!model.decodesLatents || length !== model.sampleShape.length) {
    const expected = `[${model.sampleShape.join(', ')}], or that with the samples in front`;
    throw invalid('image shape', `[${image.shape.join(', ')}]`, expected);
  }
  const pixels = { shape: image.shape, values: pictureValues(image) };
  const { buffer, byteOffset, byteLength } = await calls.encodePicture(model, pixels);
  const data = Buffer.from(buffer, byteOffset, byteLength);
  const encodedImage = { name: 'latent', dtype: 'float32', shape: [...model.sampleShape], data };
  return { ...request, encodedImage };
}

function hasShape({ shape }: Input__Output, sample: readonly number[], samples: number): boolean {
  const own = shape.join();
  return own === sample.join() || own === [samples, ...sample].join();
}

/** x0 of every sample, [samples x dim]; undefined for a job that starts from noise. */
export function startOf(
  { image, encodedImage, samples = 1 }: SubmitRequest__Output,
  { dim }: RegisteredModel,
): Float32Array | undefined {
  const given = encodedImage ?? image;
  if (!given) return undefined;
  const values = pictureValues(given);
  if (values.length === samples * dim) return values;
  const all = new Float32Array(samples * dim);
  for (let m = 0; m < samples; m++) all.set(values.subarray(0, dim), m * dim);
  return all;
}

/** What a job with a mask knows of its samples, beside its conditions. */
export function knownOf(
  { mask, samples = 1 }: SubmitRequest__Output,
  { sampleShape, dim }: RegisteredModel,
  start: Float32Array | undefined,
): JobSpec['conditions'] {
  if (!mask || !start) return [];
  const [height = 1, width = 1] = sampleShape.slice(-2);
  const [rows = 1, columns = 1] = mask.shape;
  const given = maskValues(mask);
  const values = Float64Array.from({ length: samples * dim }, (_, k) => {
    const [x, y] = [k % width, Math.floor(k / width) % height];
    const [column, row] = [Math.floor((x * columns) / width), Math.floor((y * rows) / height)];
    return given[row * columns + column] ?? 1;
  });
  return [
    { name: KNOWN, values: Float64Array.from(start) },
    { name: MASK, values },
  ];
}

/**
 * Samples of which a part is known: where the last level has noise left, that part has it as well,
 * and who kept it wants it back as it was.
 */
export function withKnown(conditions: JobSpec['conditions'], samples: Float32Array): Float32Array {
  const [known, mask] = [KNOWN, MASK].map((name) => conditions.find((one) => one.name === name));
  if (!known || !mask) return samples;
  return samples.map((value, k) => {
    const share = mask.values[k] ?? 1;
    return share === 1 ? value : share * value + (1 - share) * (known.values[k] ?? NaN);
  });
}

/** In place: unit noise becomes the first row, al x0 + sg noise. */
export function startFrom(
  noise: Float32Array,
  start: Float32Array,
  { signals, sigmas }: { readonly signals: Float64Array; readonly sigmas: Float64Array },
): void {
  const [signal = 0, sigma = 1] = [signals[0], sigmas[0]];
  combine2(noise, 0, signal, start, 0, sigma, noise, 0, noise.length);
}
