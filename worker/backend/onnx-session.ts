/** A model in ONNX Runtime, on whichever thread: the model thread's, or the main one. */
import { Tensor, type InferenceSession } from 'onnxruntime-node';

import { assert } from '../../shared/kernel/assert.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { checkMetadata } from './onnx-metadata.ts';
import type { OnnxBinding, OnnxValue, TimestepDtype } from './onnx-metadata.ts';
import { openSession, type SessionOptions } from './onnx-runtime.ts';
import { withFaults } from './infer-faults.ts';
import type { SlotArrays } from './slot-arrays.ts';
import type { ThreadModel } from './thread-loop.ts';

export interface OnnxPayload extends SessionOptions {
  readonly binding: OnnxBinding;
  readonly bytes: Uint8Array;
}

/** Opens a session and checks the model against its manifest. */
export async function loadOnnxModel(payload: unknown): Promise<ThreadModel> {
  const options = payload as OnnxPayload;
  const { binding } = options;
  const { model, file } = binding;
  const session = await openSession({ ...options, model, file });
  const dtype = checkMetadata(
    binding,
    values(session.inputMetadata),
    values(session.outputMetadata),
  );
  return {
    bind: (arrays) => withFaults(bindSlot(session, binding, dtype, arrays), arrays),
    release: () => session.release(),
  };
}

/** ONNX Runtime says 'tensor or not' by a union; here both are one shape. */
function values(metadata: readonly InferenceSession.ValueMetadata[]): OnnxValue[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, isTensor: true, type: value.type, shape: value.shape }
      : { name: value.name, isTensor: false },
  );
}

interface Call {
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

/** Tensors are views of the slot's shared memory, made once per row count. */
function bindSlot(
  session: InferenceSession,
  binding: OnnxBinding,
  dtype: TimestepDtype,
  arrays: SlotArrays,
): (count: number) => Promise<void> {
  const timesteps = timestepFeed(binding, dtype, arrays.timesteps);
  const calls = new Map<number, Call>();

  return async (count) => {
    timesteps.convert(count);
    const call = calls.get(count) ?? makeCall(binding, arrays, timesteps.tensor(count), count);
    calls.set(count, call);
    const results = await session.run(call.feeds, call.fetches);
    checkOutput(binding, results[binding.output], count);
  };
}

function makeCall(binding: OnnxBinding, arrays: SlotArrays, timestep: Tensor, count: number): Call {
  const rowShape = binding.sampleShape;
  const dim = arrays.states.length / binding.maxBatch;
  const dims = [count, ...rowShape];
  const feeds: Record<string, Tensor> = {
    [binding.sample]: new Tensor('float32', arrays.states.subarray(0, count * dim), dims),
    [binding.timestep]: timestep,
  };
  for (const { name, input, dtype, shape } of binding.conditions) {
    const all = arrays.conditions.get(name);
    assert(all !== undefined, `condition ${name} has no array`);
    const rows = all.subarray(0, (all.length / binding.maxBatch) * count);
    feeds[input] = new Tensor(dtype, rows, [count, ...shape]);
  }
  const outputs = arrays.outputs.subarray(0, count * dim);
  return { feeds, fetches: { [binding.output]: new Tensor('float32', outputs, dims) } };
}

/**
 * The returned tensor is another object than the one we passed to be filled, and its bytes are not
 * looked at. Its shape is: an output of another size would leave ours with the values of an old
 * call.
 */
function checkOutput(binding: OnnxBinding, output: Tensor | undefined, count: number): void {
  const expected = [count, ...binding.sampleShape];
  const found = output?.dims ?? [];
  if (found.length === expected.length && found.every((size, i) => size === expected[i])) return;
  throw new SamplerError(
    'MODEL_UNUSABLE',
    `${binding.file}: found an output of shape [${found.join(', ')}] in a call of ${count} rows, ` +
      `expected [${expected.join(', ')}]; export the model so that rows stay rows`,
    { context: { model: binding.model, file: binding.file } },
  );
}

interface TimestepFeed {
  convert(count: number): void;
  tensor(count: number): Tensor;
}

function timestepFeed(
  binding: OnnxBinding,
  dtype: TimestepDtype,
  source: Float32Array,
): TimestepFeed {
  const rows = (count: number) => (binding.sharedTimestep ? 1 : count);
  const dims = (count: number) => (binding.sharedTimestep ? [] : [count]);
  if (dtype === 'float32') {
    return {
      convert: () => undefined,
      tensor: (count) => new Tensor('float32', source.subarray(0, rows(count)), dims(count)),
    };
  }
  const wide = dtype === 'int64';
  const target = wide ? new BigInt64Array(source.length) : new Int32Array(source.length);
  return {
    convert: (count) => {
      for (const [row, timestep] of source.subarray(0, rows(count)).entries()) {
        // Rounding would quietly evaluate another point of the schedule than the solver asked for.
        if (!Number.isInteger(timestep)) throw fractionalTimestep(binding, dtype, timestep);
        target[row] = wide ? BigInt(timestep) : timestep;
      }
    },
    tensor: (count) => new Tensor(dtype, target.subarray(0, rows(count)), dims(count)),
  };
}

function fractionalTimestep(binding: OnnxBinding, dtype: string, timestep: number): SamplerError {
  return new SamplerError(
    'INVALID_REQUEST',
    `model ${binding.model} takes whole timesteps (${dtype}), not ${timestep}; choose a number ` +
      'of steps or a spacing that gives whole ones, or export the model with float32 timesteps',
    { context: { model: binding.model, timestep } },
  );
}
