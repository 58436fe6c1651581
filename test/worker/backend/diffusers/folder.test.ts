import { appendFile, link, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverModel, discoverModels } from '../../../../worker/backend/manifest.ts';
import { readDiffusersFolder } from '../../../../worker/backend/diffusers/folder.ts';
import { promptedFiles, promptedFolder } from './prompted-folder.ts';
import { pipelineFolder, type Files } from './pipeline-folder.ts';

describe('a pipeline of diffusers', () => {
  it('is a model without a manifest', async () => {
    const { manifest } = await discoverModel(await pipelineFolder({}, 'My Model'));
    expect(manifest).toMatchObject({
      name: 'my-model',
      kind: 'onnx',
      file: 'unet/model.onnx',
      sampleShape: [1, 4, 4],
      prediction: 'epsilon',
      inputs: { sample: 'sample', timestep: 'timestep', output: 'epsilon' },
      conditions: [{ name: 'class_label', dtype: 'int64', shape: [] }],
      schedule: { kind: 'linear', trainSteps: 1000, betaStart: 0.0001, betaEnd: 0.02 },
      spacing: 'leading',
      sampler: { name: 'ddpm', options: {}, sigmas: '', usualSpacing: true },
      dataStd: 0.5,
    });
  });

  it('is found among models with manifests, and its problem is told once', async () => {
    const folder = await pipelineFolder({ 'unet/model.onnx': null });
    const { models, problems } = await discoverModels(join(folder, '..'));
    expect(models).toEqual([]);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('model.onnx')]);
  });

  it('takes the sizes that its graph leaves open from the config', async () => {
    const { graph, manifest } = await readDiffusersFolder(await pipelineFolder());
    expect(graph.inputs.map(({ name }) => name)).toEqual(['sample', 'timestep', 'class_label']);
    expect(manifest.sampleShape).toEqual([1, 4, 4]);
  });
});

const autoencoder = {
  _class_name: 'StableDiffusionPipeline',
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
};

describe('one clear error, with the file and what to do, for', () => {
  const cases: readonly (readonly [string, Files, string, RegExp])[] = [
    ['no graph', { 'unet/model.onnx': null }, 'unet/model.onnx', /readable file; put it there/],
    ['no scheduler', { 'scheduler/scheduler_config.json': null }, 'scheduler_config', /readable/],
    [
      'an unknown scheduler',
      { 'scheduler/scheduler_config.json': { _class_name: 'MagicScheduler' } },
      'scheduler_config.json',
      /found the scheduler "MagicScheduler", expected one of DDIMScheduler.*save the pipeline/,
    ],
    [
      'channels that differ',
      { 'unet/config.json': { in_channels: 4, sample_size: 4 } },
      'unet/model.onnx',
      /found 1 channels, expected 4, in_channels of unet\/config.json; export both/,
    ],
    [
      'a decoder of other latents',
      { 'model_index.json': autoencoder, 'vae_decoder/config.json': { latent_channels: 4 } },
      'vae_decoder/config.json',
      /found 4 latent channels, expected 1, those of the denoiser/,
    ],
    ['a file that is cut short', { 'unet/model.onnx': 'truncated.onnx' }, 'unet', /copy it again/],
    ['text in place of JSON', { 'model_index.json': 'hello' }, 'model_index', /no JSON.*export/],
    [
      'a pipeline without a denoiser',
      { 'model_index.json': { _class_name: 'X', vae: ['diffusers', 'AutoencoderKL'] } },
      'model_index.json',
      /found the parts vae, expected a unet or a transformer/,
    ],
  ];

  it.each([
    'text_encoder/model.onnx',
    'tokenizer/tokenizer_config.json',
    'vae_decoder/model.onnx',
    'vae_decoder/config.json',
  ])('a pipeline without its %s', async (name) => {
    const failed = readDiffusersFolder(await promptedFolder({ [name]: null }));
    await expect(failed).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' });
    await expect(failed).rejects.toThrow(name);
  });

  it.each(cases)('%s', async (_name, changes, file, expected) => {
    const folder = await pipelineFolder(changes);
    const failed = readDiffusersFolder(folder);
    await expect(failed).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' });
    await expect(failed).rejects.toThrow(expected);
    await expect(failed).rejects.toThrow(file);
  });

  it.each(['symbolic', 'hard'])('a %s link that leaves the folder', async (kind) => {
    const folder = await pipelineFolder();
    const [inside, outside] = [join(folder, 'unet', 'model.onnx'), join(folder, '..', 'secret')];
    await rename(inside, outside);
    await (kind === 'hard' ? link(outside, inside) : symlink(outside, inside));
    const failed = readDiffusersFolder(folder);
    await expect(failed).rejects.toThrow(kind === 'hard' ? /2 hard links/ : /symbolic link to/);
    await expect(failed).rejects.toThrow('unet/model.onnx');
  });
});

describe('a FLUX folder', () => {
  it('is shifted by its tokens, spaced as FLUX is, and given levels as times', async () => {
    const text = { 'text_encoder_2/model.onnx': 'text-encoder.onnx' };
    const tokenizer = promptedFiles['tokenizer/tokenizer_config.json'] ?? null;
    const folder = await promptedFolder({
      ...text,
      'model_index.json': {
        _class_name: 'FluxPipeline',
        transformer: ['diffusers', 'FluxTransformer2DModel'],
        vae: ['diffusers', 'AutoencoderKL'],
      },
      'tokenizer_2/tokenizer_config.json': tokenizer,
      'scheduler/scheduler_config.json': {
        _class_name: 'FlowMatchEulerDiscreteScheduler',
        use_dynamic_shifting: true,
      },
      'transformer/model.onnx': 'prompted-denoiser.onnx',
      'transformer/config.json': { in_channels: 4 },
    });
    const field = (number: number, ...bytes: readonly number[]) => [
      8 * number + 2,
      bytes.length,
      ...bytes,
    ];
    const letters = (value: string) => [...new TextEncoder().encode(value)];
    const [key, value] = [letters('isochron.timestep'), letters('sigma')];
    const note = field(14, ...field(1, ...key), ...field(2, ...value));
    await appendFile(join(folder, 'transformer/model.onnx'), Uint8Array.from(note));
    const { manifest } = await readDiffusersFolder(folder);
    expect(manifest.inputs).toMatchObject({ timestepScale: 0.001 });
    expect(manifest).toMatchObject({ spacing: 'trailing', schedule: { kind: 'flow' } });
    const { schedule } = manifest;
    const mu = 0.5 + ((1.15 - 0.5) / (4096 - 256)) * (4 - 256);
    expect(schedule.kind === 'flow' && Math.log(schedule.shift)).toBeCloseTo(mu, 12);
  });
});
