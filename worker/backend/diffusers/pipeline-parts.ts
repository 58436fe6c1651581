/** What a pipeline has around its denoiser: text encoders before it, a decoder behind it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unusable } from '../model-file.ts';

export interface PipelineParts {
  /** Those that prompts go through, each with its tokenizer; none where prompts mean nothing. */
  readonly textEncoders: readonly string[];
  /** Samples are latents, which a decoder makes pictures of. */
  readonly decoder: boolean;
}

export const noParts: PipelineParts = { textEncoders: [], decoder: false };

interface PromptedPipeline {
  /** In the order of their use; one that is not in the folder must be optional there. */
  readonly textEncoders: readonly string[];
  readonly optional: readonly string[];
  /** Weight that diffusers guides with where its user says none. */
  readonly guidance: number;
}

const [first, second, third] = ['text_encoder', 'text_encoder_2', 'text_encoder_3'] as const;

/** By class in model_index.json: the pipelines whose conditions are known how to make. */
const prompted: Readonly<Record<string, PromptedPipeline>> = {
  StableDiffusionPipeline: { textEncoders: [first], optional: [], guidance: 7.5 },
  StableDiffusionXLPipeline: { textEncoders: [first, second], optional: [], guidance: 5 },
  StableDiffusion3Pipeline: {
    textEncoders: [first, second, third],
    optional: [third],
    guidance: 7,
  },
  // distilled: its weight is an input
  FluxPipeline: { textEncoders: [first, second], optional: [], guidance: 0 },
};

/** 0 where nobody is guided without saying so. */
export function guidanceOf(pipeline: string): number {
  return prompted[pipeline]?.guidance ?? 0;
}

export function tokenizerOf(textEncoder: string): string {
  return textEncoder.replace('text_encoder', 'tokenizer');
}

/** @throws MODEL_UNUSABLE naming a file that `model_index.json` speaks of and that is not there */
export async function partsOf(
  folder: string,
  pipeline: string,
  parts: readonly string[],
): Promise<PipelineParts> {
  const { textEncoders = [], optional = [] } = prompted[pipeline] ?? {};
  const there = textEncoders.filter((part) => parts.includes(part) || !optional.includes(part));
  for (const part of there) {
    await requireFile(folder, `${part}/model.onnx`);
    await requireFile(folder, `${tokenizerOf(part)}/tokenizer_config.json`);
  }
  const decoder = parts.includes('vae');
  if (decoder) await requireFile(folder, 'vae_decoder/model.onnx');
  return { textEncoders: there, decoder };
}

async function requireFile(folder: string, name: string): Promise<void> {
  const file = join(folder, name);
  const there = await stat(file).catch(() => undefined);
  if (there) return;
  throw unusable(file, 'nothing', 'a part of the pipeline', 'export the folder with models/export');
}
