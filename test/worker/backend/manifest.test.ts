import { execFileSync } from 'node:child_process';
import { link, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { discoverModels, readHashedModel } from '../../../worker/backend/manifest.ts';
import { goodManifest, modelsDir } from './model-folder.ts';
import type { ModelsDir } from './model-folder.ts';

let dir: ModelsDir;
beforeEach(async () => {
  dir = await modelsDir();
});
afterEach(() => dir.remove());

async function problem(): Promise<Error> {
  const { models, problems } = await discoverModels(dir.path);
  expect(models).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ name: 'SamplerError', code: 'MODEL_UNUSABLE' });
  return problems[0] ?? new Error('no problem');
}

describe('discovery', () => {
  test('finds sub-folders with a manifest, sorted, and passes over the rest', async () => {
    await dir.add('b', { ...goodManifest, name: 'b' });
    await dir.add('a', { ...goodManifest, name: 'a' });
    await mkdir(join(dir.path, 'notes'));
    await writeFile(join(dir.path, 'README.md'), 'no model');
    const { models, problems } = await discoverModels(dir.path);
    expect(problems).toEqual([]);
    expect(models.map((model) => model.manifest.name)).toEqual(['a', 'b']);
  });

  test('takes the folder itself when that is a model', async () => {
    const folder = await dir.add('tiny', goodManifest);
    const { models } = await discoverModels(folder);
    expect(models.map((model) => model.folder)).toEqual([folder]);
  });

  test('hashes the model file, and reads those bytes again', async () => {
    await dir.add('tiny', goodManifest);
    const [model] = (await discoverModels(dir.path)).models;
    // sha256sum test/golden/models/good.onnx
    const digest = '618d7f8977a912eeb830dafb6815ba177aa1d23e58b48bc0ddc506c53925c5d1';
    expect(model?.sha256).toBe(digest);
    if (model !== undefined)
      expect((await readHashedModel(model)).bytes.length).toBeGreaterThan(1000);
  });

  test('reports a bad folder beside a good one', async () => {
    await dir.add('good', goodManifest);
    await dir.add('bad', 'name: [');
    const { models, problems } = await discoverModels(dir.path);
    expect([models.length, problems.length]).toEqual([1, 1]);
  });

  test('refuses a second model of the same name', async () => {
    await dir.add('a', goodManifest);
    await dir.add('b', goodManifest);
    const [twice] = (await discoverModels(dir.path)).problems;
    expect(twice?.message).toMatch(/b\/isochron.yaml: found name tiny, which .*\/a\/.* rename/);
  });

  test('of a folder that is not there says so', async () => {
    await expect(discoverModels(join(dir.path, 'none'))).rejects.toThrow(/none.*--models/);
  });
});

describe('a wrong manifest is one error with file, field, found, expected, and what to do', () => {
  const [condition] = goodManifest.conditions;
  const cases: [change: object, expected: RegExp][] = [
    [{ name: 'Tiny' }, /: name: found "Tiny", .*use 1 to 64/],
    [{ name: '../etc' }, /: name: found "\.\.\/etc"/],
    [{ kind: 'torch' }, /: kind: found "torch".*onnx or gaussian-mixture/],
    [{ file: '../model.onnx' }, /: file: found "\.\.\/model\.onnx"/],
    [{ file: '/etc/passwd' }, /: file: found "\/etc\/passwd"/],
    [{ sampleShape: [] }, /: sampleShape: found \[\]/],
    [{ sampleShape: [1, 0] }, /: sampleShape\.1: found 0/],
    [{ sampleShape: [2 ** 20, 2 ** 20] }, /: sampleShape: found .* at most/],
    [{ prediction: 'eps' }, /: prediction: found "eps", expected one of "epsilon"\|"denoised"/],
    [{ inputs: { sample: 'sample', timestep: 't' } }, /: inputs\.output: found nothing, expected/],
    [{ conditions: [{ ...condition, dtype: 'int8' }] }, /: conditions\.0\.dtype: found "int8"/],
    [{ conditions: [{ ...condition, maximum: -1 }] }, /: conditions\.0\.maximum: found -1/],
    [{ conditions: [{ ...condition, labels: ['a'] }] }, /: conditions\.0\.labels: .*one label per/],
    [{ conditions: [{ ...condition, maximum: 9.5 }] }, /: conditions\.0\.dtype: .*whole numbers/],
    [{ conditions: [condition, { ...condition }] }, /: conditions: .*different names/],
    [{ conditions: [] }, /: guidance: found 2, expected 0/],
    [{ schedule: { ...goodManifest.schedule, betaEnd: 2 } }, /: schedule\.betaEnd: found 2/],
    [{ schedule: { kind: 'karras' } }, /: schedule\.kind: found "karras"/],
    [{ spacing: 'even' }, /: spacing: found "even", expected one of "leading"/],
    [{ terminalAlphaBar: 'last' }, /: terminalAlphaBar: found "last".*set_alpha_to_one/],
    [{ dataStd: 0 }, /: dataStd: found 0, expected number to be >0/],
    [{ valueRange: [1, -1] }, /: valueRange: found \[1,-1\], expected \[minimum/],
    [{ maxBatch: 0 }, /: maxBatch: found 0/],
    [{ license: undefined }, /: license: found nothing, expected string; name the license/],
    [{ maxbatch: 4 }, /the document: found the unknown field "maxbatch".*remove or correct/],
  ];

  test.each(cases)('%j', async (change, expected) => {
    await dir.add('tiny', { ...goodManifest, ...change });
    const { message } = await problem();
    expect(message).toContain(join(dir.path, 'tiny', 'isochron.yaml'));
    expect(message).toMatch(expected);
  });

  test('all its wrong fields at once', async () => {
    await dir.add('tiny', { ...goodManifest, dataStd: -1, maxBatch: 'many' });
    const { message } = await problem();
    expect(message).toMatch(/dataStd/);
    expect(message).toMatch(/maxBatch: found "many"/);
  });

  test.each(['name: [', 'a: 1\na: 2', 'just text', ''])('the document %j', async (text) => {
    await dir.add('tiny', text);
    expect((await problem()).message).toMatch(/isochron.yaml: .*found/);
  });

  test('an alias bomb', async () => {
    await dir.add('tiny', 'a: &a [1, 1]\nb: [*a, *a]');
    expect((await problem()).message).toMatch(/no valid YAML/);
  });
});

describe('a model file that is not a plain file of its folder is refused', () => {
  const cases: [what: string, expected: RegExp][] = [
    ['symlink', /a symbolic link to .*outside.*copy the file/],
    ['linked folder', /a symbolic link to .*outside/],
    ['hard link', /found 2 hard links to it, expected exactly one.* cp /],
    ['folder', /no regular file/],
    ['pipe', /no regular file/],
    ['nothing', /found ENOENT.*put it there, or correct the manifest/],
  ];

  test.each(cases)('%s', async (what, expected) => {
    const file = what === 'linked folder' ? 'weights/model.onnx' : 'model.onnx';
    const folder = await dir.add('tiny', { ...goodManifest, file });
    const model = join(folder, 'model.onnx');
    const outside = join(dir.path, 'outside');
    await mkdir(outside);
    await rename(model, join(outside, 'model.onnx'));
    if (what === 'symlink') await symlink(join(outside, 'model.onnx'), model);
    if (what === 'linked folder') await symlink(outside, join(folder, 'weights'));
    if (what === 'hard link') await link(join(outside, 'model.onnx'), model);
    if (what === 'folder') await mkdir(model);
    if (what === 'pipe') execFileSync('sh', ['-c', 'mkfifo "$0"', model]);
    expect((await problem()).message).toMatch(expected);
  });

  test('also when it becomes one between discovery and loading', async () => {
    const folder = await dir.add('tiny', goodManifest);
    const [model] = (await discoverModels(dir.path)).models;
    const moved = join(dir.path, 'moved');
    await rename(join(folder, 'model.onnx'), moved);
    await symlink(moved, join(folder, 'model.onnx'));
    if (model !== undefined) await expect(readHashedModel(model)).rejects.toThrow(/symbolic link/);
    await rm(moved);
  });
});
