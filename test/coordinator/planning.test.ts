import { describe, expect, it } from 'vitest';
import { createPlanner, planAlone, type JobQuestion } from '../../coordinator/shell/planning.ts';
import {
  createWorkerRegistry,
  type WorkerSession,
} from '../../coordinator/shell/worker-session.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { computeBound, lawful, weightBound } from './plan/tables.ts';

const model = {
  name: 'm',
  sha256: 'digest',
  dim: 64,
  maxBatch: 64,
  batchJitter: 0,
  sharedTimestep: false,
  latencyCurve: computeBound,
  convergence: lawful,
} as unknown as RegisteredModel;

const question: JobQuestion = {
  model,
  solver: 'ddim',
  eta: 0,
  steps: 1000,
  samples: 1,
  guided: false,
  tolerance: 0.01,
  stop: 'final',
  fixed: {},
  separable: true,
};

function planner(sessions: readonly Partial<WorkerSession>[], draining: readonly string[] = []) {
  const workers = createWorkerRegistry();
  for (const [k, session] of sessions.entries()) {
    const whole = { id: `w${k + 1}`, models: [model], data: {}, figures: new Map(), ...session };
    workers.add(whole as WorkerSession);
  }
  const takesBlocks = (id: string) => !draining.includes(id);
  return createPlanner({ workers, takesBlocks, defaults: undefined });
}

const together = (factor: number) => {
  const crowded = computeBound.map(({ batch, ms }) => ({ batch, ms: factor * ms }));
  return new Map([['m', { alone: computeBound, crowded, crowd: 2 }]]);
};

describe('the rows of a plan', () => {
  it('are as large as the latents that they have', () => {
    const dimOf = (changes: object) =>
      planner([{}]).plan({ ...question, ...changes }).question.job.dim;
    expect(dimOf({ parts: 3 })).toBe(3 * dimOf({}));
  });
});

describe('the workers of a plan', () => {
  it('are those that have the model file, are attached and take blocks', () => {
    const other = { ...model, sha256: 'another' };
    const sessions = [{}, {}, { models: [other] }, { data: undefined }];
    const { question: asked } = planner(sessions, ['w2']).plan(question);
    expect(asked.workers.map(({ id }) => id)).toEqual(['w1']);
  });

  it('count as one device until they were measured together', () => {
    const before = planner([{}, {}]).plan(question).plan;
    expect(before.setting.workers).toHaveLength(1);
    const figures = { figures: together(1) };
    const after = planner([figures, figures]).plan(question).plan;
    expect(after.setting.workers).toHaveLength(2);
    const crowded = { figures: together(2) };
    expect(planner([crowded, crowded]).plan(question).plan.setting.workers).toHaveLength(1);
  });

  it('are as fast as they were when measured last', () => {
    const alone = computeBound.map(({ batch, ms }) => ({ batch, ms: ms / 3 }));
    const figures = new Map([['m', { alone, crowded: alone, crowd: 2 }]]);
    const { plan } = planner([{}, { figures }]).plan(question);
    expect(plan.sequential.setting.workers[0]?.id).toBe('w2');
    const first = planner([{}]).plan(question).plan.sequential;
    const gain = first.predictedMs / plan.sequential.predictedMs;
    expect(gain).toBeGreaterThan(2.5);
    expect(gain).toBeLessThan(3.1);
  });

  it('may be none yet: then the model is planned for as it was described', () => {
    const { plan } = planner([]).plan(question);
    expect(plan.setting.workers).toHaveLength(1);
  });
});

describe('figures of convergence', () => {
  const free = { ...model, latencyCurve: weightBound } as RegisteredModel;
  const { convergence: _convergence, ...bare } = free;
  const unmeasured = bare as RegisteredModel;

  it('of the bundled model stand in for a model without, with more rounds', () => {
    const options = { workers: createWorkerRegistry(), takesBlocks: () => true };
    const known = createPlanner({ ...options, defaults: undefined });
    const assuming = createPlanner({ ...options, defaults: lawful });
    const measured = known.plan({ ...question, model: free });
    const assumed = assuming.plan({ ...question, model: unmeasured });
    const of = ({ plan }: typeof measured, window: number) =>
      plan.predictions.find(({ setting }) => setting.window === window)?.rounds ?? NaN;
    expect(of(assumed, 16) / of(measured, 16)).toBeCloseTo(1.3, 6);
    const unknown = known.plan({ ...question, model: unmeasured });
    expect(unknown.plan.setting.method).toBe('sequential');
  });

  it('plan a job in one process too', () => {
    expect(planAlone({ ...question, model: free }).plan.setting.method).toBe('secant');
  });
});

it('learns from what jobs took', () => {
  const own = planner([{}]);
  const before = own.plan({ ...question, fixed: { method: 'sequential' } });
  const { predicted } = before.plan;
  if (!predicted) throw new Error('nothing predicted');
  const { rounds, modelCalls, predictedMs } = predicted;
  const took = { rounds, modelCalls, wallMs: 2 * predictedMs, modelMs: 2 * 3000 };
  for (let job = 0; job < 2; job++) own.learn(before, took);
  const after = own.plan({ ...question, fixed: { method: 'sequential' } });
  expect((after.plan.predicted?.predictedMs ?? 0) / predictedMs).toBeCloseTo(2, 1);
});
