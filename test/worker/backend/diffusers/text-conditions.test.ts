import { describe, expect, it } from 'vitest';
import {
  conditionsOf,
  type PipelineFacts,
  type TextEncoders,
  type TextTensor,
} from '../../../../worker/backend/diffusers/text-conditions.ts';

const tensor = (shape: readonly number[], from: number): TextTensor => {
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, k) => from + k) };
};

/** States that tell where they come from: hundreds per encoder, tens per kind. */
const encoders: TextEncoders = {
  clip: (part, text) => {
    const base = (part === 'text_encoder' ? 100 : 200) + text.length;
    return Promise.resolve({
      last: tensor([2, 2], base),
      penultimate: tensor([2, 2], base + 10),
      projected: tensor([2], base + 20),
      pooled: tensor([2], base + 30),
    });
  },
  t5: (_part, text, tokens) => Promise.resolve(tensor([tokens, 3], 300 + text.length)),
};

const facts = (pipeline: string, textEncoders: readonly string[]): PipelineFacts => ({
  pipeline,
  textEncoders,
  zerosWithoutPrompt: true,
  pictureSize: [64, 48],
  shapes: new Map([['encoder_hidden_states', [4, 5]]]),
});

const values = ({ data }: TextTensor = tensor([0], 0)): number[] => Array.from(data);

describe('what denoisers are given of a prompt', () => {
  it('Stable Diffusion: the last state, of the empty text where there is none', async () => {
    const own = facts('StableDiffusionPipeline', ['text_encoder']);
    const found = await conditionsOf(own, encoders, 'ab');
    expect(values(found['encoder_hidden_states'])).toEqual([102, 103, 104, 105]);
    const none = await conditionsOf(own, encoders, null);
    expect(values(none['encoder_hidden_states'])).toEqual([100, 101, 102, 103]);
  });

  it('SDXL: penultimate states side by side, the second projection, sizes', async () => {
    const own = facts('StableDiffusionXLPipeline', ['text_encoder', 'text_encoder_2']);
    const found = await conditionsOf(own, encoders, 'a');
    expect(found['encoder_hidden_states']?.shape).toEqual([2, 4]);
    const sides = [111, 112, 211, 212, 113, 114, 213, 214];
    expect(values(found['encoder_hidden_states'])).toEqual(sides);
    expect(values(found['text_embeds'])).toEqual([221, 222]);
    expect(values(found['time_ids'])).toEqual([64, 48, 0, 0, 64, 48]);
  });

  it('SDXL: an absent prompt is zeros, an empty one is not, and sizes stay', async () => {
    const own = facts('StableDiffusionXLPipeline', ['text_encoder', 'text_encoder_2']);
    const absent = await conditionsOf(own, encoders, null);
    expect(values(absent['encoder_hidden_states']).every((value) => value === 0)).toBe(true);
    expect(values(absent['text_embeds'])).toEqual([0, 0]);
    expect(values(absent['time_ids'])).toEqual([64, 48, 0, 0, 64, 48]);
    const empty = await conditionsOf(own, encoders, '');
    expect(values(empty['text_embeds'])).toEqual([220, 221]);
    const kept = await conditionsOf({ ...own, zerosWithoutPrompt: false }, encoders, null);
    expect(values(kept['text_embeds'])).toEqual([220, 221]);
  });

  it('Stable Diffusion 3: both projections, and words filled up to the width of T5', async () => {
    const both = ['text_encoder', 'text_encoder_2'];
    const found = await conditionsOf(facts('StableDiffusion3Pipeline', both), encoders, '');
    expect(values(found['pooled_projections'])).toEqual([120, 121, 220, 221]);
    const words = [110, 111, 210, 211, 0, 112, 113, 212, 213, 0];
    expect(values(found['encoder_hidden_states'])).toEqual([
      ...words,
      ...new Array<number>(10).fill(0),
    ]);
    const three = facts('StableDiffusion3Pipeline', [...both, 'text_encoder_3']);
    const whole = await conditionsOf(three, encoders, '');
    const rest = [300, 301, 302, 0, 0, 303, 304, 305, 0, 0];
    expect(values(whole['encoder_hidden_states'])).toEqual([...words, ...rest]);
  });

  it('FLUX: the words of T5, the pooled state of CLIP, and a number that guides', async () => {
    const own = facts('FluxPipeline', ['text_encoder', 'text_encoder_2']);
    const found = await conditionsOf(own, encoders, 'ab');
    expect(found['encoder_hidden_states']?.shape).toEqual([4, 3]);
    expect(values(found['encoder_hidden_states'])[0]).toBe(302);
    expect(values(found['pooled_projections'])).toEqual([132, 133]);
    expect(found['guidance']).toBeUndefined();
    const shapes = new Map([...own.shapes, ['guidance', []]]);
    const distilled = await conditionsOf({ ...own, shapes }, encoders, 'ab');
    expect(distilled['guidance']).toEqual({ shape: [], data: Float32Array.of(3.5) });
  });

  it('an encoder without a projection, or wider than the denoiser, is refused', async () => {
    const own = facts('StableDiffusionXLPipeline', ['text_encoder', 'text_encoder_2']);
    const bare: TextEncoders = {
      ...encoders,
      clip: async (part, text) => ({
        ...(await encoders.clip(part, text)),
        projected: undefined,
      }),
    };
    await expect(conditionsOf(own, bare, 'a')).rejects.toThrow(/no output text_embeds/);
    const narrow = {
      ...facts('StableDiffusion3Pipeline', ['text_encoder', 'text_encoder_2']),
      shapes: new Map([['encoder_hidden_states', [4, 3]]]),
    };
    await expect(conditionsOf(narrow, encoders, 'a')).rejects.toThrow(/shape \[2, 4\]/);
  });
});
