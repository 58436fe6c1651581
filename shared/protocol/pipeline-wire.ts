/**
 * What surrounds a job on the data stream: prompts on their way to a worker's text encoders,
 * samples on their way to its decoder, and what they become.
 */
import type { CoordinatorData } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { DecodedPicture__Output } from '../../proto/generated/isochron/v1/DecodedPicture.ts';
import type { DecodeLatent__Output } from '../../proto/generated/isochron/v1/DecodeLatent.ts';
import type { EncodePicture__Output } from '../../proto/generated/isochron/v1/EncodePicture.ts';
import type { EncodedTensors__Output } from '../../proto/generated/isochron/v1/EncodedTensors.ts';
import type { EncodePrompts__Output } from '../../proto/generated/isochron/v1/EncodePrompts.ts';
import type { PipelineFailed__Output } from '../../proto/generated/isochron/v1/PipelineFailed.ts';
import type { WorkerData } from '../../proto/generated/isochron/v1/WorkerData.ts';
import { isErrorCode, SamplerError } from './errors.ts';
import { announcedFromBlock } from './announced-latents.ts';
import { decodeBytes, decodeLatents, encodeBytes, encodeLatents, splitLatents } from './latents.ts';
import { elementsOf } from './model-description.ts';
import { messagesOf } from './orders.ts';
import { required } from './wire-fields.ts';

/** Prompts of a job: one for all samples, or one per sample. */
export interface Prompts {
  readonly positive: readonly string[];
  /** Undefined where nothing guides; null is what the pipeline takes where its user says none. */
  readonly negative: readonly (string | null)[] | undefined;
}

/** What a denoiser is given of prompts; `NAME.unconditional` of the negative ones. */
export interface EncodedCondition {
  readonly name: string;
  /** Of one prompt, without an axis for samples, or [prompts, ...]. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Row-major [height, width, channels], 0 to 255. */
export interface Picture {
  /** Pixels of a line. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
  /** Values of a pixel: 3, or 1 where it is grey. */
  readonly channels: number;
  /** Row-major [height, width, channels]. */
  readonly data: Uint8Array;
}

export function encodePromptsOrder(
  number: number,
  model: string,
  { positive, negative }: Prompts,
): CoordinatorData[] {
  const negativePrompts = negative?.filter((text) => text !== null) ?? [];
  const guided = negative !== undefined;
  const encodePrompts = { number, model, prompts: [...positive], guided, negativePrompts };
  return messagesOf([{ encodePrompts }]);
}

export function decodePromptsOrder(order: EncodePrompts__Output): Prompts {
  const { prompts, guided, negativePrompts } = order;
  if (!guided) return { positive: prompts, negative: undefined };
  return { positive: prompts, negative: negativePrompts.length > 0 ? negativePrompts : [null] };
}

export function encodeLatentOrder(
  number: number,
  model: string,
  latent: Float32Array,
): CoordinatorData[] {
  return messagesOf([{ decodeLatent: { number, model, latent: encodeLatents(latent) } }]);
}

export function decodeLatentOrder({ latent }: DecodeLatent__Output): Float32Array {
  return decodeLatents(required(latent, 'latent'));
}

/** Pixels of a picture, [channels, height, width], from -1 to 1. */
export interface Pixels {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export function encodePictureOrder(
  number: number,
  model: string,
  { shape, values }: Pixels,
): CoordinatorData[] {
  const pixels = encodeLatents(values);
  return messagesOf([{ encodePicture: { number, model, shape: [...shape], pixels } }]);
}

/** @throws SHAPE_MISMATCH, CORRUPTED */
export function decodePictureOrder({ shape, pixels }: EncodePicture__Output): Pixels {
  const values = decodeLatents(required(pixels, 'pixels'));
  if (values.length === elementsOf(shape)) return { shape, values };
  const what = `a picture of shape [${shape.join(', ')}] has ${values.length} values`;
  throw new SamplerError('SHAPE_MISMATCH', what);
}

export function encodeConditions(
  number: number,
  conditions: readonly EncodedCondition[],
): WorkerData[] {
  const tensors = conditions.map(({ name, shape, data }) => {
    return { name, shape: [...shape], data: encodeLatents(data) };
  });
  return withParts({ encodedTensors: { number, tensors } });
}

/** @throws SHAPE_MISMATCH, CORRUPTED */
export function decodeConditions({ tensors }: EncodedTensors__Output): EncodedCondition[] {
  return tensors.map(({ name, shape, data }) => {
    const values = decodeLatents(required(data, 'tensors.data'));
    if (values.length === elementsOf(shape)) return { name, shape, data: values };
    const what = `condition ${name} of shape [${shape.join(', ')}] has ${values.length} values`;
    throw new SamplerError('SHAPE_MISMATCH', what);
  });
}

const WORD_BYTES = 4;

export function encodePicture(number: number, picture: Picture): WorkerData[] {
  const { width, height, channels, data } = picture;
  const padded = new Uint8Array(Math.ceil(data.length / WORD_BYTES) * WORD_BYTES);
  padded.set(data);
  const pixels = encodeBytes(padded);
  return withParts({ decodedPicture: { number, width, height, channels, pixels } });
}

/** @throws SHAPE_MISMATCH, CORRUPTED */
export function decodePicture(sent: DecodedPicture__Output): Picture {
  const { width, height, channels } = sent;
  const bytes = decodeBytes(required(sent.pixels, 'pixels'));
  const size = width * height * channels;
  if (size > 0 && Math.ceil(size / WORD_BYTES) * WORD_BYTES === bytes.length) {
    return { width, height, channels, data: bytes.subarray(0, size) };
  }
  const what = `a picture of ${width} x ${height} x ${channels} has ${bytes.length} bytes`;
  throw new SamplerError('SHAPE_MISMATCH', what);
}

export function encodeFailure(number: number, thrown: unknown): WorkerData[] {
  const { code, message } = SamplerError.from(thrown);
  return [{ pipelineFailed: { number, code, message } }];
}

export function decodeFailure({ code, message }: PipelineFailed__Output): SamplerError {
  return new SamplerError(isErrorCode(code) ? code : 'INTERNAL', message);
}

function withParts(message: WorkerData): WorkerData[] {
  const parts = splitLatents(announcedFromBlock(message));
  return [message, ...parts.map((data) => ({ latentPart: { data } }))];
}
