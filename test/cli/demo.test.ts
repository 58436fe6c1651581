import { describe, expect, it } from 'vitest';

import type { AvailableModel } from '../../cli/client.ts';
import { demoInputs, demoRuns, forecastMs, planDemo } from '../../cli/demo/plan.ts';
import { demoNotes, worstRms } from '../../cli/demo/table.ts';
import { resultDocument } from '../../cli/job/result-document.ts';
import type { ResultDocument } from '../../cli/job/result-document.ts';

const model: AvailableModel = {
  name: 'm',
  sha256: '',
  backend: 'onnx',
  sampleShape: [1, 2, 2],
  prediction: 'epsilon',
  schedule: { kind: 'cosine', trainSteps: 1000, betaStart: 0, betaEnd: 0 },
  spacing: 'linspace',
  timestepOffset: 0,
  terminalAlphaBar: 1,
  dataStd: 1,
  valueRange: [-1, 1],
  guidance: 2,
  conditions: [
    {
      name: 'class',
      dtype: 'int64',
      shape: [],
      minimum: 0,
      maximum: 9,
      unconditional: 10,
      labels: [],
    },
  ],
  maxBatch: 8,
  sharedTimestep: false,
  license: 'MIT',
  latencyCurve: [
    { batch: 1, ms: 4 },
    { batch: 8, ms: 16 },
  ],
  batchJitter: 0,
  workers: 2,
};

describe('the demo', () => {
  it('compares every method with the sequential sampler', () => {
    const methods = demoRuns(50, false).map(({ method, window }) => `${method} ${window}`);
    expect(methods).toEqual([
      'sequential 1',
      'picard 50',
      'picard-eps 50',
      'secant 50',
      'parataa 50',
      'parareal 50',
      'secant 8',
    ]);
    expect(demoRuns(50, true).map(({ name }) => name)).toEqual([
      'sequential',
      'secant',
      'secant, window 8',
    ]);
  });

  it('samples one of each class', () => {
    const { samples, inputs } = demoInputs(model, 4);
    expect(samples).toBe(4);
    expect(inputs).toMatchObject([
      { name: 'class', shape: [4], data: BigInt64Array.of(0n, 1n, 2n, 3n) },
    ]);
    expect(demoInputs({ ...model, conditions: [] }, 4)).toEqual({ samples: 4, inputs: [] });
  });

  it('runs the baseline, which the others need, before all others', () => {
    const [first] = demoRuns(50, false).toSorted((a, b) => a.work - b.work);
    expect(first?.method).toBe('sequential');
  });

  it('forecasts from the best batch, two forward passes a guided row, all workers', () => {
    const plan = planDemo(model, { steps: 50, quick: true, out: '' });
    const of = (method: string) =>
      forecastMs({ ...plan, runs: demoRuns(50, false).filter((run) => run.method === method) });
    expect(of('sequential')).toBe(50 * 10 * 2 * 2);
    expect(of('picard')).toBeCloseTo((4.3 * 50 * 10 * 2 * 2) / 2);
  });

  it('takes fewer steps on a slow machine, unless told how many', () => {
    const slow = { ...model, latencyCurve: [{ batch: 1, ms: 30 }] };
    const options = { quick: false, out: '' };
    expect(planDemo(model, options).steps).toBe(50);
    expect(planDemo(slow, options).steps).toBe(25);
    expect(planDemo(slow, { ...options, steps: 40 }).steps).toBe(40);
  });

  it('measures the sample that differs most', () => {
    const a = Float32Array.of(0, 0, 0, 0);
    expect(worstRms(a, Float32Array.of(0, 0, 3, 4), 2)).toBeCloseTo(Math.sqrt(12.5));
  });

  it('says what was left out, and no more than it knows about the wall clock', () => {
    const plan = planDemo(model, { quick: false, out: '' });
    const nothing = { outcomes: [], leftOut: [] };
    const bound = demoNotes(plan, { ...nothing, leftOut: plan.runs.slice(0, 2) }).join(' ');
    expect(bound).toContain('keeps a core busy');
    expect(bound).toContain('a round of parareal is a chain of 7');
    expect(bound).toContain('three minutes on this machine: sequential; picard.');
    const analytic = { ...plan, model: { ...model, backend: 'analytic' } };
    const free = demoNotes(analytic, nothing).join(' ');
    expect(free).toContain('say nothing about a real one');
    expect(free).not.toContain('Left out');
    expect(free).not.toContain('tolerance');
  });

  it('owns up to a result above the tolerance', () => {
    const plan = planDemo(model, { quick: true, out: '' });
    const document = emptyDocument();
    const outcomes = plan.runs.map((run, index) => ({
      run,
      document,
      rmsError: [null, 0.009, 0.02][index] ?? null,
      speedup: null,
    }));
    const notes = demoNotes(plan, { outcomes, leftOut: [] }).join(' ');
    expect(notes).toContain('tolerance of 0.01 in their worst sample: secant, window 8 2.0e-2.');
  });
});

function emptyDocument(): ResultDocument {
  const samples = new Float32Array(0);
  const timeMs = { model: 0, queue: 0, network: 0, coordinator: 0, scan: 0 };
  const rows = { rows: 0, latentsPerRow: 1 };
  const counts = {
    ...rows,
    steps: 0,
    samples: 0,
    seed: 0,
    rounds: 0,
    staleRounds: 0,
    modelCalls: 0,
    forwardPasses: 0,
  };
  const report = {
    ...{ ...counts, job: '', model: 'm', modelSha256: '', method: 'secant', solver: 'ddim' },
    ...{ tolerance: 0, window: 0, blocks: 0, workers: 0, sequentialCalls: 0, wallMs: 0, timeMs },
    ...{
      residualMax: 0,
      errorEstimate: 0,
      emulated: false,
      idealMs: 0,
      hostLateMs: 0,
      wire: 'float32',
      sequential: null,
      guidance: 0,
    },
    bytes: { toWorkers: 0, fromWorkers: 0 },
    ...{ stop: 'final', certificate: null, plan: null, resumedFrom: 0 },
    spotChecks: { made: 0, dropped: 0, startedOver: 0 },
    outcome: 'converged',
    sampleShape: [],
    latents: false,
    valueRange: [0, 1] as const,
  };
  const files = { samplesFile: null, images: [] };
  return resultDocument(
    { report, samples, shape: [], trace: [], pictures: [], noPictures: '', kept: null },
    files,
  );
}
