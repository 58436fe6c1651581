import { describe, expect, it } from 'vitest';
import { noExperience } from '../../coordinator/core/plan/experience.ts';
import { experienceOf, GAIN_MIN, plan, type PlanQuestion } from '../../coordinator/core/planner.ts';
import { computeBound, lawful, weightBound, worker } from './plan/tables.ts';

type Changes = Partial<Omit<PlanQuestion, 'job'>> & { readonly job?: Partial<PlanQuestion['job']> };

function question({ job, ...changes }: Changes = {}): PlanQuestion {
  const shape = { steps: 100, samples: 1, dim: 64, guided: false, sharedTimestep: false };
  return {
    model: 'digest',
    solver: 'ddim',
    eta: 0,
    tolerance: 0.01,
    job: { ...shape, ...job },
    fixed: {},
    workers: [worker('w1')],
    separable: true,
    convergence: { table: lawful, assumed: false },
    experience: noExperience,
    ...changes,
  };
}

const flat = (id: string) => worker(id, { curve: weightBound, crowded: weightBound });
const busy = (count: number) => Array.from({ length: count }, (_, k) => worker(`w${k + 1}`));

describe('what is chosen', () => {
  it('is the sequential sampler on one device that a row keeps busy', () => {
    const { setting, reason } = plan(question());
    expect(setting).toMatchObject({ method: 'sequential', window: 1, blocks: 1 });
    expect(reason).toContain('may be slower');
  });

  it('is a window on one device whose rows are nearly free', () => {
    const { setting, predicted, sequential } = plan(question({ workers: [flat('w1')] }));
    expect(setting).toMatchObject({ method: 'secant', blocks: 1 });
    expect(setting.window).toBeGreaterThanOrEqual(8);
    expect(sequential.predictedMs / (predicted?.predictedMs ?? Infinity)).toBeGreaterThan(4);
  });

  it('uses the workers that there are when the model keeps each busy', () => {
    const { setting, predicted } = plan(question({ workers: busy(8), job: { steps: 1000 } }));
    expect(setting.method).toBe('secant');
    expect(setting.workers.length).toBe(8);
    expect(predicted?.speedup).toBeGreaterThan(4);
  });

  it('is samples side by side where there are as many as workers', () => {
    const workers = busy(4);
    const { setting, predicted } = plan(question({ workers, job: { samples: 8 } }));
    expect(setting).toMatchObject({ method: 'sequential', groups: 4 });
    const together = plan(question({ workers, job: { samples: 8 }, separable: false }));
    expect(together.setting.groups).toBe(1);
    const gain = (together.sequential.predictedMs ?? 0) / (predicted?.predictedMs ?? NaN);
    expect(gain).toBeGreaterThan(3.5);
  });

  it('is sequential on the fastest worker where one is much faster than the others', () => {
    const fast = computeBound.map(({ batch, ms }) => ({ batch, ms: ms / 3 }));
    const workers = [...busy(2), worker('fast', { curve: fast, crowded: fast })];
    const { setting } = plan(question({ workers }));
    expect(setting.method).toBe('sequential');
    expect(setting.workers.map(({ id }) => id)).toEqual(['fast']);
  });

  it('is sequential where messages take longer than the rounds that they save', () => {
    const far = busy(8).map((one) => ({ ...one, rttMs: 500 }));
    expect(plan(question({ workers: far })).setting.method).toBe('sequential');
  });

  it('is sequential where nobody has measured how the model converges', () => {
    const unknown = plan(question({ workers: [flat('w1')], convergence: undefined }));
    expect(unknown.setting.method).toBe('sequential');
    expect(unknown.reason).toContain('nobody has measured');
  });

  it('is never a parallel plan that promises less than the margin', () => {
    for (const count of [1, 2, 3, 4, 6]) {
      for (const steps of [5, 10, 25, 50, 100, 250]) {
        const found = plan(question({ workers: busy(count), job: { steps } }));
        if (found.setting.method === 'sequential') continue;
        expect(found.predicted?.speedup).toBeGreaterThanOrEqual(GAIN_MIN);
      }
    }
  });
});

describe('a cluster that several jobs want', () => {
  const workers = busy(8);
  const job = { steps: 1000 };

  it('gives each its share of the workers, while there are enough', () => {
    const { setting, mode } = plan(question({ workers, job, jobs: 4 }));
    expect([setting.method, setting.workers.length, mode]).toEqual(['secant', 2, 'latency']);
    expect(plan(question({ workers, job, jobs: 1 })).setting.workers).toHaveLength(8);
  });

  it('runs one step at a time once there are more jobs than workers, and says why', () => {
    const { setting, mode, reason, predicted } = plan(question({ workers, job, jobs: 9 }));
    expect(setting).toMatchObject({ method: 'sequential', groups: 1 });
    expect([setting.workers.length, mode]).toEqual([1, 'throughput']);
    expect(reason).toContain('more jobs than its 8 workers');
    expect(predicted?.modelCalls).toBe(1000);
  });

  it('leaves the one job of one worker alone', () => {
    expect(plan(question({ workers: [flat('w1')], jobs: 1 })).mode).toBe('latency');
  });

  it('leaves a request that names its method alone', () => {
    const fixed = { method: 'secant' } as const;
    const { setting, mode } = plan(question({ workers, job, jobs: 100, fixed }));
    expect([setting.workers.length, mode]).toEqual([8, undefined]);
  });
});

describe('the table', () => {
  it('is sorted, and says how each plan compares with the best sequential one', () => {
    const { predictions, sequential } = plan(question({ workers: busy(2) }));
    const times = predictions.map(({ predictedMs }) => predictedMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const { speedup, predictedMs, rounds, roundMs } of predictions) {
      expect(speedup).toBeCloseTo(sequential.predictedMs / predictedMs, 9);
      expect(roundMs).toBeCloseTo(predictedMs / rounds, 9);
    }
  });

  it('of a large cluster and a long trajectory stays a few hundred lines', () => {
    const found = plan(question({ workers: busy(100), job: { steps: 10_000, samples: 4 } }));
    expect(found.predictions.length).toBeLessThan(600);
  });
});

describe('what the request fixes stays', () => {
  it('the method, with its documented defaults', () => {
    const named = plan(question({ workers: busy(3), fixed: { method: 'secant' } }));
    expect(named.setting).toMatchObject({ method: 'secant', window: 100, blocks: 3 });
    expect(named.predicted?.predictedMs).toBeGreaterThan(0);
    expect(named.reason).toBe('the request names the method');
    const parareal = plan(question({ fixed: { method: 'parareal', window: 8 } }));
    expect(parareal.setting).toMatchObject({ window: 100, blocks: 10 });
    expect(parareal.predicted).toBeUndefined();
    const sequential = plan(question({ workers: busy(3), fixed: { method: 'sequential' } }));
    expect(sequential.setting).toMatchObject({ window: 1, blocks: 1 });
  });

  it('window and blocks, of every parallel plan', () => {
    const fixed = { window: 12, blocks: 2 };
    const { predictions } = plan(question({ workers: busy(3), fixed }));
    const parallel = predictions.filter(({ setting }) => setting.method !== 'sequential');
    expect(parallel.length).toBeGreaterThan(0);
    for (const { setting } of parallel) expect(setting).toMatchObject({ ...fixed, groups: 1 });
  });
});

describe('experience', () => {
  const asked = question({ workers: [flat('w1')] });
  const { predicted } = plan(asked);
  if (!predicted) throw new Error('nothing predicted');
  const { rounds, modelCalls, predictedMs } = predicted;

  it('changes little where the prediction was right', () => {
    const model = predicted.rounds * 3.3;
    const once = experienceOf(asked, predicted, {
      rounds,
      modelCalls,
      wallMs: predictedMs,
      modelMs: model,
    });
    const again = plan({ ...asked, experience: once }).predictions.find(
      ({ setting }) => setting.window === predicted.setting.window,
    );
    expect((again?.predictedMs ?? 0) / predictedMs).toBeGreaterThan(0.9);
    expect((again?.predictedMs ?? 0) / predictedMs).toBeLessThan(1.1);
  });

  it('of slower calls and more rounds makes plans of its kind slower, and no others', () => {
    const took = {
      rounds: rounds * 1.5,
      modelCalls: modelCalls * 1.5,
      wallMs: predictedMs * 3,
      modelMs: predictedMs * 2.7,
    };
    const once = experienceOf(asked, predicted, took);
    const slow = experienceOf({ ...asked, experience: once }, predicted, took);
    const before = plan(asked);
    const after = plan({ ...asked, experience: slow });
    expect(after.sequential.predictedMs / before.sequential.predictedMs).toBeCloseTo(1, 1);
    const same = after.predictions.find(
      ({ setting }) => setting.window === predicted.setting.window,
    );
    expect((same?.rounds ?? 0) / rounds).toBeCloseTo(1.5, 6);
    expect((same?.predictedMs ?? 0) / predictedMs).toBeCloseTo(3, 0);
  });
});
