import { expect, it } from 'vitest';
import type { PipelineCalls } from '../../coordinator/shell/pipeline-calls.ts';
import { picturesOf } from '../../coordinator/shell/pictures.ts';
import type { Report__Output } from '../../proto/generated/isochron/v1/Report.ts';

const report = {
  model: 'm',
  modelSha256: 'abc',
  samples: 10,
  sampleShape: [1],
} as unknown as Report__Output;

const size = { width: 1, height: 1, channels: 1 };

it('makes no more pictures for whoever went away', async () => {
  const asked: number[] = [];
  const decode = (_model: unknown, latent: Float32Array) => {
    asked.push(latent[0] ?? NaN);
    return Promise.resolve({ ...size, data: Uint8Array.of(latent[0] ?? 0) });
  };
  const calls = { decode, workersOf: () => 1 } as unknown as PipelineCalls;
  const samples = Float32Array.from({ length: 10 }, (_, k) => k);
  for await (const { picture } of picturesOf(report, samples, calls)) {
    expect(picture).toMatchObject({ sample: 0, pixels: Buffer.of(0) });
    break;
  }
  const before = asked.length;
  expect(before).toBeLessThan(10);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked.length).toBeLessThanOrEqual(before + 2);
});
