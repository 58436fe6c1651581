import { copyFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Backend } from '../../../worker/backend/backend.ts';
import { discoverModels } from '../../../worker/backend/manifest.ts';
import { batchInvariance, measureLatencyCurve } from '../../../worker/backend/measure.ts';
import { onnxBackend } from '../../../worker/backend/onnx.ts';
import type { OnnxOptions } from '../../../worker/backend/onnx.ts';
import { goodManifest, modelsDir } from './model-folder.ts';
import type { ModelsDir } from './model-folder.ts';

const dim = 16;
let dir: ModelsDir;
let backend: Backend | undefined;

beforeEach(async () => {
  dir = await modelsDir();
});
afterEach(async () => {
  await backend?.close();
  backend = undefined;
  await dir.remove();
});

async function backendOf(golden: string, manifest = {}, options?: OnnxOptions): Promise<Backend> {
  await dir.add('tiny', { ...goodManifest, ...manifest }, golden);
  const { models, problems } = await discoverModels(dir.path);
  expect(problems).toEqual([]);
  backend = onnxBackend(models, options);
  return backend;
}

/** The formula at the top of test/golden/models/generate.py. */
function expectedEpsilon(state: Float32Array, timestep: number, label: number): number[] {
  return Array.from({ length: dim }, (_, column) => {
    let sum = (timestep / 1000) * Math.cos(column);
    sum += 0.1 * Math.sin(label * dim + column + 1);
    for (const [row, x] of state.entries()) sum += x * 0.25 * Math.sin(row * dim + column);
    return Math.tanh(sum);
  });
}

test.each(['good.onnx', 'half-all.onnx'])('%s is given times in its own unit', async (golden) => {
  const inputs = { ...goodManifest.inputs, timestepScale: 0.5 };
  const slot = await (await backendOf(golden, { inputs })).slot('tiny');
  slot.states.fill(0);
  slot.timesteps.set([800, 400]);
  await slot.run(2);
  for (const row of [0, 1]) {
    const expected = expectedEpsilon(new Float32Array(dim), [400, 200][row] ?? 0, 10);
    for (const [e, value] of expected.entries()) {
      expect(slot.outputs[row * dim + e]).toBeCloseTo(value, 2);
    }
  }
  expect(Array.from(slot.timesteps.subarray(0, 2))).toEqual([800, 400]);
});

describe.each(['half-sample.onnx', 'half-all.onnx'])('%s', (golden) => {
  test('computes as the model of float32 does, to half precision', async () => {
    const slot = await (await backendOf(golden)).slot('tiny');
    for (const e of slot.states.keys()) slot.states[e] = Math.sin(e);
    slot.timesteps.set([0, 999, 250]);
    slot.conditions.get('class')?.set([0n, 9n, 10n] as never);
    slot.outputs.fill(7);
    for (const count of [3, 1, 3]) {
      await slot.run(count);
      for (let row = 0; row < count; row++) {
        const state = slot.states.subarray(row * dim, (row + 1) * dim);
        const expected = expectedEpsilon(state, slot.timesteps[row] ?? 0, [0, 9, 10][row] ?? 0);
        for (const [e, value] of expected.entries()) {
          expect(slot.outputs[row * dim + e]).toBeCloseTo(value, 2);
        }
      }
    }
    expect(slot.outputs.subarray(3 * dim).every((value) => value === 7)).toBe(true);
  });
});

describe.each(['good.onnx', 'timestep-int64.onnx'])('%s', (golden) => {
  test('computes every row with its own timestep and condition', async () => {
    const slot = await (await backendOf(golden)).slot('tiny');
    const labels = slot.conditions.get('class');
    for (let e = 0; e < slot.states.length; e++) slot.states[e] = Math.sin(e);
    slot.timesteps.set([0, 999, 250]);
    labels?.set([0n, 9n, 10n] as never);
    slot.outputs.fill(7);

    const { modelMs } = await slot.run(3);

    expect(modelMs).toBeGreaterThan(0);
    for (let row = 0; row < 3; row++) {
      const state = slot.states.subarray(row * dim, (row + 1) * dim);
      const expected = expectedEpsilon(state, slot.timesteps[row] ?? 0, [0, 9, 10][row] ?? 0);
      const found = slot.outputs.subarray(row * dim, (row + 1) * dim);
      for (const [e, value] of found.entries()) expect(value).toBeCloseTo(expected[e] ?? 0, 5);
    }
    expect(slot.outputs[3 * dim]).toBe(7);
  });
});

test('the description is the manifest, with the digest of the file', async () => {
  const [model] = (await backendOf('good.onnx')).models;
  expect(model).toMatchObject({ name: 'tiny', backend: 'onnx', dim, maxBatch: 8, guidance: 2 });
  expect(model?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(model?.conditions[0]).toEqual({
    name: 'class',
    dtype: 'int64',
    shape: [],
    minimum: 0,
    maximum: 9,
    unconditional: 10,
    labels: [],
  });
});

test('conditions start out unconditional', async () => {
  const slot = await (await backendOf('good.onnx')).slot('tiny');
  expect(slot.conditions.get('class')?.[7]).toBe(10n);
});

test('what is not a number in the outputs stays what it is', async () => {
  const slot = await (await backendOf('nan-at-500.onnx')).slot('tiny');
  slot.timesteps.set([499, 500]);
  await slot.run(2);
  expect(Number.isFinite(slot.outputs[0])).toBe(true);
  expect(slot.outputs[dim]).toBeNaN();
});

describe('batch invariance', () => {
  test('holds for the good model', async () => {
    const slot = await (await backendOf('good.onnx')).slot('tiny');
    expect((await batchInvariance(slot, dim)).maxDifference).toBeLessThan(1e-6);
  });

  test('is found broken in a model that mixes the rows of a batch', async () => {
    const slot = await (await backendOf('batch-dependent.onnx')).slot('tiny');
    const found = await batchInvariance(slot, dim);
    expect(found.sameBits).toBe(false);
    expect(found.maxDifference).toBeGreaterThan(1e-2);
  });
});

test('the latency curve has a point for each batch size', async () => {
  const slot = await (await backendOf('good.onnx')).slot('tiny');
  const curve = await measureLatencyCurve(slot, { budgetMs: 500 });
  expect(curve.map((point) => point.batch)).toEqual([1, 2, 3, 4, 6, 8]);
});

test('a timestep of rank 0 is one for all rows of a call, and the planner is told', async () => {
  const opened = await backendOf('timestep-rank0.onnx');
  expect(opened.models[0]).toMatchObject({ sharedTimestep: true });
  const slot = await opened.slot('tiny');
  for (let e = 0; e < slot.states.length; e++) slot.states[e] = Math.sin(e);
  slot.timesteps.fill(250);
  slot.conditions.get('class')?.set([3n, 3n] as never);
  await slot.run(2);
  for (let row = 0; row < 2; row++) {
    const expected = expectedEpsilon(slot.states.subarray(row * dim, (row + 1) * dim), 250, 3);
    const found = slot.outputs.subarray(row * dim, (row + 1) * dim);
    for (const [e, value] of found.entries()) expect(value).toBeCloseTo(expected[e] ?? 0, 5);
  }
});

describe('an unusable model is one clear error', () => {
  const cases: [golden: string, manifest: object, expected: RegExp][] = [
    [
      'wrong-names.onnx',
      {},
      /found the inputs 'x' \(float32 .* expected an input 'sample' .* isochron\.yaml/,
    ],
    [
      'good.onnx',
      { inputs: { ...goodManifest.inputs, output: 'eps' } },
      /outputs 'epsilon' .*'eps'/,
    ],
    [
      'good.onnx',
      { sampleShape: [1, 5, 5] },
      /shape \[batch, 1, 4, 4\], expected \[batch, 1, 5, 5\]/,
    ],
    ['good.onnx', { sampleShape: [16] }, /shape \[batch, 1, 4, 4\], expected \[batch, 16\]/],
    ['good.onnx', { conditions: [], guidance: 0 }, /'class_label' .* nothing feeds; add each/],
    [
      'good.onnx',
      { conditions: [{ ...goodManifest.conditions[0], dtype: 'int32' }] },
      /'class_label' of type int64, expected int32/,
    ],
    ['fixed-batch.onnx', {}, /batch fixed to 8.* dynamic batch dimension/],
    ['truncated.onnx', {}, /no whole ONNX model: it should go on to byte .* export it again/],
    ['text.onnx', {}, /found text that begins with "version .* run `git lfs pull`/],
  ];

  test.each(cases)('%s %j', async (golden, manifest, expected) => {
    const bad = await backendOf(golden, manifest);
    const error: unknown = await bad.slot('tiny').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'SamplerError', code: 'MODEL_UNUSABLE', retriable: false });
    expect((error as Error).message).toContain('/tiny/model.onnx: ');
    expect((error as Error).message).toMatch(expected);
  });

  test.each(['nope', 'nope:1'])('the provider %s, which is on no machine', async (provider) => {
    const bad = await backendOf('good.onnx', {}, { provider });
    await expect(bad.slot('tiny')).rejects.toThrow(
      `execution provider '${provider}' is not on this machine: \`doctor\``,
    );
  });

  test('and the other models of the worker still run', async () => {
    await dir.add('bad', { ...goodManifest, name: 'bad' }, 'truncated.onnx');
    const both = await backendOf('good.onnx');
    await expect(both.slot('bad')).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' });
    await expect((await both.slot('tiny')).run(1)).resolves.toHaveProperty('modelMs');
  });
});

describe('a call of a worker that is alone', () => {
  test.each(['wide', 'split'] as const)('%s has the bits of a plain one', async (way) => {
    const backend = await backendOf('good.onnx', {}, { threads: 1, threadsAlone: 2 });
    const slot = await backend.slot('tiny');
    expect(slot.ways).toEqual(['wide', 'split']);
    for (let e = 0; e < slot.states.length; e++) slot.states[e] = Math.sin(e);
    slot.timesteps.set([500, 20, 300]);
    (slot.conditions.get('class') as BigInt64Array).set([1n, 2n, 0n]);
    await slot.run(3);
    const plain = [...slot.outputs.subarray(0, 3 * dim)];
    slot.outputs.fill(0);
    await slot.run(3, way);
    expect([...slot.outputs.subarray(0, 3 * dim)]).toEqual(plain);
  });

  test('is plain where it has no more threads', async () => {
    const narrow = await backendOf('good.onnx');
    expect((await narrow.slot('tiny')).ways).toEqual([]);
    expect(() => onnxBackend([], { threadsAlone: 1000 })).toThrow(/threads: found 1000/);
  });
});

describe('a failing call', () => {
  test('names the model, and the next call works', async () => {
    const slot = await (await backendOf('good.onnx')).slot('tiny');
    const labels = slot.conditions.get('class') as BigInt64Array;
    labels[0] = 99n;
    const failure = expect(slot.run(1)).rejects;
    await failure.toMatchObject({ code: 'MODEL_UNUSABLE', context: { model: 'tiny', rows: 1 } });
    labels[0] = 1n;
    await slot.run(1);
  });

  test('asks for whole timesteps where the model takes integers', async () => {
    const slot = await (await backendOf('timestep-int64.onnx')).slot('tiny');
    slot.timesteps[0] = 12.5;
    await expect(slot.run(1)).rejects.toThrow(/takes whole timesteps \(int64\), not 12.5/);
  });
});

test('a file changed after its digest was taken is not loaded', async () => {
  const changed = await backendOf('good.onnx');
  const other = new URL('../../golden/models/nan-at-500.onnx', import.meta.url);
  await copyFile(other, `${dir.path}/tiny/model.onnx`);
  await expect(changed.slot('tiny')).rejects.toThrow(
    /the file changed since .* restart the worker/,
  );
});

test.each([0, 1.5, 1000])('%s threads are refused', (threads) => {
  expect(() => onnxBackend([], { threads })).toThrow(/threads: found .*, expected 1 to/);
});
