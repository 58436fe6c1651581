import {
  appendFile,
  copyFile,
  link,
  readFile,
  rename,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverModels, readHashedModel } from '../../../worker/backend/manifest.ts';
import { onnxBackend } from '../../../worker/backend/onnx.ts';
import { goodManifest, modelsDir, type ModelsDir } from './model-folder.ts';

const golden = new URL('../../golden/models/external.onnx.data', import.meta.url);
let dir: ModelsDir;
let folder: string;

/** The good model, with its weights in another file. */
beforeEach(async () => {
  dir = await modelsDir();
  folder = await dir.add('tiny', goodManifest, 'external.onnx');
  await copyFile(golden, join(folder, 'external.onnx.data'));
});
afterEach(() => dir.remove());

async function outputs(path: string): Promise<number[]> {
  const backend = onnxBackend((await discoverModels(path)).models);
  const slot = await backend.slot('tiny');
  for (const k of slot.states.keys()) slot.states[k] = Math.sin(k);
  await slot.run(2);
  const found = Array.from(slot.outputs.subarray(0, 32));
  await backend.close();
  return found;
}

describe('a model with weights in another file', () => {
  it('computes what it computes with its weights inside', async () => {
    const inside = await modelsDir();
    await inside.add('tiny', goodManifest);
    expect(await outputs(dir.path)).toEqual(await outputs(inside.path));
    await inside.remove();
  });

  it('is another model where those weights are others', async () => {
    const [before] = (await discoverModels(dir.path)).models;
    const file = join(folder, 'external.onnx.data');
    const bytes = await readFile(file);
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const [after] = (await discoverModels(dir.path)).models;
    expect(after?.sha256).not.toBe(before?.sha256);
    if (before) await expect(readHashedModel(before)).rejects.toThrow(/the file changed since/);
  });

  const problems = async (): Promise<string> => {
    const { models, problems: found } = await discoverModels(dir.path);
    expect(models).toEqual([]);
    return found[0]?.message ?? '';
  };

  it('needs them', async () => {
    await rename(join(folder, 'external.onnx.data'), join(folder, 'elsewhere'));
    expect(await problems()).toMatch(/tiny\/external.onnx.data: found .*expected a readable file/);
  });

  it('needs all of them', async () => {
    await truncate(join(folder, 'external.onnx.data'), 900);
    expect(await problems()).toMatch(/external.onnx.data: found 900 bytes, expected at least \d+/);
    await appendFile(join(folder, 'external.onnx.data'), Buffer.alloc(5000));
    expect((await discoverModels(dir.path)).models).toHaveLength(1);
  });

  it('does not lend a file that has another name', async () => {
    await link(join(folder, 'external.onnx.data'), join(dir.path, 'other-name'));
    expect(await problems()).toMatch(/external.onnx.data: found 2 hard links/);
  });

  it.each(['../external.onnx.dat', '/xternal.onnx.data'])('does not look at %s', async (path) => {
    const file = join(folder, 'model.onnx');
    const bytes = await readFile(file);
    const text = bytes.toString('latin1').replaceAll('external.onnx.data', path.slice(0, 18));
    await writeFile(file, Buffer.from(text, 'latin1'));
    expect(await problems()).toMatch(/found weights in .*expected a file beside it/);
  });
});
