import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { localJob, openLocalModel, submitRequest } from '../../cli/bench/local-job.ts';
import type { LocalModel, Request } from '../../cli/bench/local-job.ts';
import { checkStopping, stoppingOf } from '../../coordinator/shell/stopping.ts';
import { resolveSubmission } from '../../coordinator/shell/submission.ts';
import { drive } from '../../shared/numerics/drive.ts';
import type { MethodName } from '../../shared/numerics/solver/method.ts';
import { runCoreCluster } from '../support/core-cluster.ts';
import { mixtureJob } from '../support/mixture-job.ts';

function request(given: Partial<Request>) {
  return submitRequest('mixture6', { solver: 'ddim', steps: 20, ...given });
}

describe('the stopping rule of a request', () => {
  it.each([
    [{}, 'final', 0.01],
    [{ stop: 'final', tolerance: 0.5 }, 'final', 0.5],
    [{ stop: 'paradigms' }, 'paradigms', 0.1],
    [{ stop: 'parataa' }, 'parataa', 1e-3],
    [{ stop: 'srds', tolerance: 0.02 }, 'srds', 0.02],
  ])('%j is %s with tolerance %d', (given, stop, tolerance) => {
    expect(stoppingOf(request(given))).toEqual({ stop, tolerance });
  });

  it.each<Partial<Request>>([
    { stop: 'paradigms', method: 'picard', window: 4 },
    { stop: 'parataa', method: 'parataa', order: 5 },
    { stop: 'srds', method: 'parareal', window: 4 },
    { stop: 'srds', method: 'secant', certify: true },
    { stop: 'final', method: 'auto' },
    { order: 5, method: 'parataa', blocks: 1 },
    { maxLag: 2, method: 'secant', certify: true },
    { maxLag: 2, method: 'auto' },
    { maxLag: 0, method: 'parareal', stop: 'srds' },
  ])('may be asked for: %j', (given) => {
    expect(() => checkStopping(request(given))).not.toThrow();
  });

  it.each<[Partial<Request>, RegExp]>([
    [{ stop: 'newton', method: 'picard' }, /stop: found "newton", expected one of final, parad/],
    [{ stop: 'srds', method: 'auto' }, /stop: found "srds", expected final, or a method with it/],
    [{ stop: 'paradigms', method: 'sequential' }, /expected final with sequential/],
    [{ stop: 'parataa', method: 'parareal' }, /expected final or srds with parareal/],
    [{ stop: 'srds', method: 'picard', window: 8 }, /window: found 8, expected 20 with srds/],
    [{ stop: 'srds', method: 'parareal', certify: true }, /certify: found "it with srds"/],
    [{ order: 5, method: 'secant' }, /order: found 5, expected none: only parataa has one/],
    [{ maxLag: 1, method: 'parataa' }, /max-lag: found 1, expected 0 with parataa, whose blocks/],
    [{ maxLag: 1, method: 'parareal' }, /expected 0 with parareal, whose blocks all wait/],
    [{ maxLag: 1, method: 'sequential' }, /max-lag: found 1, expected 0 with sequential/],
    [{ maxLag: 1, method: 'picard', stop: 'paradigms' }, /expected 0 with paradigms, a rule/],
    [{ order: 5, method: 'parataa', blocks: 2 }, /blocks: found 2, expected 1 with an order/],
  ])('is refused with one clear error: %j', (given, text) => {
    expect(() => checkStopping(request(given))).toThrow(text);
  });
});

describe('what a worker gets', () => {
  let local: LocalModel;

  beforeAll(async () => {
    local = await openLocalModel('mixture6', 1);
  });

  afterAll(() => local.close());

  it('names rule, tolerance and order, and so does the plan', () => {
    const given = request({ stop: 'parataa', method: 'parataa', order: 5, memory: 2 });
    const { spec, plan, planned } = resolveSubmission(given, local.model);
    expect(spec).toMatchObject({ stop: 'parataa', tolerance: 1e-3, order: 5, memory: 2 });
    expect(plan).toMatchObject({ stop: 'parataa', tolerance: 1e-3, blocks: 1 });
    // its figures are those of our own rule
    expect(planned.plan.predicted).toBeUndefined();
  });

  it('names how many rounds may end without a late block', () => {
    const { plan } = resolveSubmission(request({ method: 'secant', maxLag: 2 }), local.model);
    expect(plan.maxLag).toBe(2);
    expect(resolveSubmission(request({}), local.model).plan.maxLag ?? 0).toBe(0);
  });

  it('decides when it is done', async () => {
    const rounds: Record<string, number> = {};
    for (const stop of ['final', 'paradigms'] as const) {
      const job = { solver: 'ddpm', steps: 30, seed: 1, method: 'picard', stop, tolerance: 0.01 };
      const { problem } = await localJob(local, job);
      expect(problem.stop).toBe(stop);
      ({ rounds: rounds[stop] } = await drive(problem));
    }
    expect(rounds['paradigms']).not.toBe(rounds['final']);
  });
});

describe('over the core', () => {
  it.each<['paradigms' | 'parataa' | 'srds', MethodName]>([
    ['paradigms', 'picard'],
    ['paradigms', 'secant'],
    ['parataa', 'parataa'],
    ['srds', 'secant'],
    ['srds', 'parareal'],
  ])('%s gives the bits of one process with %s', async (stop, method) => {
    for (const blocks of [1, 3]) {
      const given = { solver: 'ddpm', steps: 30, blocks, samples: 2, tolerance: 1e-3 } as const;
      const { problem } = mixtureJob({ ...given, method, seed: 3 });
      const alone = await drive({ ...problem, stop });
      const options = { problem: { ...problem, stop }, blocks };
      for (const workers of [1, 2]) {
        const cluster = await runCoreCluster({ ...options, workers, seed: workers });
        expect(cluster.samples).toEqual(alone.samples);
        expect(cluster.rounds).toBe(alone.rounds);
      }
    }
  });

  it('ends with an order too', async () => {
    const given = { solver: 'ddpm', steps: 30, method: 'parataa', settings: { order: 7 } } as const;
    const { problem } = mixtureJob(given);
    const alone = await drive(problem);
    const cluster = await runCoreCluster({ problem, workers: 2, blocks: 1, seed: 1 });
    expect(cluster.samples).toEqual(alone.samples);
  });
});
