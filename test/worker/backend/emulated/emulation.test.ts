import { describe, expect, it, test } from 'vitest';

import { checkBackend } from '../../../../worker/backend/backend-name.ts';
import { parseEmulation } from '../../../../worker/backend/emulated/emulation.ts';
import { readProfile } from '../../../../worker/backend/emulated/profile.ts';

describe('what --backend says', () => {
  it('is a profile with options', () => {
    expect(parseEmulation('emulated:cpu')).toEqual({ profile: 'cpu', slow: 1, faster: 1 });
    expect(parseEmulation('emulated:cpu?slow=10&faster=2.5&bytes=1024&model=m')).toEqual({
      profile: 'cpu',
      slow: 10,
      faster: 2.5,
      bytes: 1024,
      model: 'm',
    });
  });

  it('is another backend', () => {
    expect(parseEmulation('onnx')).toBeUndefined();
    expect(['onnx', 'analytic', 'emulated:x'].map(checkBackend)).toHaveLength(3);
  });

  test.each([
    ['emulated:', /PROFILE/],
    ['emulated:cpu?slow=0', /slow above 0/],
    ['emulated:cpu?slow=2&on=SIGTERM', /on=SIGUSR2/],
    ['emulated:cpu?slow=often', /slow above 0/],
    ['emulated:cpu?bytes=100', /multiples of 256/],
    ['emulated:cpu?bytes=-256', /multiples of 256/],
    ['emulated:cpu?speed=3', /no speed/],
    ['emulated:cpu?a?b', /PROFILE/],
    ['triton', /onnx\[:PROVIDER.*, analytic, emulated/],
  ])('refuses %s', (text, reason) => {
    expect(() => checkBackend(text)).toThrow(reason);
  });
});

describe('a profile', () => {
  it.each(['h100-sd15-unet', 'h100-video-dit', 'cpu'])('%s names its sources', async (name) => {
    const profile = await readProfile(name);
    expect(profile.name).toBe(name);
    for (const { from } of profile.sources) expect(from).toMatch(/https:|this repository/);
  });

  it('has the latents that it is named for', async () => {
    const bytes = async (name: string) =>
      4 * (await readProfile(name)).sampleShape.reduce((product, size) => product * size, 1);
    expect(await bytes('h100-sd15-unet')).toBe(64 * 1024);
    expect((await bytes('h100-video-dit')) / 2 ** 20).toBeCloseTo(8, 2);
  });

  it('that nobody wrote is an error that lists the known ones', async () => {
    await expect(readProfile('b200')).rejects.toThrow(/cpu, h100-sd15-unet, h100-video-dit/);
    await expect(readProfile('./nowhere.yaml')).rejects.toThrow(/nowhere/);
  });
});
