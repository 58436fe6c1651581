import { expect, test } from 'vitest';

import { analyticBackend } from '../../../../worker/backend/analytic.ts';
import { batchInvariance } from '../../../../worker/backend/measure.ts';
import { emulatedBackend, profileModel } from '../../../../worker/backend/emulated/emulated.ts';
import type { Profile } from '../../../../worker/backend/emulated/profile.ts';
import { openBackend } from '../../../../worker/backend/open-backend.ts';

const profile: Profile = {
  name: 'test',
  device: 'a stopwatch',
  workload: 'tests',
  sampleShape: [1, 8, 8],
  maxBatch: 4,
  curve: [
    { batch: 1, ms: 20 },
    { batch: 4, ms: 50 },
  ],
  sources: [{ figure: 'none', from: 'this test' }],
  derivation: 'none',
};
const plain = { slow: 1, faster: 1 };

test('a call takes as long as the device would, and says what that is', async () => {
  const backend = emulatedBackend(profileModel(profile, undefined), profile, plain);
  const slot = await backend.slot('test');
  for (const [count, ms] of [
    [1, 20],
    [2, 30],
    [4, 50],
  ] as const) {
    const { modelMs, deviceMs } = await slot.run(count);
    expect(deviceMs).toBe(ms);
    // never early by more than the lead of a sleeper; late by whatever this machine is busy with
    expect(modelMs).toBeGreaterThan(ms - 0.6);
  }
  await backend.close();
});

test('a slow device, and one in a hurry', async () => {
  const speed = { slow: 10, faster: 4 };
  const backend = emulatedBackend(profileModel(profile, undefined), profile, speed);
  const { deviceMs } = await (await backend.slot('test')).run(1);
  expect(deviceMs).toBe(50);
  const [model] = backend.models;
  expect(model?.backend).toMatch(/^emulated: test .*10 times slower.*4 times faster than life/);
  await backend.close();
});

test('a device that becomes slow when it is told', async () => {
  const speed = { slow: 3, on: 'SIGUSR2', faster: 1 } as const;
  const backend = emulatedBackend(profileModel(profile, undefined), profile, speed);
  const slot = await backend.slot('test');
  expect((await slot.run(1)).deviceMs).toBe(20);
  expect(backend.models[0]?.backend).toMatch(/3 times slower once told/);
  process.emit('SIGUSR2', 'SIGUSR2');
  expect((await slot.run(1)).deviceMs).toBe(60);
  await backend.close();
});

test('several devices of one process sleep side by side', async () => {
  const backends = Array.from({ length: 8 }, () =>
    emulatedBackend(profileModel(profile, undefined), profile, { slow: 25, faster: 1 }),
  );
  const slots = await Promise.all(backends.map((backend) => backend.slot('test')));
  const start = performance.now();
  await Promise.all(slots.map((slot) => slot.run(1)));
  // one after the other would be 4 s
  expect(performance.now() - start).toBeLessThan(2500);
  for (const backend of backends) await backend.close();
});

test('the outputs are those of the backend inside', async () => {
  const inside = await analyticBackend().slot('mixture6');
  const backend = emulatedBackend(analyticBackend(), profile, plain);
  const slot = await backend.slot('mixture6');
  for (const { states, timesteps } of [inside, slot]) {
    states.fill(0.1);
    timesteps.fill(700);
  }
  await Promise.all([inside.run(2), slot.run(2)]);
  expect(slot.outputs.slice(0, 128)).toEqual(inside.outputs.slice(0, 128));
  expect(slot.maxBatch).toBe(4);
  await expect(slot.run(5)).rejects.toThrow(/the described device takes 4/);
  await backend.close();
});

test('its own model has latents of any size and the same bits in any batch', async () => {
  const backend = emulatedBackend(profileModel(profile, 1024), profile, { slow: 1, faster: 100 });
  const [model] = backend.models;
  expect(model).toMatchObject({ name: 'test-1024b', dim: 256 });
  const slot = await backend.slot('test-1024b');
  expect(await batchInvariance(slot, 256)).toEqual({ maxDifference: 0, sameBits: true });
  slot.timesteps[0] = 1000;
  await expect(slot.run(1)).rejects.toThrow(/knows the timesteps 0 to 999, not 1000/);
  await expect(backend.slot('other')).rejects.toThrow(/known: test-1024b/);
  await backend.close();
});

test('what --backend says is opened', async () => {
  const open = (backend: string) =>
    openBackend({ backend, models: 'models', threads: 1 }, (problem) => {
      throw problem;
    });
  const named = async (backend: string) => (await open(backend)).models.map(({ name }) => name);
  expect(await named('analytic')).toContain('gaussian');
  expect(await named('onnx')).toContain('fashion-unet');
  expect(await named('emulated:cpu')).toEqual(['cpu']);
  expect(await named('emulated:cpu?model=gaussian')).toContain('gaussian');
  const [unet] = (await open('emulated:cpu?model=fashion-unet')).models;
  expect(unet?.backend).toMatch(/^emulated: cpu .* around onnx$/);
  await expect(open('emulated:cpu?model=none')).rejects.toThrow(/expected one of .*gaussian/);
});
