/**
 * Conditions on the wire: tensors named by what is in them, so that a worker that has one already
 * is not sent it again. The embedding of a text is 231 KiB (77 x 768), and a hundred jobs share it.
 *
 * A tensor travels in the narrowest type that holds all of its values exactly. Small ones, such as
 * a class, always travel; large ones have a digest, and no data where the worker has it already.
 */
import { createHash } from 'node:crypto';

import type { ConditionTensor } from '../../proto/generated/isochron/v1/ConditionTensor.ts';
import type { ConditionTensor__Output } from '../../proto/generated/isochron/v1/ConditionTensor.ts';
import type { JobSpec } from '../kernel/block-messages.ts';
import { SamplerError } from './errors.ts';
import { decodeBytes, encodeBytes } from './latents.ts';

type Condition = JobSpec['conditions'][number];

/** Smaller ones cost less than asking who has them. */
const NAMED_BYTES_MIN = 1024;

type Dtype = 'int32' | 'float32' | 'float64';

interface Encoded {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
  /** Empty for a small one. */
  readonly digest: string;
}

/** By the values of a job, which are sent once for every worker. */
const encoded = new WeakMap<Float64Array, Encoded>();

/** Whether the receiver holds a condition of this digest and size. */
export type HasCondition = (digest: string, bytes: number) => boolean;

export function encodeCondition({ name, values }: Condition, has: HasCondition): ConditionTensor {
  const { dtype, bytes, digest } = encodedOf(values);
  const known = digest !== '' && has(digest, bytes.length);
  return { name, dtype, digest, data: known ? null : encodeBytes(bytes) };
}

function encodedOf(values: Float64Array): Encoded {
  const known = encoded.get(values);
  if (known) return known;
  const dtype = narrowest(values);
  const bytes = bytesAs(dtype, values);
  const digest = bytes.length < NAMED_BYTES_MIN ? '' : digestOf(dtype, bytes);
  const made = { dtype, bytes, digest };
  encoded.set(values, made);
  return made;
}

function narrowest(values: Float64Array): Dtype {
  if (values.every((value) => (value | 0) === value && !Object.is(value, -0))) return 'int32';
  return values.every((value) => Object.is(Math.fround(value), value)) ? 'float32' : 'float64';
}

function bytesAs(dtype: Dtype, values: Float64Array): Uint8Array {
  const array = { int32: Int32Array, float32: Float32Array, float64: Float64Array }[dtype];
  const { buffer } = array.from(values);
  return new Uint8Array(buffer);
}

export function digestOf(dtype: string, bytes: Uint8Array): string {
  return createHash('sha256').update(dtype).update(bytes).digest('hex');
}

/** @param tensor with its data; who received it without has put it there */
export function decodeCondition({ name, dtype, data }: ConditionTensor__Output): Condition {
  if (data === null) throw new SamplerError('VERSION_SKEW', `condition ${name} came without data`);
  const bytes = decodeBytes(data);
  // a view would have to be aligned, and the values are converted anyway
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case 'int32':
      return { name, values: Float64Array.from(new Int32Array(buffer)) };
    case 'float32':
      return { name, values: Float64Array.from(new Float32Array(buffer)) };
    case 'float64':
      return { name, values: new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8)) };
    default:
      throw new SamplerError('VERSION_SKEW', `condition ${name} is of an unknown type, ${dtype}`);
  }
}
