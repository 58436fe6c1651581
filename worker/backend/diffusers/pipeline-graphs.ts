/**
 * The graphs around a denoiser, run one row at a time: text encoders, and the decoder of latents.
 * Files are read as a model's are (`model-file.ts`), loaded when they are first needed.
 */
import { join } from 'node:path';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type {
  EncodedCondition,
  Picture,
  Pixels,
  Prompts,
} from '../../../shared/protocol/pipeline-wire.ts';
import { unusable } from '../model-file.ts';
import { readOnnxModel } from '../onnx-model-files.ts';
import { halfTensor } from '../onnx-feed.ts';
import { openSession, type SessionOptions } from '../onnx-runtime.ts';
import { elementsOf } from '../../../shared/protocol/model-description.ts';
import { negativeOf } from '../../../shared/kernel/negative-condition.ts';
import { readParsed } from './folder-json.ts';
import { tokenizerOf } from './pipeline-parts.ts';
import { pictureOf } from './picture.ts';
import {
  conditionsOf,
  type Conditions,
  type PipelineFacts,
  type TextEncoders,
  type TextTensor,
} from './text-conditions.ts';
import { openTokenizer, type PromptTokenizer } from './tokenizer.ts';

/** What a pipeline's graphs are run with; plain data, since it goes to a thread. */
export interface PipelineSource extends SessionOptions {
  readonly model: string;
  readonly folder: string;
  readonly textEncoders: readonly string[];
  /** Channels, height and width of a latent. */
  readonly sampleShape: readonly number[];
  /** The denoiser's inputs and their shapes. */
  readonly conditions: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface PipelineGraphs {
  encode(prompts: Prompts): Promise<EncodedCondition[]>;
  decode(latent: Float32Array): Promise<Picture>;
  encodePicture(pixels: Pixels): Promise<Float32Array>;
  close(): Promise<void>;
}

export function openPipelineGraphs(source: PipelineSource): PipelineGraphs {
  const sessions = new Map<string, Promise<InferenceSession>>();
  const tokenizers = new Map<string, Promise<PromptTokenizer>>();
  const session = onFirstUse(sessions, (part) => openPart(source, part));
  const tokenizer = onFirstUse(tokenizers, (part) =>
    openTokenizer(source.folder, tokenizerOf(part)),
  );
  const encoders = textEncoders(source, session, tokenizer);
  return {
    encode: (prompts) => encode(source, encoders, prompts),
    decode: async (latent) => decode(source, await session('vae_decoder'), latent),
    encodePicture: async (pixels) => encodePicture(source, await session('vae_encoder'), pixels),
    close: async () => {
      for (const opened of sessions.values()) await (await opened).release();
    },
  };
}

/** What could not be opened is tried again the next time. */
function onFirstUse<T>(
  opened: Map<string, Promise<T>>,
  open: (part: string) => Promise<T>,
): (part: string) => Promise<T> {
  return async (part) => {
    const one = opened.get(part) ?? open(part);
    opened.set(part, one);
    try {
      return await one;
    } catch (error) {
      opened.delete(part);
      throw error;
    }
  };
}

async function openPart(source: PipelineSource, part: string): Promise<InferenceSession> {
  const files = await readOnnxModel(source.folder, `${part}/model.onnx`);
  return openSession({ ...source, ...files });
}

async function encode(
  source: PipelineSource,
  encoders: TextEncoders,
  { positive, negative }: Prompts,
): Promise<EncodedCondition[]> {
  const facts = await factsOf(source);
  const rowsOf = async (texts: readonly (string | null)[]): Promise<Conditions[]> => {
    const rows: Conditions[] = [];
    for (const text of texts) rows.push(checked(facts, await conditionsOf(facts, encoders, text)));
    return rows;
  };
  const own = together(await rowsOf(positive), (name) => name);
  if (!negative) return own;
  return [...own, ...together(await rowsOf(negative), negativeOf)];
}

/** Rows of one prompt have no axis for samples: they serve all of them. */
function together(
  rows: readonly Conditions[],
  named: (condition: string) => string,
): EncodedCondition[] {
  const [first = {}] = rows;
  return Object.entries(first).map(([name, { shape, data }]) => {
    if (rows.length === 1) return { name: named(name), shape, data };
    const all = new Float32Array(rows.length * data.length);
    for (const [k, row] of rows.entries()) {
      all.set(row[name]?.data ?? new Float32Array(), k * data.length);
    }
    return { name: named(name), shape: [rows.length, ...shape], data: all };
  });
}

/** What the denoiser takes. */
function checked(facts: PipelineFacts, found: Conditions): Conditions {
  for (const [name, expected] of facts.shapes) {
    const shape = found[name]?.shape;
    if (shape?.join() === expected.join()) continue;
    const given = shape ? `[${shape.join(', ')}]` : 'nothing';
    const text =
      `the text encoders of the folder give ${name} ${given}, ` +
      `expected [${expected.join(', ')}], which the denoiser takes; export all from one pipeline`;
    throw new SamplerError('MODEL_UNUSABLE', text);
  }
  return found;
}

const indexSchema = z.object({
  _class_name: z.string(),
  force_zeros_for_empty_prompt: z.boolean().optional(),
});

const decoderSchema = z.object({
  block_out_channels: z.array(z.int()).min(1).optional(),
  scaling_factor: z.number(),
  shift_factor: z.number().nullable().optional(),
});

async function factsOf({ folder, ...source }: PipelineSource): Promise<PipelineFacts> {
  const index = await readParsed(indexSchema, folder, 'model_index.json');
  const decoder = await readParsed(decoderSchema, folder, 'vae_decoder/config.json');
  const { block_out_channels: stages = [0] } = decoder;
  const [, height = 1, width = 1] = source.sampleShape;
  const factor = 2 ** (stages.length - 1);
  return {
    pipeline: index._class_name,
    textEncoders: source.textEncoders,
    zerosWithoutPrompt: index.force_zeros_for_empty_prompt ?? true,
    pictureSize: [height * factor, width * factor],
    shapes: new Map(source.conditions.map(({ name, shape }) => [name, shape])),
  };
}

/** Of CLIP, where no config says it. */
const CLIP_TOKENS = 77;

const encoderSchema = z.object({ num_hidden_layers: z.int().min(1).optional() });

function textEncoders(
  { folder }: PipelineSource,
  session: (part: string) => Promise<InferenceSession>,
  tokenizer: (part: string) => Promise<PromptTokenizer>,
): TextEncoders {
  const run = async (part: string, text: string, tokens: number | undefined) => {
    const own = await tokenizer(part);
    const ids = own.encode(text, tokens ?? own.length ?? CLIP_TOKENS);
    return outputsOf(await session(part), ids);
  };
  return {
    clip: async (part, text) => {
      const outputs = await run(part, text, undefined);
      const config = await readParsed(encoderSchema, folder, `${part}/config.json`);
      const { num_hidden_layers: layers = 1 } = config;
      const named = (name: string): TextTensor => outputs.get(name) ?? missing(folder, part, name);
      return {
        last: named('last_hidden_state'),
        get penultimate() {
          return named(`hidden_states.${layers - 1}`);
        },
        projected: outputs.get('text_embeds'),
        pooled: outputs.get('pooler_output'),
      };
    },
    t5: async (part, text, tokens) => {
      const outputs = await run(part, text, tokens);
      return outputs.get('last_hidden_state') ?? missing(folder, part, 'last_hidden_state');
    },
  };
}

function missing(folder: string, part: string, name: string): never {
  const file = join(folder, part, 'model.onnx');
  throw unusable(file, `no output ${name}`, 'one', 'export the folder with models/export');
}

async function outputsOf(
  session: InferenceSession,
  ids: BigInt64Array,
): Promise<Map<string, TextTensor>> {
  const [input] = session.inputMetadata;
  const narrow = input?.isTensor === true && input.type === 'int32';
  const dims = [1, ids.length];
  const tokens = narrow
    ? new Tensor('int32', Int32Array.from(ids, Number), dims)
    : new Tensor('int64', ids, dims);
  const results = await session.run({ [input?.name ?? 'input_ids']: tokens });
  const named = new Map<string, TextTensor>();
  for (const [name, { data, dims: shape }] of Object.entries(results)) {
    const values = floatsIn(data);
    if (values) named.set(name, { shape: shape.slice(1), data: values });
  }
  return named;
}

/** The mean of the latents that the encoder finds likely, in the denoiser's units. */
async function encodePicture(
  { folder, sampleShape }: PipelineSource,
  session: InferenceSession,
  { shape, values }: Pixels,
): Promise<Float32Array> {
  const file = join(folder, 'vae_encoder/model.onnx');
  const wanted = session.inputMetadata[0];
  const sizes = wanted?.isTensor ? wanted.shape.slice(1) : [];
  if (!shape.every((side, axis) => typeof sizes[axis] !== 'number' || sizes[axis] === side)) {
    const text = `image: found a picture of [${shape.join(', ')}], expected [${sizes.join(', ')}]`;
    throw new SamplerError('INVALID_REQUEST', `${text}, the size of the model; scale it`);
  }
  const [input, output] = [session.inputNames[0] ?? '', session.outputNames[0] ?? ''];
  const results = await session.run({ [input]: latentTensor(session, values, shape) });
  const moments = floatsIn(results[output]?.data);
  const config = await readParsed(decoderSchema, folder, 'vae_decoder/config.json');
  const { scaling_factor: scale, shift_factor: shift } = config;
  const elements = elementsOf(sampleShape);
  if (moments?.length !== 2 * elements && moments?.length !== elements) {
    const found = `${moments?.length ?? 0} values`;
    throw unusable(file, found, `${2 * elements}: means and variances`, 'export it again');
  }
  return moments.slice(0, elements).map((mean) => (mean - (shift ?? 0)) * scale);
}

/** Half floats as well; undefined for numbers that are none of both. */
function floatsIn(data: Tensor['data'] | undefined): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  return data instanceof Float16Array ? Float32Array.from(data) : undefined;
}

function latentTensor(
  { inputMetadata: [input] }: InferenceSession,
  rows: Float32Array,
  shape: readonly number[],
): Tensor {
  const dims = [1, ...shape];
  const isHalf = input?.isTensor === true && input.type === 'float16';
  if (!isHalf) return new Tensor('float32', rows, dims);
  return halfTensor(new Uint16Array(Float16Array.from(rows).buffer), dims);
}

async function decode(
  { folder, sampleShape }: PipelineSource,
  session: InferenceSession,
  latent: Float32Array,
): Promise<Picture> {
  const config = await readParsed(decoderSchema, folder, 'vae_decoder/config.json');
  const { scaling_factor: scale, shift_factor: shift } = config;
  const rows = latent.map((value) => value / scale + (shift ?? 0));
  const [input, output] = [session.inputNames[0] ?? '', session.outputNames[0] ?? ''];
  const results = await session.run({ [input]: latentTensor(session, rows, sampleShape) });
  const { data: given, dims = [] } = results[output] ?? {};
  const data = floatsIn(given);
  const file = join(folder, 'vae_decoder/model.onnx');
  if (!data || dims.length !== 4) {
    const found = `an output of shape [${dims.join(', ')}]`;
    throw unusable(file, found, 'float32 [batch, channels, height, width]', 'export it again');
  }
  if (data.every(Number.isFinite)) return pictureOf(data, dims.slice(1));
  // half floats overflow in some decoders, and the picture would be black
  throw unusable(file, 'numbers that are not finite', 'a picture', 'export it in float32');
}
