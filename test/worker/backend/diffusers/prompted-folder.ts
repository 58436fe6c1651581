import { pipelineFolder, type Files } from './pipeline-folder.ts';

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
const words = [
  '<|startoftext|>',
  '<|endoftext|>',
  ...letters,
  ...letters.map((one) => `${one}</w>`),
];

/** A pipeline that reads prompts of 8 tokens and makes pictures of 8 x 8: golden/models. */
export const promptedFiles: Files = {
  'model_index.json': {
    _class_name: 'StableDiffusionPipeline',
    scheduler: ['diffusers', 'DDIMScheduler'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    tokenizer: ['transformers', 'CLIPTokenizer'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
  },
  'scheduler/scheduler_config.json': { _class_name: 'DDIMScheduler', clip_sample: false },
  'unet/model.onnx': 'prompted-denoiser.onnx',
  'text_encoder/model.onnx': 'text-encoder.onnx',
  'text_encoder/config.json': { num_hidden_layers: 1 },
  'tokenizer/tokenizer_config.json': {
    bos_token: '<|startoftext|>',
    eos_token: '<|endoftext|>',
    pad_token: '<|endoftext|>',
    model_max_length: 8,
  },
  'tokenizer/vocab.json': Object.fromEntries(words.map((word, k) => [word, k])),
  'tokenizer/merges.txt': '#version: 0.2\n',
  'vae_encoder/model.onnx': 'encoder.onnx',
  'vae_decoder/model.onnx': 'decoder.onnx',
  'vae_decoder/config.json': {
    latent_channels: 1,
    block_out_channels: [1, 1],
    scaling_factor: 0.5,
    shift_factor: 0.25,
  },
};

export function promptedFolder(changes: Files = {}): Promise<string> {
  return pipelineFolder({ ...promptedFiles, ...changes }, 'prompted');
}

/** What the text encoder makes of letters: rows of its table, begin and end tokens around them. */
export function encodedLetters(text: string): Float32Array {
  const pieces = (text === '' ? [] : text.split(' ')).flatMap((word) =>
    word.split(/(?=[a-z])/).map(marked),
  );
  const tokens = [0, ...pieces.map((piece) => words.indexOf(piece))].slice(0, 7);
  const rows = Array.from({ length: 8 }, (_, k) => tokens[k] ?? 1);
  return Float32Array.from(rows.flatMap((row) => [0, 1, 2, 3].map((k) => Math.sin(4 * row + k))));
}

/** The last letter of a word carries its end. */
function marked(letter: string, k: number, word: readonly string[]): string {
  return k === word.length - 1 ? `${letter}</w>` : letter;
}

/** What the encoder makes of a picture, in the units of the denoiser. */
export function encodedPixels(pixels: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: 16 }, (_, column) => {
    const sum = Array.from(pixels).reduce((all, value, row) => {
      return all + value * Math.fround(0.1 * Math.sin(16 * row + column));
    }, 0);
    return (Math.tanh(sum) - 0.25) * 0.5;
  });
}

/** What the decoder makes of a latent, [height, width, channels]. */
export function decodedPixels(latent: ArrayLike<number>): number[] {
  const rows = Array.from(latent, (value) => Math.fround(value / 0.5 + 0.25));
  return Array.from({ length: 192 }, (_, k) => {
    const [place, channel] = [Math.floor(k / 3), k % 3];
    const column = channel * 64 + place;
    const sum = rows.reduce((all, value, row) => {
      return all + value * Math.fround(0.3 * Math.sin(row * 192 + column));
    }, 0);
    return Math.round(255 * Math.min(1, Math.max(0, Math.tanh(sum) / 2 + 0.5)));
  });
}
