import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitRequest } from '../../cli/client.ts';
import { killed, realCluster, type RealCluster } from '../support/real-cluster.ts';
import {
  decodedPixels,
  encodedLetters,
  promptedFolder,
} from '../worker/backend/diffusers/prompted-folder.ts';

const words = (name: string, text: string) => ({
  name,
  dtype: 'float32' as const,
  shape: [8, 4],
  data: encodedLetters(text),
});

const request = { model: 'prompted', solver: 'ddim', steps: 10, seed: 3, blocks: 2 };

describe('prompts and pictures on two worker processes', () => {
  let cluster: RealCluster;
  let args: string[];
  beforeAll(async () => {
    const folder = await promptedFolder();
    cluster = await realCluster();
    args = ['--backend', 'onnx', '--models', dirname(folder)];
    await cluster.addWorkers(2, args);
  });
  afterAll(() => cluster.close());

  it('a prompt is what its text encoder makes of it', async () => {
    const prompted = await cluster.run({ ...request, prompts: ['ab c'], guidance: 1 });
    const inputs = [words('encoder_hidden_states', 'ab c')];
    const given = await cluster.run({ ...request, inputs, guidance: 1 });
    expect(prompted.report).toMatchObject({ guidance: 0, latents: true });
    expect(prompted.report.forwardPasses).toBe(prompted.report.modelCalls);
    for (const [k, value] of prompted.samples.entries())
      expect(value).toBeCloseTo(given.samples[k] ?? NaN, 4);
  });

  it('guides as much as the pipeline does, away from no text or from a negative one', async () => {
    const plain = await cluster.run({ ...request, prompts: ['red'] });
    expect(plain.report).toMatchObject({ guidance: 7.5 });
    const inputs = [
      words('encoder_hidden_states', 'red'),
      words('encoder_hidden_states.unconditional', ''),
    ];
    const given = await cluster.run({ ...request, inputs, guidance: 7.5 });
    const { samples } = plain;
    for (const [k, value] of samples.entries())
      expect(value).toBeCloseTo(given.samples[k] ?? NaN, 3);
    const negative = await cluster.run({ ...request, prompts: ['red'], negativePrompts: ['x'] });
    expect(negative.samples).not.toEqual(samples);
  });

  it('a prompt for each sample is one job', async () => {
    const prompts = ['a', 'b', 'a'];
    const { samples } = await cluster.run({
      ...request,
      prompts,
      samples: 3,
      method: 'sequential',
    });
    const dim = samples.length / 3;
    const one = await cluster.run({ ...request, prompts: ['a'], method: 'sequential' });
    for (let k = 0; k < dim; k++) expect(samples[k]).toBeCloseTo(one.samples[k] ?? NaN, 4);
    expect(samples.slice(dim, 2 * dim)).not.toEqual(samples.slice(0, dim));
  });

  it('samples become pictures for whoever asks, in their order', async () => {
    const { client } = cluster;
    const { report, pictures } = await cluster.run({ ...request, prompts: ['a'], samples: 3 });
    expect(pictures).toEqual([]);
    const result = await client.result(report.job, { pictures: true });
    expect(result.noPictures).toBe('');
    expect(result.pictures).toHaveLength(3);
    for (const [k, { width, height, channels, data }] of result.pictures.entries()) {
      expect({ width, height, channels }).toEqual({ width: 8, height: 8, channels: 3 });
      const expected = decodedPixels(result.samples.subarray(16 * k, 16 * k + 16));
      const furthest = Math.max(
        ...expected.map((value, at) => Math.abs(value - (data[at] ?? NaN))),
      );
      expect(furthest).toBeLessThanOrEqual(1);
    }
  });

  it('pictures that a worker took with it are made by another one', async () => {
    const { client } = cluster;
    const { report } = await cluster.run({ ...request, prompts: ['a'], samples: 4 });
    const [victim] = await cluster.addWorkers(1, args);
    victim?.kill('SIGSTOP');
    const fetched = client.result(report.job, { pictures: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (victim) await killed(victim);
    const { pictures, noPictures } = await fetched;
    expect(noPictures).toBe('');
    expect(pictures).toHaveLength(4);
  });

  it('the same request with the same key is the same job, encoded or not', async () => {
    const { client } = cluster;
    const keyed = { ...request, prompts: ['key'], idempotencyKey: 'prompted-1' };
    const jobs = await Promise.all([client.submit(keyed), client.submit(keyed)]);
    jobs.push(await client.submit(keyed));
    expect(new Set(jobs.map(({ job }) => job)).size).toBe(1);
    const other = client.submit({ ...keyed, prompts: ['another'] });
    await expect(other).rejects.toThrow(/key/);
  });

  it('what prompts became is part of the certificate', async () => {
    const { kept, report } = await cluster.run({ ...request, prompts: ['a'], certify: true });
    expect(report.certificate).toMatchObject({ passed: true });
    expect(kept?.inputs.map(({ name }) => name)).toEqual([
      'encoder_hidden_states',
      'encoder_hidden_states.unconditional',
    ]);
    expect(kept?.inputs[0]?.shape).toEqual([8, 4]);
  });

  it.each<[Partial<SubmitRequest>, RegExp]>([
    [{ prompts: ['a', 'b'], samples: 3 }, /prompt: found "2 texts".*one for each of 3 samples/],
    [{ negativePrompts: ['a'] }, /negative-prompt: found "one without a prompt"/],
    [{ prompts: ['a'], negativePrompts: ['b'], guidance: 1 }, /guides away from nothing/],
    [
      { prompts: ['a'], inputs: [words('encoder_hidden_states', 'a')] },
      /prompts, or inputs in their place/,
    ],
    [{ prompts: ['a'.repeat(100_001)] }, /100001 characters.*at most 100000/],
  ])('refuses case %#', async (change, message) => {
    await expect(cluster.client.submit({ ...request, ...change })).rejects.toThrow(message);
  });
});

describe('workers that are not there', () => {
  it('a prompt needs one, a result does without its pictures', async () => {
    const folder = await promptedFolder();
    const cluster = await realCluster();
    try {
      const early = cluster.client.submit({ ...request, prompts: ['a'] });
      await expect(early).rejects.toThrow(/a worker that has prompted to read it/);
      const args = ['--backend', 'onnx', '--models', dirname(folder)];
      const [worker] = await cluster.addWorkers(1, args);
      const { report } = await cluster.run({ ...request, prompts: ['a'] });
      const gone = new Promise((resolve) => worker?.once('exit', resolve));
      worker?.kill('SIGKILL');
      await gone;
      const bare = await cluster.client.result(report.job, { pictures: true });
      expect(bare.pictures).toEqual([]);
      expect(bare.noPictures).toMatch(/found no worker that has prompted/);
      expect(bare.samples).toHaveLength(16);
      await cluster.addWorkers(1, args);
      const whole = await cluster.client.result(report.job, { pictures: true });
      expect(whole.pictures).toHaveLength(1);
    } finally {
      await cluster.close();
    }
  });
});
