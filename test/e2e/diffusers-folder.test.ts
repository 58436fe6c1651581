import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';
import { pipelineFolder } from '../worker/backend/diffusers/pipeline-folder.ts';

describe("somebody else's pipeline on two worker processes", () => {
  let cluster: RealCluster;
  const label = (name: string, value: number) =>
    ({ name, dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) }) as const;

  beforeAll(async () => {
    const scheduler = { _class_name: 'UniPCMultistepScheduler', solver_order: 3 };
    const folder = await pipelineFolder({ 'scheduler/scheduler_config.json': scheduler });
    cluster = await realCluster();
    await cluster.addWorkers(2, ['--backend', 'onnx', '--models', dirname(folder)]);
  });

  afterAll(() => cluster.close());

  it('is sampled as its authors do where the job names no sampler', async () => {
    const request = { model: 'tiny', solver: '', steps: 12, seed: 3, method: 'secant', blocks: 2 };
    const inputs = [label('class_label', 3)];
    const { report } = await cluster.run({ ...request, inputs, compareSequential: true });
    expect(report).toMatchObject({ solver: 'unipc', rows: 12, latentsPerRow: 4, workers: 2 });
    expect(report.sequential?.rmsError).toBeLessThanOrEqual(0.01);
  });

  it('is guided away from what the job says', async () => {
    const request = { model: 'tiny', solver: 'ddim', steps: 8, seed: 3, guidance: 3 };
    const own = [label('class_label', 3)];
    const guided = await cluster.run({
      ...request,
      inputs: [...own, label('class_label.unconditional', 5)],
    });
    expect(guided.report.forwardPasses).toBe(2 * guided.report.modelCalls);
    const other = await cluster.run({
      ...request,
      inputs: [...own, label('class_label.unconditional', 7)],
    });
    expect(other.samples).not.toEqual(guided.samples);
    await expect(cluster.run({ ...request, inputs: own })).rejects.toThrow(/NAME.unconditional/);
  });

  it('is certified with its own sampler', async () => {
    const request = { model: 'tiny', solver: '', steps: 10, certify: true };
    const { report, kept } = await cluster.run({ ...request, inputs: [label('class_label', 1)] });
    expect(report.certificate).toMatchObject({ passed: true });
    expect(report.certificate?.solverOptions).toContain('"order":3');
    expect(kept?.residuals).toHaveLength(10);
    // the same levels, walked along in another order, are another grid
    const told = { ...request, solver: 'unipc', solverOptions: { order: 2 } };
    const other = await cluster.run({ ...told, inputs: [label('class_label', 1)] });
    // a folder that says no spacing has another one for each sampler: the certificate says which
    const foreign = { model: 'tiny', solver: 'euler', steps: 10, certify: true };
    const { report: euler } = await cluster.run({ ...foreign, inputs: [label('class_label', 1)] });
    expect(euler.certificate).toMatchObject({ spacing: 'linspace' });
    const strided = { ...foreign, solver: 'ddim', inputs: [label('class_label', 1)] };
    const { report: ddim } = await cluster.run(strided);
    expect(ddim.certificate).toMatchObject({ spacing: 'leading' });
    const hash = other.report.certificate?.gridSha256;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hash).not.toBe(report.certificate?.gridSha256);
  });
});
