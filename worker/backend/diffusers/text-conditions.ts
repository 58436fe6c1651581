/**
 * What a denoiser is given of a prompt: states of text encoders, put together as each pipeline of
 * diffusers does it (test/parity/README.md has the rules in a table).
 */
import { assert } from '../../../shared/kernel/assert.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';

/** Of one text; no axis for samples. */
export interface TextTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** States of one text in a CLIP encoder. */
export interface ClipStates {
  /** [tokens, width], behind the final norm. */
  readonly last: TextTensor;
  /** [tokens, width], before the last layer. */
  readonly penultimate: TextTensor;
  /** [width] of the whole text, projected; undefined where the encoder has no projection. */
  readonly projected: TextTensor | undefined;
  /** [width] of the whole text as it is; undefined where the encoder does not give it. */
  readonly pooled: TextTensor | undefined;
}

export interface TextEncoders {
  clip(textEncoder: string, text: string): Promise<ClipStates>;
  /** [tokens, width] */
  t5(textEncoder: string, text: string, tokens: number): Promise<TextTensor>;
}

export interface PipelineFacts {
  readonly pipeline: string;
  readonly textEncoders: readonly string[];
  /** SDXL: no negative prompt is zeros, not the empty prompt. */
  readonly zerosWithoutPrompt: boolean;
  /** Height and width of a picture. */
  readonly pictureSize: readonly [height: number, width: number];
  /** Shapes that the denoiser takes, by input. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** By the denoiser's inputs. */
export type Conditions = Readonly<Record<string, TextTensor>>;

const WORDS = 'encoder_hidden_states';

/** @param text null where the user gave none: what stands for that is the pipeline's */
export async function conditionsOf(
  facts: PipelineFacts,
  encoders: TextEncoders,
  text: string | null,
): Promise<Conditions> {
  switch (facts.pipeline) {
    case 'StableDiffusionPipeline':
      return stableDiffusion(facts, encoders, text);
    case 'StableDiffusionXLPipeline':
      return stableDiffusionXl(facts, encoders, text);
    case 'StableDiffusion3Pipeline':
      return stableDiffusion3(facts, encoders, text);
    default:
      assert(facts.pipeline === 'FluxPipeline', `prompts of ${facts.pipeline}`);
      return flux(facts, encoders, text);
  }
}

type Make = (
  facts: PipelineFacts,
  encoders: TextEncoders,
  text: string | null,
) => Promise<Conditions>;

const stableDiffusion: Make = async ({ textEncoders }, encoders, text) => {
  const { last } = await encoders.clip(textEncoders[0] ?? '', text ?? '');
  return { [WORDS]: last };
};

const stableDiffusionXl: Make = async (facts, encoders, text) => {
  const [first, second] = await clips(facts, encoders, text ?? '');
  const words = sideBySide(first.penultimate, second.penultimate);
  const pooled = projection(second, 'text_encoder_2');
  const [height, width] = facts.pictureSize;
  const sizes = Float32Array.of(height, width, 0, 0, height, width);
  const zeros = text === null && facts.zerosWithoutPrompt;
  return {
    [WORDS]: zeros ? zeroed(words) : words,
    text_embeds: zeros ? zeroed(pooled) : pooled,
    time_ids: { shape: [sizes.length], data: sizes },
  };
};

const stableDiffusion3: Make = async (facts, encoders, text) => {
  const [first, second] = await clips(facts, encoders, text ?? '');
  const words = sideBySide(first.penultimate, second.penultimate);
  const [rows = 0, width = 0] = facts.shapes.get(WORDS) ?? [];
  const [own = 0] = words.shape;
  const third = facts.textEncoders[2];
  const rest = third === undefined ? undefined : await encoders.t5(third, text ?? '', rows - own);
  const data = new Float32Array(rows * width);
  widened(words, width, data, 0);
  if (rest) widened(rest, width, data, own * width);
  const pooled = sideBySide(
    projection(first, 'text_encoder'),
    projection(second, 'text_encoder_2'),
  );
  return { [WORDS]: { shape: [rows, width], data }, pooled_projections: pooled };
};

/** Of models that were distilled from guided ones, where their user says nothing. */
const EMBEDDED_GUIDANCE = 3.5;

const flux: Make = async (facts, encoders, text) => {
  const [first = '', second = ''] = facts.textEncoders;
  const [tokens = 0] = facts.shapes.get(WORDS) ?? [];
  const { pooled } = await encoders.clip(first, text ?? '');
  return {
    [WORDS]: await encoders.t5(second, text ?? '', tokens),
    pooled_projections: required(pooled, `${first}/model.onnx`, 'pooler_output'),
    ...(facts.shapes.has('guidance') && {
      guidance: { shape: [], data: Float32Array.of(EMBEDDED_GUIDANCE) },
    }),
  };
};

async function clips(
  { textEncoders: [first = '', second = ''] }: PipelineFacts,
  encoders: TextEncoders,
  text: string,
): Promise<[ClipStates, ClipStates]> {
  return [await encoders.clip(first, text), await encoders.clip(second, text)];
}

function projection({ projected }: ClipStates, part: string): TextTensor {
  return required(projected, `${part}/model.onnx`, 'text_embeds');
}

function required(found: TextTensor | undefined, file: string, output: string): TextTensor {
  if (found) return found;
  const text = `${file}: found no output ${output}, expected a text model with one`;
  throw new SamplerError('MODEL_UNUSABLE', `${text}; export the folder with models/export`);
}

function zeroed({ shape, data }: TextTensor): TextTensor {
  return { shape, data: new Float32Array(data.length) };
}

/** Along the last axis. */
function sideBySide(a: TextTensor, b: TextTensor): TextTensor {
  const [left = 0, right = 0] = [a, b].map(({ shape }) => shape.at(-1));
  const rows = a.data.length / left;
  const data = new Float32Array(a.data.length + b.data.length);
  for (let row = 0; row < rows; row++) {
    data.set(a.data.subarray(row * left, (row + 1) * left), row * (left + right));
    data.set(b.data.subarray(row * right, (row + 1) * right), row * (left + right) + left);
  }
  return { shape: [...a.shape.slice(0, -1), left + right], data };
}

/** Rows of `width` from an element on, with zeros behind each. */
function widened({ shape, data }: TextTensor, width: number, out: Float32Array, at: number): void {
  const [rows = 0, own = 0] = shape;
  if (own > width || at + rows * width > out.length) {
    const found = `text states of shape [${shape.join(', ')}]`;
    const text = `${found}, expected at most [${out.length / width}, ${width}] in all`;
    throw new SamplerError('MODEL_UNUSABLE', `${text}; export all parts from one pipeline`);
  }
  for (let row = 0; row < rows; row++) {
    out.set(data.subarray(row * own, (row + 1) * own), at + row * width);
  }
}
