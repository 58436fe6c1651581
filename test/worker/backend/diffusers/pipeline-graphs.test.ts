import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPipelineGraphs } from '../../../../worker/backend/diffusers/pipeline-graphs.ts';
import { promptedFolder } from './prompted-folder.ts';

async function opened() {
  const folder = await promptedFolder();
  const conditions = [{ name: 'encoder_hidden_states', shape: [8, 4] }];
  const source = { folder, conditions, textEncoders: ['text_encoder'], sampleShape: [1, 4, 4] };
  const graphs = openPipelineGraphs({ ...source, model: 'm', threads: 1, provider: 'cpu' });
  return { folder, graphs };
}

describe('the graphs around a denoiser', () => {
  it('refuse a picture of numbers that are not finite', async () => {
    const { graphs } = await opened();
    const failed = graphs.decode(new Float32Array(16).fill(NaN));
    await expect(failed).rejects.toThrow(/vae_decoder.*not finite.*export it in float32/);
    expect((await graphs.decode(new Float32Array(16))).data).toHaveLength(192);
    await graphs.close();
  });

  it('are looked for again where they were missing', async () => {
    const { folder, graphs } = await opened();
    const [file, away] = [join(folder, 'text_encoder/model.onnx'), join(folder, 'away')];
    await rename(file, away);
    const prompts = { positive: ['a'], negative: undefined };
    await expect(graphs.encode(prompts)).rejects.toThrow(/text_encoder\/model.onnx: found/);
    await rename(away, file);
    expect(await graphs.encode(prompts)).toMatchObject([{ shape: [8, 4] }]);
    await graphs.close();
  });
});
