import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitRequest } from '../../cli/client.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { goodManifest, modelsDir, type ModelsDir } from '../worker/backend/model-folder.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

/** This one only: a worker measures every model it serves before it is ready. */
const folder = join(packageRoot(), 'models', 'fashion-unet');

describe('the bundled model on two worker processes', () => {
  let cluster: RealCluster;
  const request: SubmitRequest = {
    model: 'fashion-unet',
    solver: 'ddim',
    steps: 16,
    seed: 7,
    inputs: [{ name: 'class', dtype: 'int64', shape: [], data: BigInt64Array.of(7n) }],
  };

  beforeAll(async () => {
    cluster = await realCluster();
    await cluster.addWorkers(2, ['--backend', 'onnx', '--models', folder]);
  });

  afterAll(() => cluster.close());

  it.each(['picard', 'secant', 'parataa', 'parareal'])('%s gives its sample', async (method) => {
    const { report, samples } = await cluster.run({ ...request, method, compareSequential: true });
    expect(report.sequential?.rmsError).toBeLessThanOrEqual(0.01);
    expect(report.modelSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(report.forwardPasses).toBe(2 * report.modelCalls);
    // a picture in [-1, 1] on a black ground, not noise: at t = 0 the model has removed all of it
    const inside = samples.filter((value) => Math.abs(value) <= 1.2).length;
    expect(inside / samples.length).toBeGreaterThan(0.95);
  });

  it('auto chooses something and says what', async () => {
    const { report } = await cluster.run({ ...request, method: 'auto', steps: 24 });
    expect(['sequential', 'secant']).toContain(report.method);
    expect(report.window).toBeGreaterThanOrEqual(1);
  });
});

describe('a model that returns NaN', () => {
  let cluster: RealCluster;
  let models: ModelsDir;

  beforeAll(async () => {
    models = await modelsDir();
    await models.add('broken', { ...goodManifest, name: 'broken' }, 'nan-at-500.onnx');
    await models.add('sound', { ...goodManifest, name: 'sound' });
    cluster = await realCluster();
    await cluster.addWorkers(1, ['--backend', 'onnx', '--models', models.path]);
  });

  afterAll(async () => {
    await cluster.close();
    await models.remove();
  });

  it('fails the job with step and round, and nothing else', async () => {
    const { client } = cluster;
    const request = { solver: 'ddim', steps: 1000, method: 'sequential' };
    const { job } = await client.submit({ ...request, model: 'broken' });
    let last;
    for await (const { status } of client.watch(job)) last = status;
    expect(last).toMatchObject({ state: 'failed', errorCode: 'NON_FINITE' });
    expect(last?.message).toMatch(/step \d+/);
    expect(last?.message).toMatch(/round \d+/);
    await expect(client.result(job)).rejects.toMatchObject({ code: 'NON_FINITE' });
    const { report } = await cluster.run({ ...request, model: 'sound', steps: 10 });
    expect(report.outcome).toBe('converged');
  });
});
