/** Arrays of a slot as tensors of the Open Inference Protocol, and back. */
import type * as inferResponse from '../../../proto/generated/inference/ModelInferResponse.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { ConditionArray } from '../backend.ts';

/** Of the protocol's own, those that a denoiser takes. */
export const datatypes = ['FP32', 'FP16', 'INT64', 'INT32'] as const;
export type Datatype = (typeof datatypes)[number];

/** Row-major, little-endian; a view where the numbers are as the server wants them. */
export function rawOf(name: string, values: ConditionArray, datatype: Datatype): Buffer {
  if (datatype === 'INT64' && values instanceof BigInt64Array) return bytesOf(values);
  if (datatype === 'FP32' && values instanceof Float32Array) return bytesOf(values);
  const numbers = values instanceof BigInt64Array ? Float64Array.from(values, Number) : values;
  switch (datatype) {
    case 'FP32':
      return bytesOf(Float32Array.from(numbers));
    case 'FP16':
      return bytesOf(Float16Array.from(numbers));
    case 'INT64':
      return bytesOf(BigInt64Array.from(numbers, (value) => BigInt(wholeOf(name, value))));
    case 'INT32':
      return bytesOf(Int32Array.from(numbers, (value) => wholeOf(name, value)));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Rounding would quietly evaluate another point of the schedule than the solver asked for. */
function wholeOf(name: string, value: number): number {
  if (Number.isInteger(value)) return value;
  const text =
    `${name}: found ${value}, expected a whole number, which the model server takes; choose a ` +
    'number of steps or a spacing that gives whole ones';
  throw new SamplerError('INVALID_REQUEST', text);
}

/**
 * Writes an output of `rows` rows into a slot.
 *
 * @throws MODEL_UNUSABLE where it is not there, or of another type or size
 */
export function readOutput(
  server: string,
  response: inferResponse.ModelInferResponse__Output,
  output: string,
  into: Float32Array,
): void {
  const at = response.outputs.findIndex(({ name }) => name === output);
  const found = response.outputs[at];
  if (!found) {
    const names = response.outputs.map(({ name }) => name).join(', ') || 'none';
    throw misfit(server, `the outputs ${names}`, `'${output}'`);
  }
  const raw = response.rawOutputContents[at];
  const values = raw ? numbersOf(server, raw, found.datatype) : found.contents?.fp32Contents;
  if (values?.length !== into.length) {
    const shape = `[${found.shape.join(', ')}]`;
    const size = `'${output}' of shape ${shape} with ${values?.length ?? 0} values`;
    throw misfit(server, size, `${into.length} values: rows must stay rows`);
  }
  into.set(values);
}

function numbersOf(server: string, raw: Buffer, datatype: string): ArrayLike<number> {
  // a copy: bytes of a message may start at any address
  const { buffer } = Uint8Array.from(raw);
  if (datatype === 'FP32') return new Float32Array(buffer);
  if (datatype === 'FP16') return new Float16Array(buffer);
  throw misfit(server, `an output of type ${datatype}`, 'FP32 or FP16');
}

function misfit(server: string, found: string, expected: string): SamplerError {
  const text = `${server}: the model server gave ${found}, expected ${expected}`;
  return new SamplerError('MODEL_UNUSABLE', text);
}
