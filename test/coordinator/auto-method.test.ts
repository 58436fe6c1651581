import { describe, expect, it } from 'vitest';
import { autoMethod } from '../../coordinator/shell/auto-method.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { analyticBackend } from '../../worker/backend/analytic.ts';

function model(latencyCurve: RegisteredModel['latencyCurve']): RegisteredModel {
  const [description] = analyticBackend().models;
  if (!description) throw new Error('no analytic model');
  return { ...description, latencyCurve, batchJitter: 0 };
}

const batches = [1, 2, 4, 8, 16, 32];
const computeBound = model(batches.map((batch) => ({ batch, ms: 3 * batch })));
const weightBound = model(batches.map((batch) => ({ batch, ms: 10 + 0.05 * batch })));
const job = { steps: 100, samples: 1, guided: false };

describe('auto', () => {
  it('leaves a busy device to the plain sampler', () => {
    expect(autoMethod(computeBound, job, 2)).toEqual({ method: 'sequential', window: 1 });
  });

  it('gives each of many workers a row', () => {
    expect(autoMethod(computeBound, job, 8)).toEqual({ method: 'secant', window: 8 });
  });

  it('takes the rows that a call gives for nothing', () => {
    expect(autoMethod(weightBound, job, 1)).toEqual({ method: 'secant', window: 32 });
    expect(autoMethod(weightBound, job, 4)).toEqual({ method: 'secant', window: 100 });
  });

  it('counts samples and guided pairs as rows of a call', () => {
    const pairs = { ...job, samples: 4, guided: true };
    expect(autoMethod(weightBound, pairs, 1)).toEqual({ method: 'secant', window: 4 });
  });

  it('does not bother with short trajectories', () => {
    expect(autoMethod(weightBound, { ...job, steps: 12 }, 8).method).toBe('sequential');
  });
});
