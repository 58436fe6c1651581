import { availableParallelism } from 'node:os';

import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { Backend } from './backend.ts';
import { describe } from './describe.ts';
import { noParts } from './diffusers/pipeline-parts.ts';
import { readHashedModel } from './manifest.ts';
import type { DiscoveredModel } from './manifest.ts';
import type { OnnxManifest } from './manifest-schema.ts';
import { checkOnnxFile } from './onnx-file.ts';
import { ownMemory } from './onnx-model-files.ts';
import type { OnnxBinding } from './onnx-metadata.ts';
import type { OnnxPayload } from './onnx-session.ts';
import { threadedBackend, threadEntry } from './threaded-backend.ts';
import type { ThreadedModel } from './threaded-backend.ts';

export interface OnnxOptions {
  /**
   * Threads of one model call; default 1, so that workers on one machine do not fight for cores.
   */
  readonly threads?: number;
  /**
   * Threads of one model call of a worker that is alone; default `threads`. The model is loaded a
   * second time for them, unless it is large, and up to three times more where its calls are short.
   */
  readonly threadsAlone?: number;
  /** 'cpu', 'cuda', 'cuda:1', …: what ONNX Runtime calls an execution provider. */
  readonly provider?: string;
}

/**
 * Serves the ONNX models among the discovered ones; each is loaded, and fully checked, on first
 * use.
 */
export function onnxBackend(
  discovered: readonly DiscoveredModel[],
  options: OnnxOptions = {},
): Backend {
  const { threads = 1, threadsAlone = threads, provider = 'cpu' } = options;
  checkThreads(threads);
  checkThreads(threadsAlone);
  return threadedBackend({
    kind: 'onnx',
    entry: threadEntry('onnx-thread', import.meta.url),
    load: async (payload) => (await import('./onnx-session.ts')).loadOnnxModel(payload),
    models: discovered.flatMap((model) => {
      const { manifest } = model;
      return manifest.kind === 'onnx'
        ? [threadedModel(model, manifest, { threads, threadsAlone, provider })]
        : [];
    }),
  });
}

function threadedModel(
  model: DiscoveredModel,
  manifest: OnnxManifest,
  options: Required<OnnxOptions>,
): ThreadedModel {
  return {
    description: describeOnnx(manifest, model),
    widens: options.threadsAlone > options.threads,
    lanes: Math.floor(options.threadsAlone / options.threads),
    payload: async (only) => {
      const { bytes: read, external } = await readHashedModel(model);
      checkOnnxFile(read, model.file);
      const bytes = ownMemory(read);
      const binding = bindingOf(manifest, model);
      const own = only === 'split' ? { ...options, threadsAlone: options.threads } : options;
      const value: OnnxPayload = { binding, bytes, external, ...own };
      return { value, transfer: [bytes, ...external.map(({ data }) => data)].map(bufferOf) };
    },
  };
}

function bufferOf({ buffer }: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return buffer;
}

export function describeOnnx(
  manifest: OnnxManifest,
  { sha256, convergence, sharedTimestep = false, around = noParts }: DiscoveredModel,
): ModelDescription {
  return describe(manifest, sha256, {
    backend: 'onnx',
    sharedTimestep,
    prediction: manifest.prediction,
    conditions: manifest.conditions.map(({ input: _input, ...condition }) => condition),
    ...(around.textEncoders.length > 0 && { takesPrompts: true }),
    ...(around.decoder && { decodesLatents: true }),
    ...(convergence && { convergence }),
  });
}

export function bindingOf(
  manifest: OnnxManifest,
  { file, sharedTimestep = false }: DiscoveredModel,
): OnnxBinding {
  return {
    model: manifest.name,
    file,
    sharedTimestep,
    sampleShape: manifest.sampleShape,
    maxBatch: manifest.maxBatch,
    ...manifest.inputs,
    conditions: manifest.conditions.map(({ name, input, dtype, shape }) => ({
      name,
      input: input ?? name,
      dtype,
      shape,
    })),
  };
}

function checkThreads(threads: number): void {
  const most = availableParallelism();
  if (Number.isInteger(threads) && threads >= 1 && threads <= most) return;
  throw new SamplerError(
    'INVALID_REQUEST',
    `threads: found ${threads}, expected 1 to ${most}, the cores of this machine`,
    { context: { threads } },
  );
}
