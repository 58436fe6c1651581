/**
 * A model on somebody else's server (Triton, KServe, MLServer): this worker holds the blocks, and
 * the server evaluates the denoiser. What the model is, its folder here says; that the server runs
 * the same file is its operator's word, and spot checks compare its numbers with other workers'.
 */
import pLimit from 'p-limit';
import type * as modelMetadata from '../../../proto/generated/inference/ModelMetadataResponse.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { assert } from '../../../shared/kernel/assert.ts';
import { elementsOf } from '../../../shared/protocol/model-description.ts';
import type { Backend, CallTime, ConditionArray, ModelSlot } from '../backend.ts';
import { withFaults } from '../infer-faults.ts';
import type { DiscoveredModel } from '../manifest.ts';
import type { OnnxManifest } from '../manifest-schema.ts';
import { bindingOf, describeOnnx } from '../onnx.ts';
import { checkMetadata, type OnnxBinding, type OnnxValue } from '../onnx-metadata.ts';
import { createSlotArrays, type SlotArrays } from '../slot-arrays.ts';
import { checkCount, unknownModel } from '../threaded-backend.ts';
import type { OipAddress } from './address.ts';
import { connectOip, type OipServer, type Patience } from './server.ts';
import { datatypes, rawOf, readOutput, type Datatype } from './tensors.ts';

export async function oipBackend(
  discovered: readonly DiscoveredModel[],
  address: OipAddress,
  patience?: Patience,
): Promise<Backend> {
  const { model, manifest } = chosen(discovered, address);
  const server = await connectOip(address, patience);
  const described = describeOnnx(manifest, model);
  const maxBatch = Math.min(manifest.maxBatch, address.batch || manifest.maxBatch);
  const description = { ...described, backend: 'oip', maxBatch };
  const binding = { ...bindingOf(manifest, model), file: server.name, maxBatch };
  const clock = progressClock();
  return {
    kind: 'oip',
    models: [description],
    slot: async (name): Promise<ModelSlot> => {
      if (name !== description.name) throw unknownModel(name, [description.name]);
      await server.ready();
      const arrays = createSlotArrays(description);
      const inputs = boundInputs(binding, await server.metadata(), arrays);
      const { output } = binding;
      const { outputs } = arrays;
      const { dim } = description;
      const send = sender({ server, output, inputs, outputs, dim, calls: address.calls });
      const run = withFaults((count) => clock.during(() => send(count)), arrays);
      return {
        maxBatch,
        ...arrays,
        run: async (count): Promise<CallTime> => {
          checkCount(count, description);
          const started = performance.now();
          await run(count);
          return { modelMs: performance.now() - started };
        },
      };
    },
    lastProgressMs: () => clock.sinceMs(),
    close: () => {
      server.close();
      return Promise.resolve();
    },
  };
}

/** The folder that describes the server's model: the one named, its namesake, or the only one. */
function chosen(
  discovered: readonly DiscoveredModel[],
  { local, model: remote }: OipAddress,
): { readonly model: DiscoveredModel; readonly manifest: OnnxManifest } {
  const known = discovered.flatMap((model) => {
    const { manifest } = model;
    return manifest.kind === 'onnx' ? [{ model, manifest }] : [];
  });
  const wanted = local === '' ? remote : local;
  const named = known.find(({ manifest }) => manifest.name === wanted);
  const [only, ...others] = known;
  const found = named ?? (local === '' && others.length === 0 ? only : undefined);
  if (found) return found;
  const names = known.map(({ manifest }) => manifest.name).join(', ') || 'none';
  const text = `--backend: found model ${wanted}, expected one of --models: ${names}`;
  throw new SamplerError('INVALID_REQUEST', `${text}; say which with model=NAME`);
}

/** An input of the server's model, and what it is fed from. */
interface BoundInput {
  readonly name: string;
  readonly datatype: Datatype;
  /** Of one row. */
  readonly elements: number;
  readonly values: ConditionArray;
  readonly shapeOf: (rows: number) => number[];
  /** Values are multiplied with it. */
  readonly scale: number;
  /** One value for the whole call. */
  readonly shared: boolean;
}

/** What the server says of its inputs, held against the manifest. */
function boundInputs(
  binding: OnnxBinding,
  { inputs, outputs }: modelMetadata.ModelMetadataResponse__Output,
  arrays: SlotArrays,
): readonly BoundInput[] {
  // some servers say nothing of their models: then the manifest stands alone
  if (inputs.length > 0) checkMetadata(binding, inputs.map(valueOf), outputs.map(valueOf));
  const bound = (name: string, row: readonly number[], values: ConditionArray): BoundInput => {
    const said = inputs.find((input) => input.name === name);
    const datatype = datatypes.find((known) => known === said?.datatype) ?? datatypeOf(values);
    // a server that knows no scalars has [rows, 1] in their place
    const single = row.length === 0 && said?.shape.length === 2;
    const shapeOf = (rows: number) => [rows, ...(single ? [1] : row)];
    const plain = { scale: 1, shared: false };
    return { name, datatype, elements: elementsOf(row), values, shapeOf, ...plain };
  };
  const { timestepScale: scale = 1 } = binding;
  const time = { ...bound(binding.timestep, [], arrays.timesteps), scale };
  const rank = inputs.find(({ name }) => name === binding.timestep)?.shape.length ?? 0;
  const shared = { ...time, shared: true, shapeOf: () => new Array<number>(rank).fill(1) };
  const conditions = binding.conditions.map(({ name, input, shape }) => {
    const values = arrays.conditions.get(name);
    assert(values !== undefined, `condition ${name} has no array`);
    return bound(input, shape, values);
  });
  const sample = bound(binding.sample, binding.sampleShape, arrays.states);
  return [sample, binding.sharedTimestep ? shared : time, ...conditions];
}

function datatypeOf(values: ConditionArray): Datatype {
  if (values instanceof Float32Array) return 'FP32';
  return values instanceof Int32Array ? 'INT32' : 'INT64';
}

const onnxTypes: Readonly<Record<string, string>> = {
  FP32: 'float32',
  FP16: 'float16',
  INT64: 'int64',
  INT32: 'int32',
};

type TensorMetadata = modelMetadata.ModelMetadataResponse__Output['inputs'][number];

function valueOf({ name, datatype, shape }: TensorMetadata): OnnxValue {
  const sides = shape.map((side) => (side < 0 ? '' : side));
  const [rows, one, ...more] = sides;
  // [rows, 1] stands for a number per row
  const scalar = rows === '' && one === 1 && more.length === 0;
  const type = onnxTypes[datatype] ?? datatype;
  return { name, isTensor: true, type, shape: scalar ? [''] : sides };
}

interface Sending {
  readonly server: OipServer;
  readonly output: string;
  readonly inputs: readonly BoundInput[];
  readonly outputs: Float32Array;
  readonly dim: number;
  readonly calls: number;
}

/** A batch as one request, or as several side by side: a server with instances runs them so. */
function sender({ server, output, inputs, outputs, dim, calls }: Sending) {
  const limit = pLimit(calls);
  const send = async (first: number, rows: number): Promise<void> => {
    const values = ({ values: all, elements, shared, scale }: BoundInput) => {
      const from = shared ? 0 : first * elements;
      const given = all.subarray(from, shared ? 1 : from + rows * elements);
      const plain = scale === 1 || !(given instanceof Float32Array);
      return plain ? given : given.map((value) => value * scale);
    };
    const response = await server.infer({
      inputs: inputs.map(({ name, datatype, shapeOf }) => {
        return { name, datatype, shape: shapeOf(rows) };
      }),
      outputs: [{ name: output }],
      rawInputContents: inputs.map((input) => rawOf(input.name, values(input), input.datatype)),
    });
    const into = outputs.subarray(first * dim, (first + rows) * dim);
    readOutput(server.name, response, output, into);
  };
  return async (count: number): Promise<void> => {
    const requests = Math.min(calls, count);
    await limit.map(Array.from({ length: requests }).keys(), (k) => {
      const first = Math.floor((k * count) / requests);
      return send(first, Math.floor(((k + 1) * count) / requests) - first);
    });
  };
}

/** Age of the last answer, while one is waited for. */
function progressClock() {
  let waiting = 0;
  let lastMs = 0;
  return {
    sinceMs: () => (waiting === 0 ? 0 : performance.now() - lastMs),
    during: async (call: () => Promise<void>): Promise<void> => {
      if (waiting++ === 0) lastMs = performance.now();
      try {
        await call();
      } finally {
        waiting--;
        lastMs = performance.now();
      }
    },
  };
}
