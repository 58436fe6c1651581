/** A model in ONNX Runtime, on whichever thread: the model thread's, or the main one. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';

import { assert } from '../../shared/kernel/assert.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { checkMetadata } from './onnx-metadata.ts';
import type { GraphDtypes, OnnxBinding, OnnxValue } from './onnx-metadata.ts';
import { halfFeed, halfOutput, plainFeed, scaledFeed, type Feed } from './onnx-feed.ts';
import type { ExternalFile } from './onnx-model-files.ts';
import { openSession, type SessionOptions } from './onnx-runtime.ts';
import { withFaults } from './infer-faults.ts';
import type { SlotArrays } from './slot-arrays.ts';
import type { ThreadModel } from './thread-loop.ts';

/** A larger model is not loaded a second time for wide calls. */
const WIDE_BYTES_MAX = 512 * 1024 * 1024;

export interface OnnxPayload extends SessionOptions {
  /** Of a wide call; as many as `threads` where there is none. */
  readonly threadsAlone: number;
  readonly binding: OnnxBinding;
  readonly bytes: Uint8Array;
  readonly external: readonly ExternalFile[];
}

/** Opens a session and checks the model against its manifest. */
export async function loadOnnxModel(payload: unknown): Promise<ThreadModel> {
  const options = payload as OnnxPayload;
  const { binding } = options;
  const { model, file } = binding;
  const session = await openSession({ ...options, model, file });
  const wide = isWide(options)
    ? await openSession({ ...options, threads: options.threadsAlone, model, file })
    : undefined;
  const dtypes = checkMetadata(
    binding,
    values(session.inputMetadata),
    values(session.outputMetadata),
  );
  return {
    bind: (arrays) => {
      const plain = bindSlot(session, binding, dtypes, arrays);
      const other = wide ? bindSlot(wide, binding, dtypes, arrays) : plain;
      return withFaults((count, asWide = false) => (asWide ? other : plain)(count), arrays);
    },
    release: async () => {
      await session.release();
      await wide?.release();
    },
  };
}

function isWide({ threads, threadsAlone, bytes, external }: OnnxPayload): boolean {
  const size = external.reduce((sum, { data }) => sum + data.byteLength, bytes.byteLength);
  return threadsAlone > threads && size <= WIDE_BYTES_MAX;
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
  dtypes: GraphDtypes,
  arrays: SlotArrays,
): (count: number) => Promise<void> {
  const feeds = feedsOf(binding, dtypes, arrays);
  const output = outputOf(binding, dtypes, arrays);
  const calls = new Map<number, Call>();

  return async (count) => {
    for (const feed of feeds.values()) feed.convert(count);
    const call = calls.get(count) ?? makeCall(binding, feeds, output, count);
    calls.set(count, call);
    const results = await session.run(call.feeds, call.fetches);
    checkOutput(binding, results[binding.output], count);
    output.convert(count);
  };
}

function makeCall(
  { output: name }: OnnxBinding,
  feeds: ReadonlyMap<string, Feed>,
  output: Feed,
  count: number,
): Call {
  const tensors = Array.from(feeds, ([input, feed]) => [input, feed.tensor(count)] as const);
  return { feeds: Object.fromEntries(tensors), fetches: { [name]: output.tensor(count) } };
}

function feedsOf(
  binding: OnnxBinding,
  dtypes: GraphDtypes,
  arrays: SlotArrays,
): ReadonlyMap<string, Feed> {
  const feeds = new Map<string, Feed>();
  const state = { values: arrays.states, row: binding.sampleShape };
  feeds.set(binding.sample, dtypes.sample === 'float16' ? halfFeed(state) : plainFeed(state));
  feeds.set(binding.timestep, timestepFeed(binding, dtypes.timestep, arrays.timesteps));
  for (const { name, input, shape } of binding.conditions) {
    const values = arrays.conditions.get(name);
    assert(values !== undefined, `condition ${name} has no array`);
    const isHalf = dtypes.half.includes(input) && values instanceof Float32Array;
    feeds.set(input, isHalf ? halfFeed({ values, row: shape }) : plainFeed({ values, row: shape }));
  }
  return feeds;
}

/** Half floats are converted after a call, not before it. */
function outputOf(binding: OnnxBinding, { output }: GraphDtypes, arrays: SlotArrays): Feed {
  const rows = { values: arrays.outputs, row: binding.sampleShape };
  return output === 'float16' ? halfOutput(rows) : plainFeed(rows);
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

function timestepFeed(
  binding: OnnxBinding,
  dtype: GraphDtypes['timestep'],
  source: Float32Array,
): Feed {
  const { sharedTimestep: shared } = binding;
  const rows = { values: source, row: [], ...(shared && { shared }) };
  const scaled = { ...rows, scale: binding.timestepScale ?? 1 };
  if (dtype === 'float32') return scaled.scale === 1 ? plainFeed(rows) : scaledFeed(scaled);
  if (dtype === 'float16') return halfFeed(scaled);
  const wide = dtype === 'int64';
  const target = wide ? new BigInt64Array(source.length) : new Int32Array(source.length);
  return {
    ...plainFeed({ ...rows, values: target }),
    convert: (count) => {
      for (const [row, timestep] of source.subarray(0, shared ? 1 : count).entries()) {
        // Rounding would quietly evaluate another point of the schedule than the solver asked for.
        if (!Number.isInteger(timestep)) throw fractionalTimestep(binding, dtype, timestep);
        target[row] = wide ? BigInt(timestep) : timestep;
      }
    },
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
