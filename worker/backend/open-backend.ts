/** From what `--backend` says to the backend. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import { analyticBackend, analyticModel, builtinModels } from './analytic.ts';
import { parseOnnx } from './backend-name.ts';
import type { Backend } from './backend.ts';
import { emulatedBackend, profileModel } from './emulated/emulated.ts';
import { openPipelines } from './diffusers/pipelines.ts';
import { parseEmulation } from './emulated/emulation.ts';
import type { Emulation } from './emulated/emulation.ts';
import { readProfile } from './emulated/profile.ts';
import { discoverModels } from './manifest.ts';
import type { DiscoveredModel } from './manifest.ts';
import { parseOip } from './oip/address.ts';
import { oipBackend } from './oip/oip.ts';
import { onnxBackend } from './onnx.ts';
import type { SessionOptions } from './onnx-runtime.ts';

export interface BackendOptions {
  /** onnx, onnx:PROVIDER, analytic, emulated:PROFILE or oip:HOST:PORT/MODEL, both with options. */
  readonly backend: string;
  /** Folder of models. */
  readonly models: string;
  /** Of one model call. */
  readonly threads: number;
  /** Of one of a worker that is alone, on the CPU; default `threads`. */
  readonly threadsAlone?: number;
  /** How often the largest batch of every model is halved. */
  readonly halveBatch?: number;
}

/** @param onProblem gets what is wrong with a folder that cannot be used */
export async function openBackend(
  { backend, models: folder, threads, threadsAlone = threads, halveBatch = 0 }: BackendOptions,
  onProblem: (problem: SamplerError) => void,
): Promise<Backend> {
  const emulation = parseEmulation(backend);
  const oip = parseOip(backend);
  if (emulation !== undefined && emulation.model === undefined) return emulatedDevice(emulation);
  const { models: found, problems } = await discoverModels(folder);
  const models = found.map((model) => withSmallerBatch(model, halveBatch));
  for (const problem of problems) onProblem(problem);
  if (oip)
    return withPipelines(await oipBackend(models, oip), models, { threads, provider: 'cpu' });
  if (emulation !== undefined) return emulatedModel(emulation, models, threads);
  const provider = parseOnnx(backend);
  if (provider !== undefined) {
    const wide = provider === 'cpu' && { threadsAlone: Math.max(threads, threadsAlone) };
    const inner = onnxBackend(models, { threads, provider, ...wide });
    return withPipelines(inner, models, { threads, provider });
  }
  return analyticBackend({ models: [...builtinModels(), ...mixturesOf(models)] });
}

/** Text encoders and decoders run here, on whatever the denoiser runs. */
function withPipelines(
  backend: Backend,
  models: readonly DiscoveredModel[],
  session: SessionOptions,
): Backend {
  const pipelines = openPipelines(models, session);
  return {
    ...backend,
    pipelines,
    close: async () => {
      await pipelines.close();
      await backend.close();
    },
  };
}

/** Where the process was killed for its memory, it starts again with less of it. */
function withSmallerBatch(model: DiscoveredModel, halvings: number): DiscoveredModel {
  let { maxBatch } = model.manifest;
  for (let k = 0; k < halvings && maxBatch > 1; k++) maxBatch = Math.floor(maxBatch / 2);
  return { ...model, manifest: { ...model.manifest, maxBatch } };
}

async function emulatedDevice(emulation: Emulation): Promise<Backend> {
  const profile = await readProfile(emulation.profile);
  return emulatedBackend(profileModel(profile, emulation.bytes), profile, emulation);
}

async function emulatedModel(
  emulation: Emulation,
  models: readonly DiscoveredModel[],
  threads: number,
): Promise<Backend> {
  const profile = await readProfile(emulation.profile);
  const named = models.filter(({ manifest }) => manifest.name === emulation.model);
  const builtin = builtinModels().filter(({ description }) => description.name === emulation.model);
  const [found] = named;
  if (found === undefined && builtin.length === 0) {
    const known = [
      ...models.map(({ manifest }) => manifest.name),
      ...builtinModels().map(({ description }) => description.name),
    ];
    const text = `--backend: found model=${emulation.model}, expected one of ${known.join(', ')}`;
    throw new SamplerError('INVALID_REQUEST', text);
  }
  const isOnnx = found?.manifest.kind === 'onnx';
  const inner = isOnnx
    ? withPipelines(onnxBackend(named, { threads }), named, { threads, provider: 'cpu' })
    : analyticBackend({ models: [...builtin, ...mixturesOf(named)] });
  return emulatedBackend(inner, profile, emulation);
}

function mixturesOf(discovered: readonly DiscoveredModel[]) {
  return discovered.flatMap((model) => {
    const { manifest } = model;
    return manifest.kind === 'gaussian-mixture' ? [analyticModel(manifest, model)] : [];
  });
}
