import { expect, it } from 'vitest';
import { pipelineFolder } from '../worker/backend/diffusers/pipeline-folder.ts';
import { promptedFolder } from '../worker/backend/diffusers/prompted-folder.ts';
import { modelsDir, goodManifest } from '../worker/backend/model-folder.ts';
import { run } from './support.ts';

it('says what a pipeline of diffusers is', async () => {
  const folder = await pipelineFolder();
  const { code, stdout } = await run(['models', 'inspect', folder], { interactive: true });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^model +tiny$/m);
  expect(stdout).toMatch(/^sampler +ddpm$/m);
  expect(stdout).toMatch(/^pipeline +DDPMPipeline, DDPMScheduler$/m);
  expect(stdout).toMatch(/^takes +sample float32 \[.*\]; timestep float32 .*class_label int64/m);
  expect(stdout).toMatch(/--input class_label=int64/);
  const { stdout: json } = await run(['models', 'inspect', folder, '--json']);
  expect(JSON.parse(json)).toMatchObject({
    manifest: { name: 'tiny', sampler: { name: 'ddpm' } },
    diffusers: {
      pipeline: 'DDPMPipeline',
      scheduler: 'DDPMScheduler',
      parts: ['scheduler', 'unet'],
    },
  });
});

it('says who reads prompts and makes pictures', async () => {
  const folder = await promptedFolder();
  const { stdout } = await run(['models', 'inspect', folder], { interactive: true });
  expect(stdout).toMatch(/^prompts +--prompt, read by text_encoder with tokenizer$/m);
  expect(stdout).toMatch(/^pictures +made of samples by vae_decoder$/m);
  expect(stdout).not.toContain('other parts');
});

it('says what a folder with a manifest is', async () => {
  const dir = await modelsDir();
  const folder = await dir.add('tiny', goodManifest);
  const { code, stdout } = await run(['models', 'inspect', folder], { interactive: true });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^predicts +epsilon$/m);
  expect(stdout).not.toContain('pipeline');
  await dir.remove();
});

it('ends with 2 and says what is wrong with a folder', async () => {
  const folder = await pipelineFolder({ 'unet/model.onnx': null });
  const { code, stderr } = await run(['models', 'inspect', folder]);
  expect(code).toBe(2);
  expect(stderr).toContain('unet/model.onnx');
  expect((await run(['models', 'inspect', '/nowhere'])).code).toBe(2);
});
