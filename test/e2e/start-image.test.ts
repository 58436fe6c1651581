import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitRequest } from '../../cli/client.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';
import { encodedPixels, promptedFolder } from '../worker/backend/diffusers/prompted-folder.ts';

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await realCluster();
  await cluster.addWorkers(2);
  const folder = await promptedFolder();
  await cluster.addWorkers(2, ['--backend', 'onnx', '--models', dirname(folder)]);
});
afterAll(() => cluster.close());

const dim = 64;
const image = {
  shape: [1, 8, 8],
  data: Float32Array.from({ length: dim }, (_, k) => Math.sin(k) / 2),
};

const base: SubmitRequest = {
  model: 'mixture6',
  solver: 'ddim',
  steps: 40,
  seed: 5,
  inputs: [{ name: 'class', dtype: 'int64', shape: [], data: BigInt64Array.of(2n) }],
  image,
};

function furthest(a: Float32Array, b: Float32Array): number {
  return rmsDifference(a, 0, b, 0, a.length);
}

describe('a job that starts from a picture', () => {
  it.each([
    { method: 'secant', blocks: 3 },
    { method: 'secant', solver: 'dpmpp-2m', blocks: 2 },
    { method: 'secant', solver: 'ddpm', blocks: 2 },
    { method: 'parataa', blocks: 1 },
    { method: 'parareal', blocks: 4 },
    { method: 'secant', solver: 'heun', window: 5 },
  ])('is sampled as the sequential sampler does it: %j', async (change) => {
    const exact = { ...base, ...change, strength: 0.5, compareSequential: true, tolerance: 0 };
    const { report } = await cluster.run(exact);
    expect(report.sequential?.maxAbsError).toBe(0);
    expect(report.rows).toBe(change.solver === 'heun' ? 39 : 20);
    expect(report.steps).toBe(40);
  });

  it('stays near it where few steps are taken, and forgets it over all of them', async () => {
    const distances: number[] = [];
    for (const strength of [0.05, 0.3, 0.6, 1]) {
      const { samples } = await cluster.run({ ...base, strength });
      distances.push(furthest(samples, image.data));
    }
    expect([...distances].sort((a, b) => a - b)).toEqual(distances);
    expect(distances[0]).toBeLessThan(0.15);
    // at the noisiest level hardly anything is left of a picture
    const { samples } = await cluster.run({ ...base, strength: 1 });
    const { image: _image, ...plain } = base;
    expect(furthest(samples, (await cluster.run(plain)).samples)).toBeLessThan(0.1);
  });

  it('takes 0.8 of the steps unless it says otherwise, and is one job under one key', async () => {
    const keyed = { ...base, idempotencyKey: 'from-a-picture' };
    const first = await cluster.run(keyed);
    expect(first.report.rows).toBe(32);
    const { job } = await cluster.client.submit(keyed);
    expect(job).toBe(first.report.job);
  });

  it('has one for each sample, which may run apart', async () => {
    const other = Float32Array.from(image.data, (value) => -value);
    const two = { shape: [2, 1, 8, 8], data: Float32Array.of(...image.data, ...other) };
    const request = { ...base, samples: 2, strength: 0.3, image: two, method: 'sequential' };
    const { samples } = await cluster.run(request);
    const alone = await cluster.run({ ...request, samples: 1, image });
    expect(samples.slice(0, dim)).toEqual(alone.samples);
    expect(furthest(samples.slice(dim), other)).toBeLessThan(
      furthest(samples.slice(dim), image.data),
    );
  });

  it.each<[Partial<SubmitRequest>, RegExp]>([
    [{ strength: 0.01 }, /strength: found 0.01, expected a number from 0.025 to 1 for 40 steps/],
    [{ strength: 1.5 }, /strength: found 1.5, expected/],
    [{ image: undefined, strength: 0.5 }, /strength: found 0.5, expected none without an image/],
    [{ certify: true }, /certify: found "it with an image"/],
    [{ image: { ...image, shape: [8, 8] } }, /image shape: found "\[8, 8\]", expected \[1, 8, 8\]/],
    [{ image: { ...image, shape: [1, 8, 9] } }, /image data: found "256 bytes", expected 288/],
    [
      { image: { ...image, data: image.data.map((value, k) => (k === 3 ? NaN : value)) } },
      /no number at element 3/,
    ],
  ])('is refused in case %#', async (change, message) => {
    await expect(cluster.client.submit({ ...base, ...change })).rejects.toThrow(message);
  });
});

describe('a picture of which a part stays', () => {
  /** The left half stays. */
  const half = Float32Array.from({ length: dim }, (_, k) => (k % 8 < 4 ? 0 : 1));
  const mask = { shape: [8, 8], data: half };
  const stays = (values: Float32Array) => values.filter((_, k) => half[k % dim] === 0);
  const drawn = (values: Float32Array) => values.filter((_, k) => half[k % dim] === 1);
  const request = { ...base, mask };

  it.each([
    { method: 'secant', blocks: 3 },
    { method: 'secant', solver: 'dpmpp-2m', blocks: 2 },
    { method: 'secant', solver: 'euler' },
    { method: 'parataa', blocks: 1 },
    { method: 'parareal', blocks: 4 },
  ])('stays, whatever samples the rest: %j', async (change) => {
    const exact = { ...request, ...change, compareSequential: true, tolerance: 0 };
    const { report, samples } = await cluster.run(exact);
    expect(report.sequential?.maxAbsError).toBe(0);
    expect(report.rows).toBe(40);
    expect(stays(samples)).toEqual(stays(image.data));
    expect(furthest(drawn(samples), drawn(image.data))).toBeGreaterThan(0.2);
  });

  it('is near its tolerance with fewer rounds than steps', async () => {
    const { report } = await cluster.run({ ...request, method: 'secant', compareSequential: true });
    expect(report.sequential?.rmsError).toBeLessThan(0.01);
    expect(report.rounds).toBeLessThan(20);
  });

  it('may be said in another size, and for several samples', async () => {
    const coarse = { shape: [1, 2], data: Float32Array.of(0, 1) };
    const one = await cluster.run({ ...request, method: 'sequential' });
    const same = await cluster.run({ ...request, mask: coarse, method: 'sequential' });
    expect(same.samples).toEqual(one.samples);
    const several = await cluster.run({ ...request, samples: 3, method: 'sequential' });
    expect(furthest(stays(several.samples.subarray(2 * dim)), stays(image.data))).toBeLessThan(
      1e-4,
    );
    expect(several.samples.slice(0, dim)).toEqual(one.samples);
  });

  it.each<[Partial<SubmitRequest>, RegExp]>([
    [{ image: undefined }, /mask: found "one", expected none without an image/],
    [
      { mask: { shape: [64], data: half } },
      /mask shape: found "\[64\]", expected \[height, width\]/,
    ],
    [{ mask: { shape: [1, 1], data: Float32Array.of(2) } }, /mask data: found 2, expected/],
    [{ mask: { shape: [1, 2], data: Float32Array.of(1) } }, /mask data: found "4 bytes"/],
  ])('is refused in case %#', async (change, message) => {
    await expect(cluster.client.submit({ ...request, ...change })).rejects.toThrow(message);
  });
});

describe('a model of latents', () => {
  const pixels = Float32Array.from({ length: 192 }, (_, k) => Math.cos(k / 3));
  const request = { model: 'prompted', solver: 'ddim', steps: 10, strength: 0.5, prompts: ['a'] };

  it('starts from what its encoder makes of a picture', async () => {
    const given = { shape: [1, 4, 4], data: encodedPixels(pixels) };
    const latent = await cluster.run({ ...request, image: given });
    const picture = await cluster.run({ ...request, image: { shape: [3, 8, 8], data: pixels } });
    expect(furthest(latent.samples, picture.samples)).toBeLessThan(1e-3);
    expect(picture.report).toMatchObject({ rows: 5, latents: true });
    const other = { shape: [3, 8, 8], data: pixels.map((value) => -value) };
    const moved = await cluster.run({ ...request, image: other });
    expect(furthest(moved.samples, picture.samples)).toBeGreaterThan(1e-2);
  });

  it('takes a picture as bytes, a quarter of its numbers', async () => {
    const bytes = Uint8Array.from({ length: 192 }, (_, k) => (7 * k) % 256);
    const numbers = Float32Array.from(bytes, (value) => value / 127.5 - 1);
    const shape = [3, 8, 8];
    const some = { shape: [2, 2], data: Uint8Array.of(0, 255, 255, 0) };
    const asBytes = await cluster.run({ ...request, mask: some, image: { shape, data: bytes } });
    const mask = { shape: [2, 2], data: Float32Array.of(0, 1, 1, 0) };
    const asNumbers = await cluster.run({ ...request, mask, image: { shape, data: numbers } });
    expect(asBytes.samples).toEqual(asNumbers.samples);
  });

  it('is one job under one key, whoever encodes its picture', async () => {
    const image = { shape: [3, 8, 8], data: pixels };
    const keyed = { ...request, image, idempotencyKey: 'a-picture-to-encode' };
    const first = await cluster.client.submit(keyed);
    expect((await cluster.client.submit(keyed)).job).toBe(first.job);
  });

  it('says which size it takes', async () => {
    const large = { shape: [3, 16, 16], data: new Float32Array(768) };
    const failed = cluster.client.submit({ ...request, image: large });
    await expect(failed).rejects.toThrow(/found a picture of \[3, 16, 16\], expected \[3, 8, 8\]/);
  });
});
