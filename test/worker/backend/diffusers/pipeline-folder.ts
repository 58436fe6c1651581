import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const golden = new URL('../../../golden/models/', import.meta.url);

export type Files = Readonly<Record<string, object | string | null>>;

/** A pipeline of one U-Net, the golden model: sample [batch, 1, 4, 4], timestep, class_label. */
export const goodFiles: Files = {
  'model_index.json': {
    _class_name: 'DDPMPipeline',
    scheduler: ['diffusers', 'DDPMScheduler'],
    unet: ['diffusers', 'UNet2DModel'],
  },
  'scheduler/scheduler_config.json': { _class_name: 'DDPMScheduler', clip_sample: false },
  'unet/config.json': { in_channels: 1, sample_size: 4 },
  'unet/model.onnx': 'good.onnx',
};

/** Objects become JSON, names of golden models their files; null leaves a file out. */
export async function pipelineFolder(changes: Files = {}, name = 'tiny'): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'isochron-pipeline-')), name);
  for (const [path, content] of Object.entries({ ...goodFiles, ...changes })) {
    if (content === null) continue;
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content !== 'string') await writeFile(file, JSON.stringify(content));
    else if (content.endsWith('.onnx')) await copyFile(new URL(content, golden), file);
    else await writeFile(file, content);
  }
  return folder;
}
