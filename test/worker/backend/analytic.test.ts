import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { alphaBars } from '../../../shared/numerics/schedule.ts';
import { analyticBackend, analyticModel, builtinModels } from '../../../worker/backend/analytic.ts';
import type { ModelSlot } from '../../../worker/backend/backend.ts';
import { discoverModels } from '../../../worker/backend/manifest.ts';
import { batchInvariance, measureLatencyCurve } from '../../../worker/backend/measure.ts';
import { goodManifest, modelsDir } from './model-folder.ts';
import type { ModelsDir } from './model-folder.ts';

const dim = 64;

test('the built-in models and their digests', () => {
  const shown = analyticBackend().models.map(({ name, dim: d, backend }) => [name, d, backend]);
  expect(shown).toEqual([
    ['mixture6', dim, 'analytic'],
    ['gaussian', dim, 'analytic'],
  ]);
  const digests = builtinModels().map((model) => model.description.sha256);
  expect(new Set(digests).size).toBe(2);
  expect(builtinModels().map((model) => model.description.sha256)).toEqual(digests);
});

describe('gaussian', () => {
  test('predicts sigma x / (alphaBar s^2 + sigma^2)', async () => {
    const backend = analyticBackend();
    const slot = await backend.slot('gaussian');
    const [, model] = backend.models;
    const { schedule } = model ?? never();
    if (schedule.kind !== 'linear') throw new Error('not the linear schedule');
    const levels = alphaBars(schedule);
    slot.states.fill(0.7);
    slot.timesteps.set([0, 500, 999]);
    await slot.run(3);
    for (const [row, t] of [0, 500, 999].entries()) {
      const power = levels[t] ?? 0;
      const expected = (Math.sqrt(1 - power) * 0.7) / (power * 0.25 + 1 - power);
      expect(slot.outputs[row * dim]).toBeCloseTo(expected, 6);
    }
  });

  test('has no condition', async () => {
    expect((await analyticBackend().slot('gaussian')).conditions.size).toBe(0);
  });
});

describe('mixture6', () => {
  let slot: ModelSlot;
  beforeEach(async () => {
    slot = await analyticBackend().slot('mixture6');
    slot.states.fill(0.1);
    slot.timesteps.fill(700);
  });

  test('the class changes the answer, and each row has its own', async () => {
    slot.conditions.get('class')?.set([0n, 5n, 6n] as never);
    await slot.run(3);
    const rows = [0, 1, 2].map((row) => slot.outputs[row * dim]);
    expect(new Set(rows).size).toBe(3);
  });

  test.each([7n, -1n])('refuses the class %s', async (label) => {
    slot.conditions.get('class')?.set([label] as never);
    await expect(slot.run(1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test.each([-1, 1000, 999.5, Number.NaN])('refuses the timestep %s', async (timestep) => {
    slot.timesteps[0] = timestep;
    await expect(slot.run(1)).rejects.toThrow(/knows the timesteps 0 to 999, not/);
  });

  test('knows the level between two training steps', async () => {
    slot.states.fill(0.3);
    const outputs: number[] = [];
    for (const timestep of [499, 499.5, 500]) {
      slot.timesteps[0] = timestep;
      await slot.run(1);
      outputs.push(slot.outputs[0] ?? NaN);
    }
    const [low = 0, between = 0, high = 0] = outputs;
    expect(Math.abs(between - (low + high) / 2)).toBeLessThan(0.1 * Math.abs(high - low));
  });

  test('gives a row the same bits alone and in a batch', async () => {
    expect(await batchInvariance(slot, dim)).toEqual({ maxDifference: 0, sameBits: true });
  });

  test('has a latency curve', async () => {
    const curve = await measureLatencyCurve(slot, { repeats: 1, budgetMs: 200 });
    expect(curve[0]?.batch).toBe(1);
    expect(curve.every((point) => point.ms >= 0)).toBe(true);
  });
});

test('not-a-number outputs are no batch invariance', async () => {
  const slot = await analyticBackend().slot('gaussian');
  const spoiled: ModelSlot = {
    ...slot,
    run: async (count) => {
      const result = await slot.run(count);
      if (count > 1) slot.outputs[0] = Number.NaN;
      return result;
    },
  };
  expect(await batchInvariance(spoiled, dim)).toEqual({ maxDifference: Infinity, sameBits: false });
});

test('a delayed model takes its time and says that it is emulated', async () => {
  const backend = analyticBackend({ delayMs: 30 });
  expect(backend.models.every((model) => model.backend.includes('emulated'))).toBe(true);
  const { modelMs } = await (await backend.slot('gaussian')).run(1);
  expect(modelMs).toBeGreaterThanOrEqual(29);
});

test('an unknown model is an error that lists the known ones', async () => {
  await expect(analyticBackend().slot('x')).rejects.toThrow(/known: mixture6, gaussian/);
});

describe('a mixture from a manifest', () => {
  let dir: ModelsDir;
  beforeEach(async () => {
    dir = await modelsDir();
  });
  afterEach(() => dir.remove());

  const { file: _f, inputs: _i, conditions: _c, prediction: _p, ...common } = goodManifest;
  const manifest = {
    ...common,
    kind: 'gaussian-mixture',
    sampleShape: [2],
    std: 0.2,
    means: [
      [1, 0],
      [0, 1],
    ],
    labels: ['right', 'up'],
  };

  test('runs with the class as a condition', async () => {
    await dir.add('tiny', manifest);
    const [found] = (await discoverModels(dir.path)).models;
    if (found?.manifest.kind !== 'gaussian-mixture') throw new Error('another kind');
    const backend = analyticBackend({ models: [analyticModel(found.manifest, found)] });
    expect(backend.models[0]).toMatchObject({ name: 'tiny', dim: 2, sha256: found.sha256 });
    expect(backend.models[0]?.conditions[0]?.labels).toEqual(['right', 'up']);
    const slot = await backend.slot('tiny');
    slot.conditions.get('class')?.set([0n, 1n] as never);
    slot.timesteps.fill(999);
    await slot.run(2);
    expect(slot.outputs[0]).toBeCloseTo(slot.outputs[3] ?? 0, 6);
  });

  test('with a mean of the wrong length is refused', async () => {
    await dir.add('tiny', { ...manifest, means: [[1, 0, 0]], labels: [] });
    const [problem] = (await discoverModels(dir.path)).problems;
    expect(problem?.message).toMatch(/means: found .*as many numbers in each mean/);
  });
});

function never(): never {
  throw new Error('no such model');
}
