import { describe, expect, it } from 'vitest';

import { batchJitterOf, checkJitter } from '../../coordinator/shell/jitter-check.ts';
import { resolveSubmission } from '../../coordinator/shell/submission.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { analyticBackend } from '../../worker/backend/analytic.ts';
import { submitRequest } from '../../cli/bench/local-job.ts';
import { prepareJob } from '../../worker/core/job-setup.ts';

const described = analyticBackend({}).models.find(({ name }) => name === 'mixture6');
if (!described) throw new Error('no mixture6');
const model: RegisteredModel = {
  ...described,
  maxBatch: 16,
  batchJitter: 0,
  latencyCurve: [{ batch: 1, ms: 1 }],
};

function check(request: Parameters<typeof submitRequest>[1], jitter: number, changes: object = {}) {
  const own = { ...model, ...changes };
  const submission = resolveSubmission(submitRequest('mixture6', request), own);
  const { timesteps, signals, sigmas, noiseScales } = submission.spec;
  const levels = { signal: signals, sigma: sigmas };
  const grid = { timestep: timesteps, ...levels, noiseScale: noiseScales };
  const table = stepTable({ ...grid, prediction: own.prediction });
  return () => checkJitter(submission, table, own, jitter);
}

const base = { solver: 'ddim', steps: 50, method: 'secant' } as const;

describe('a tolerance below the jitter of the model', () => {
  it('is refused with what was found, what works, and what to do', () => {
    expect(check({ ...base, tolerance: 1e-4 }, 1e-5)).toThrow(
      /^tolerance: found 0\.0001, expected at least 0\.0\d+ here: the outputs of mixture6 differ/,
    );
    expect(check({ ...base, tolerance: 1e-4 }, 1e-5)).toThrow('method sequential needs none');
    expect(check({ ...base, tolerance: 0 }, 1e-9)).toThrow('maxBatch 1 in the manifest');
  });

  it('names a tolerance that is then accepted', () => {
    for (const jitter of [1e-8, 1e-6, 1e-5]) {
      let least = NaN;
      try {
        check({ ...base, tolerance: 0 }, jitter)();
      } catch (error) {
        least = Number(/at least (\S+) here/.exec(String(error))?.[1]);
      }
      expect(least).toBeGreaterThan(0);
      expect(check({ ...base, tolerance: least }, jitter)).not.toThrow();
      expect(check({ ...base, tolerance: least / 1.3 }, jitter)).toThrow('tolerance');
    }
  });

  it('is refused whatever it is where the jitter is too large for any', () => {
    for (const tolerance of [0.01, 1, 1000]) {
      expect(check({ ...base, tolerance }, 0.1)).toThrow('no tolerance works');
    }
  });

  it.each([
    ['there is none', 0, {}, {}],
    ['nothing has to settle', 1e-3, { method: 'sequential' }, {}],
    ['there is one shape of call', 1e-3, {}, { maxBatch: 1 }],
    ['calls hold one timestep of one sample', 1e-3, {}, { sharedTimestep: true }],
  ])('does not matter where %s', (_why, jitter, request, changes) => {
    expect(check({ ...base, tolerance: 0, ...request }, jitter, changes)).not.toThrow();
  });

  it('matters with one row per call where pairs come in several shapes', () => {
    const inputs = [{ name: 'class', dtype: 'int64', shape: [], data: Buffer.alloc(8) }];
    const guided = { ...base, tolerance: 0, guidance: 3, inputs };
    expect(check(guided, 1e-6, { maxBatch: 3 })).not.toThrow();
    expect(check(guided, 1e-6, { maxBatch: 4 })).toThrow('tolerance');
  });
});

it('guidance tightens the rule of the coordinator and of the workers', () => {
  const inputs = [{ name: 'class', dtype: 'int64', shape: [], data: Buffer.alloc(8) }];
  const asked = submitRequest('mixture6', { ...base, guidance: 3, inputs });
  const { plan, spec } = resolveSubmission(asked, model);
  expect(plan.spread).toBe(5);
  const denoiser = { evaluate: () => Promise.reject(new Error('not called')) };
  expect(prepareJob({ ...spec, job: 'j' }, denoiser).problem.spread).toBe(5);
});

describe('the jitter of a model', () => {
  it('is the largest of the workers that have the same file', () => {
    const session = (batchJitter: number, sha256 = model.sha256) => ({
      models: [{ ...model, sha256, batchJitter }],
    });
    const workers = { all: () => [session(1e-6), session(3e-6), session(1, 'other')] };
    const registry = workers as unknown as Parameters<typeof batchJitterOf>[0];
    expect(batchJitterOf(registry, model)).toBe(3e-6);
  });
});
