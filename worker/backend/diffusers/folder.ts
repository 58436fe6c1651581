/**
 * A folder as diffusers saves a pipeline, with ONNX files in place of weights (models/export), is a
 * model as it is: what a manifest would say is read from `model_index.json`, the scheduler's
 * config, the denoiser's config and the signature of its graph.
 */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { elementsOf } from '../../../shared/protocol/model-description.ts';
import { manifestSchema, type OnnxManifest } from '../manifest-schema.ts';
import { readModelFile, unusable } from '../model-file.ts';
import { checkOnnxFile } from '../onnx-file.ts';
import { graphSignature, type GraphSignature, type GraphValue } from '../onnx-graph.ts';
import { Malformed } from '../protobuf.ts';
import { readJson, readParsed } from './folder-json.ts';
import { guidanceOf, partsOf, type PipelineParts } from './pipeline-parts.ts';
import { readScheduler, type SchedulerSettings } from './scheduler.ts';

export const indexFile = 'model_index.json';

/** Rows of one call: a latent of usual size and its activations fit a device of 16 GB. */
const MAX_BATCH = 16;
/** Latents of an autoencoder are scaled to about unit deviation; pictures in [-1, 1] have half. */
const DATA_STD = { latent: 1, picture: 0.5 } as const;

const FLUX = 'FluxPipeline';
/** Its tokens are cells of 2 x 2, whose values its transformer counts as channels. */
const PACKED = 4;

export interface DiffusersFolder {
  readonly pipeline: string;
  /** unet or transformer. */
  readonly denoiser: string;
  readonly scheduler: SchedulerSettings & { readonly className: string };
  readonly graph: GraphSignature;
  /** Other parts of the pipeline: text encoders, autoencoder. */
  readonly parts: readonly string[];
  /** What becomes of those on this side of the denoiser, and on the other. */
  readonly around: PipelineParts;
  readonly manifest: OnnxManifest;
}

const index = z.object({ _class_name: z.string() }).catchall(z.unknown());

/** @throws MODEL_UNUSABLE naming the file, what was found, what was expected and what to do */
export async function readDiffusersFolder(folder: string): Promise<DiffusersFolder> {
  const file = join(folder, indexFile);
  const document = await readParsed(index, folder, indexFile);
  const parts = Object.entries(document).flatMap(([name, value]) =>
    Array.isArray(value) && typeof value[0] === 'string' ? [name] : [],
  );
  const denoiser = ['unet', 'transformer'].find((name) => parts.includes(name));
  if (!denoiser) {
    const found = `the parts ${parts.join(', ') || 'none'}`;
    throw unusable(file, found, 'a unet or a transformer', 'export a pipeline that has one');
  }
  const graph = await graphOf(folder, denoiser);
  const config = await denoiserConfig(folder, denoiser);
  const { _class_name: pipeline } = document;
  const packed = pipeline === FLUX ? PACKED : 1;
  const shape = sampleShape(folder, denoiser, { graph, config, packed });
  await checkDecoder(folder, parts, shape);
  const scheduler = await schedulerOf(folder, pipeline, shape);
  const around = await partsOf(folder, pipeline, parts);
  const described = { pipeline, denoiser, scheduler, graph, shape, parts, around };
  return { ...described, manifest: manifestOf(folder, described) };
}

async function schedulerOf(
  folder: string,
  pipeline: string,
  [, height = 0, width = 0]: readonly number[],
) {
  const name = 'scheduler/scheduler_config.json';
  const document = await readJson(folder, name);
  const isFlux = pipeline === FLUX;
  // it spaces levels itself, whatever its scheduler says
  const tokens = isFlux ? (height * width) / PACKED : undefined;
  const settings = readScheduler(document, join(folder, name), tokens);
  const { _class_name: className } = z.object({ _class_name: z.string() }).parse(document);
  return { ...settings, ...(isFlux && { spacing: 'trailing' as const }), className };
}

async function graphOf(folder: string, denoiser: string): Promise<GraphSignature> {
  const { file, bytes } = await readModelFile(folder, `${denoiser}/model.onnx`);
  checkOnnxFile(bytes, file);
  try {
    return graphSignature(bytes);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const found = `no whole ONNX graph (${error.message})`;
    throw unusable(file, found, 'one as it was exported', 'export it again, or copy it again');
  }
}

const config = z.object({
  in_channels: z.int().min(1).optional(),
  out_channels: z.int().min(1).nullable().optional(),
  sample_size: z
    .union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])])
    .nullable()
    .optional(),
});
type DenoiserConfig = z.infer<typeof config>;

/** Other exporters write none: then the graph has to say all. */
async function denoiserConfig(folder: string, denoiser: string): Promise<DenoiserConfig> {
  const name = `${denoiser}/config.json`;
  const there = await stat(join(folder, name)).catch(() => undefined);
  if (!there) return {};
  return readParsed(config, folder, name);
}

function sampleInput({ inputs }: GraphSignature): GraphValue | undefined {
  return inputs.find(({ name }) => name === 'sample' || name === 'hidden_states');
}

interface Signature {
  readonly graph: GraphSignature;
  readonly config: DenoiserConfig;
  /** Cells of a picture that the config counts as channels. */
  readonly packed: number;
}

/** Channels, height and width: the graph's own sizes, else those of the config. */
function sampleShape(
  folder: string,
  denoiser: string,
  { graph, config: sizes, packed }: Signature,
): number[] {
  const file = join(folder, denoiser, 'model.onnx');
  const input = sampleInput(graph);
  if (!input?.shape) {
    const names = graph.inputs.map(({ name }) => name).join(', ');
    const expected = 'an input sample or hidden_states';
    throw unusable(file, `the inputs ${names}`, expected, 'export it with models/export');
  }
  const { sample_size: size, in_channels: all } = sizes;
  const channels = all && all / packed;
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? []);
  const known = [channels, height, width];
  const shape = input.shape
    .slice(1)
    .map((own, axis) => (typeof own === 'number' ? own : known[axis]));
  if (shape.length !== 3 || shape.some((one) => one === undefined)) {
    const found = `'${input.name}' of shape [${input.shape.join(', ')}]`;
    const expected = 'channels, height and width, there or in config.json';
    throw unusable(file, found, expected, 'export it with a fixed size');
  }
  const [own] = shape;
  if (channels !== undefined && own !== channels) {
    const expected = `${channels}, in_channels of ${denoiser}/config.json`;
    throw unusable(file, `${own} channels`, expected, 'export both from one model');
  }
  return shape.flatMap((one) => one ?? []);
}

const decoderConfig = z.object({ latent_channels: z.int().min(1) });

/** A decoder that could not take what the denoiser makes. */
async function checkDecoder(
  folder: string,
  parts: readonly string[],
  [channels]: readonly number[],
): Promise<void> {
  if (!parts.includes('vae')) return;
  const name = 'vae_decoder/config.json';
  const file = join(folder, name);
  const { latent_channels: expected } = await readParsed(decoderConfig, folder, name);
  if (channels === expected) return;
  const found = `${expected} latent channels`;
  throw unusable(
    file,
    found,
    `${channels}, those of the denoiser`,
    'export both from one pipeline',
  );
}

interface Described {
  readonly pipeline: string;
  readonly denoiser: string;
  readonly scheduler: SchedulerSettings;
  readonly graph: GraphSignature;
  readonly shape: readonly number[];
  readonly parts: readonly string[];
}

function manifestOf(folder: string, described: Described): OnnxManifest {
  const { pipeline, denoiser, scheduler, graph, shape, parts } = described;
  const { schedule, prediction, spacing, timestepOffset, terminalAlphaBar, sampler } = scheduler;
  const bound = scheduler.bound && manifestBound(scheduler.bound);
  const file = `${denoiser}/model.onnx`;
  const conditions = conditionsOf(folder, file, graph);
  const latent = parts.includes('vae');
  const output = graph.outputs[0]?.name ?? '';
  const document = {
    kind: 'onnx',
    name: nameOf(folder),
    file,
    sampleShape: shape,
    prediction,
    inputs: {
      sample: sampleInput(graph)?.name,
      timestep: 'timestep',
      output,
      ...timeOf(described),
    },
    conditions,
    schedule:
      schedule.kind === 'cosine' ? { kind: 'cosine', trainSteps: schedule.trainSteps } : schedule,
    spacing,
    timestepOffset,
    terminalAlphaBar,
    ...(bound && { bound }),
    sampler,
    dataStd: latent ? DATA_STD.latent : DATA_STD.picture,
    valueRange: [-1, 1],
    guidance: 0,
    maxBatch: Math.max(1, Math.min(MAX_BATCH, Math.floor(2 ** 26 / elementsOf(shape)))),
    license: 'see the model',
  };
  const result = manifestSchema.safeParse(document);
  if (result.success && result.data.kind === 'onnx') {
    // a manifest needs a value to guide away from; here jobs bring one, or a prompt of it
    return { ...result.data, guidance: guidanceOf(pipeline) };
  }
  const [issue] = result.error?.issues ?? [];
  const found = `${issue?.path.join('.') ?? 'a folder'} that does not fit`;
  const expected = issue?.message ?? 'a model';
  throw unusable(join(folder, indexFile), found, expected, 'write an isochron.yaml for it');
}

function manifestBound(bound: NonNullable<SchedulerSettings['bound']>) {
  if (bound.kind === 'clip') return { clip: bound.range };
  return { quantile: bound.quantile, most: bound.most };
}

/** A graph of the exporter says where its times are levels. */
function timeOf({ graph, scheduler: { schedule } }: Described): { timestepScale?: number } {
  const inLevels = graph.metadata.get('isochron.timestep') === 'sigma';
  return inLevels && schedule.kind === 'flow' ? { timestepScale: 1 / schedule.trainSteps } : {};
}

/** Every input that is neither the sample nor the time is a condition that jobs bring along. */
function conditionsOf(folder: string, file: string, graph: GraphSignature) {
  const known = ['timestep', sampleInput(graph)?.name];
  return graph.inputs
    .filter(({ name }) => !known.includes(name))
    .map(({ name, dtype: own, shape = [] }) => {
      // half floats are converted on the way
      const dtype = own === 'float16' ? 'float32' : own;
      const row = shape.slice(1);
      const fixed = row.filter((one) => typeof one === 'number');
      const fits = ['float32', 'int64', 'int32'].includes(dtype);
      if (!fits || fixed.length < row.length) {
        const found = `the input '${name}' (${own} [${shape.join(', ')}])`;
        const expected = 'float32, float16, int64 or int32 of fixed sizes behind the batch';
        throw unusable(join(folder, file), found, expected, 'export it with models/export');
      }
      const whole = dtype !== 'float32';
      const range = whole ? { minimum: 0, maximum: 2 ** 31 - 1 } : { minimum: -1e6, maximum: 1e6 };
      return { name, input: name, dtype, shape: fixed, ...range };
    });
}

/** The folder's own name, in the letters that the name of a model may have. */
function nameOf(folder: string): string {
  const plain = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-');
  const name = plain.replace(/^[^a-z0-9]+/, '').slice(0, 64);
  if (name !== '') return name;
  throw new SamplerError('MODEL_UNUSABLE', `${folder}: its name has no letter; rename it`);
}
