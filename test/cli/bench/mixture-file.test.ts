import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { isMixtureFile, mixtureFromFile } from '../../../cli/bench/mixture-file.ts';
import { encodeNpy } from '../../../shared/protocol/npy.ts';
import { temporaryFolder } from '../support.ts';

function fileWith(name: string, bytes: Uint8Array): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, bytes);
  return `mixture:${file}`;
}

/** Two pictures of 2 x 4 pixels. */
function idx(pixels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16 + pixels.length);
  const view = new DataView(bytes.buffer);
  for (const [k, value] of [0x803, 2, 2, 4].entries()) view.setUint32(4 * k, value);
  bytes.set(pixels, 16);
  return bytes;
}

// prettier-ignore
const pixels = [
  255, 255, 0, 0,
  255, 255, 0, 0,
  0, 255, 51, 51,
  255, 0, 51, 51,
];

describe('a mixture from a file', () => {
  it.each([
    ['plain', idx(pixels)],
    ['zipped', new Uint8Array(gzipSync(idx(pixels)))],
  ])('pools the pictures of an IDX file, %s', async (_, bytes) => {
    const name = fileWith('images', bytes);
    const { description, mixture } = await mixtureFromFile(name);
    expect(description).toMatchObject({ name, sampleShape: [1, 1, 2], dim: 2, conditions: [] });
    expect([mixture.modes, mixture.std]).toEqual([2, 0.1]);
    const expected = [1, -1, 0, -0.6];
    for (const [k, value] of expected.entries()) expect(mixture.means[k]).toBeCloseTo(value, 6);
  });

  it('takes the entries of an NPY file as they are', async () => {
    const means = Float32Array.of(1, 2, 3, 4, 5, 6);
    const name = fileWith('means.npy', encodeNpy(means, [3, 2]));
    const { description, mixture } = await mixtureFromFile(name);
    expect([description.sampleShape, mixture.modes]).toEqual([[2], 3]);
    expect(mixture.means).toEqual(means);
  });

  it('says what is wrong with the file', async () => {
    const refused = async (name: string, text: RegExp) =>
      expect(mixtureFromFile(name)).rejects.toThrow(text);
    await refused('mixture:/nowhere', /expected an IDX file .* ENOENT.*dataset-fashion-mnist/);
    await refused(fileWith('text', Buffer.from('hello, this is text')), /no IDX file of pictures/);
    await refused(fileWith('cut', idx(pixels).subarray(0, 20)), /2 pictures of 2 x 4.*cut short/);
    await refused(
      fileWith('flat.npy', encodeNpy(Float32Array.of(1), [1])),
      /\[modes, \.\.\.sample/,
    );
  });

  it('is told by its name', () => {
    expect([isMixtureFile('mixture:x'), isMixtureFile('mixture6')]).toEqual([true, false]);
  });
});
