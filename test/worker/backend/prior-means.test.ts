import { describe, expect, it } from 'vitest';
import { firstGuess } from '../../../coordinator/shell/first-guess.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { analyticBackend } from '../../../worker/backend/analytic.ts';
import { measurePriorMeans } from '../../../worker/backend/prior-means.ts';

async function measured(name: string) {
  const backend = analyticBackend();
  const model = backend.models.find((known) => known.name === name);
  if (!model) throw new Error(`no model ${name}`);
  const priorMeans = await measurePriorMeans(model, await backend.slot(name));
  return { ...model, latencyCurve: [], batchJitter: 0, ...(priorMeans && { priorMeans }) };
}

const spec = {
  samples: 2,
  dim: 64,
  guided: false,
  guidance: 1,
  signals: Float64Array.of(6e-3, 1),
  sigmas: Float64Array.of(0.99998, 0),
  initialization: 'denoised',
  conditions: [{ name: 'class', values: Float64Array.of(1, 4) }],
};

describe('prior means', () => {
  it('lists every class and the one that stands for none', async () => {
    const { priorMeans } = await measured('mixture6');
    expect(priorMeans?.values).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(priorMeans?.means).toHaveLength(7 * 64);
  });

  it('are the same whenever they are measured', async () => {
    const [once, again] = [await measured('mixture6'), await measured('mixture6')];
    expect(again.priorMeans?.means).toEqual(once.priorMeans?.means);
  });

  it('of one mode are that mode, up to what noise tells', async () => {
    const { priorMeans } = await measured('mixture6');
    const means = priorMeans?.means ?? new Float32Array();
    // modes have RMS 1 and differ by about sqrt(2); s = 0.3 is what a sample may be off its mode
    expect(rmsDifference(means, 0, means, 64, 64)).toBeGreaterThan(0.5);
  });
});

describe('prior means of conditions that cannot be listed', () => {
  const real = { name: 'goal', dtype: 'float32', minimum: -1, maximum: 1, labels: [] } as const;

  it.each([[[]], [[2]]])('are not measured: a real number of shape %o', async (shape) => {
    const backend = analyticBackend();
    const model = backend.models.find((known) => known.name === 'mixture6');
    if (!model) throw new Error('no model');
    const conditions = [{ ...real, shape, unconditional: null }];
    const slot = await backend.slot('mixture6');
    expect(await measurePriorMeans({ ...model, conditions }, slot)).toBeUndefined();
  });
});

describe('the first guess', () => {
  it('takes the mean of each sample by its class', async () => {
    const model = await measured('mixture6');
    const guess = firstGuess(model, spec);
    const means = model.priorMeans?.means ?? new Float32Array();
    expect(guess?.subarray(0, 64)).toEqual(means.subarray(64, 128));
    expect(guess?.subarray(64)).toEqual(means.subarray(4 * 64, 5 * 64));
  });

  it('is guided as the model is', async () => {
    const model = await measured('mixture6');
    const guess = firstGuess(model, { ...spec, guided: true, guidance: 3 });
    const means = model.priorMeans?.means ?? new Float32Array();
    const [own = 0, none = 0] = [means[64], means[6 * 64]];
    expect(guess?.[0]).toBeCloseTo(none + 3 * (own - none), 5);
  });

  it('is guided as much as the first row, where that changes', async () => {
    const model = await measured('mixture6');
    const guidanceWeights = Float64Array.of(1, 3);
    const guided = { ...spec, guided: true, guidance: 3, guidanceWeights };
    const means = model.priorMeans?.means ?? new Float32Array();
    expect(firstGuess(model, guided)?.subarray(0, 64)).toEqual(means.subarray(64, 128));
  });

  it('is not made where rows enter as copies, or the grid starts late', async () => {
    const model = await measured('mixture6');
    expect(firstGuess(model, { ...spec, initialization: 'constant' })).toBeUndefined();
    const late = { ...spec, signals: Float64Array.of(0.5, 1), sigmas: Float64Array.of(0.8, 0) };
    expect(firstGuess(model, late)).toBeUndefined();
  });
});
