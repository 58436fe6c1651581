import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastCheckOnly, realCluster, type RealCluster } from '../support/real-cluster.ts';

/** Elements of one latent: as many as a Fashion-MNIST picture has. */
const DIM = 784;

/** Two modes in 784 dimensions: the analytic model in the size of the bundled one. */
async function wideModel(folder: string): Promise<void> {
  const mean = (sign: number) =>
    Array.from({ length: DIM }, (_, e) => (e % 2 === 0 ? sign : -sign));
  const manifest = {
    name: 'wide',
    kind: 'gaussian-mixture',
    std: 0.3,
    means: [mean(0.5), mean(-0.5)],
    sampleShape: [1, 28, 28],
    schedule: { kind: 'linear', betaStart: 1e-4, betaEnd: 0.02, trainSteps: 1000 },
    spacing: 'linspace',
    terminalAlphaBar: 1,
    dataStd: 0.5,
    valueRange: [-1, 1],
    guidance: 0,
    maxBatch: 64,
    license: 'MIT',
  };
  await mkdir(join(folder, 'wide'));
  // JSON is YAML
  await writeFile(join(folder, 'wide', 'isochron.yaml'), JSON.stringify(manifest));
}

let cluster: RealCluster;
let models: string;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'isochron-models-'));
  await wideModel(models);
  // a job in forty is checked twice more while it runs: 6 % more bytes, and above the bound
  cluster = await realCluster(lastCheckOnly);
  await cluster.addWorkers(2, ['--backend', 'analytic', '--models', models]);
});

afterAll(async () => {
  await cluster.close();
  await rm(models, { recursive: true, force: true });
});

describe.each(['picard', 'picard-eps', 'secant'])('traffic of %s', (method) => {
  const request = { model: 'wide', solver: 'ddpm', steps: 100, method, seed: 4 };
  const latent = 4 * DIM;

  it.each([
    [100, 1],
    [100, 2],
    [100, 4],
    [24, 4],
    [8, 8],
  ])('window %i, %i blocks: two latents and 4 KiB per block and round', async (window, blocks) => {
    for (const initialization of ['constant', 'denoised']) {
      const { report } = await cluster.run({ ...request, window, blocks, initialization });
      const bytes = report.bytes.toWorkers + report.bytes.fromWorkers;
      expect(bytes / (report.blocks * report.rounds)).toBeLessThanOrEqual(2 * latent + 4096);
    }
  });

  it('moves no more than two latents where every block is live from the start', async () => {
    const { report } = await cluster.run({ ...request, blocks: 4 });
    const bytes = report.bytes.toWorkers + report.bytes.fromWorkers;
    const opening = report.workers * 8 * 3 * request.steps;
    expect((bytes - opening) / (report.blocks * report.rounds)).toBeLessThanOrEqual(2 * latent);
  });
});
