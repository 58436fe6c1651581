import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { writeArray } from '../../cli/job/array-file.ts';
import { readMask, readStartImage } from '../../cli/start-image.ts';
import { temporaryFolder } from './support.ts';

function png(channels: 1 | 2 | 3 | 4, data: Uint8Array | Uint16Array, depth: 8 | 16 = 8): string {
  const file = join(temporaryFolder(), 'start.png');
  const width = data.length / channels;
  writeFileSync(file, encode({ width, height: 1, data, channels, depth }));
  return file;
}

describe('--image', () => {
  it('is a PNG: colour by colour', async () => {
    const { shape, data } = await readStartImage(png(3, Uint8Array.of(0, 255, 51, 255, 0, 204)));
    expect(shape).toEqual([3, 1, 2]);
    expect(data).toEqual(Uint8Array.of(0, 255, 255, 0, 51, 204));
  });

  it.each([
    ['grey', () => png(1, Uint8Array.of(255)), [255, 255, 255]],
    ['grey with transparency', () => png(2, Uint8Array.of(255, 0)), [255, 255, 255]],
    ['colours with transparency', () => png(4, Uint8Array.of(255, 0, 255, 7)), [255, 0, 255]],
    ['16 bits', () => png(3, Uint16Array.of(65535, 0, 257), 16), [255, 0, 1]],
  ])('may be of %s', async (_what, file, expected) => {
    const { shape, data } = await readStartImage(file());
    expect(shape).toEqual([3, 1, 1]);
    expect(data).toEqual(Uint8Array.from(expected));
  });

  it('is a .npy of what the model samples', async () => {
    const file = join(temporaryFolder(), 'latent.npy');
    await writeArray(file, Float32Array.of(0.5, -2), [1, 1, 2]);
    expect(await readStartImage(file)).toEqual({
      shape: [1, 1, 2],
      data: Float32Array.of(0.5, -2),
    });
  });

  it.each([
    ['no file', '/nowhere.png', /--image: \/nowhere.png: found ENOENT/],
    ['no PNG', join(import.meta.dirname, 'support.ts'), /support.ts: found .*, expected a PNG/],
  ])('is refused: %s', async (_what, file, message) => {
    await expect(readStartImage(file)).rejects.toThrow(message);
  });
});

it('--mask is a PNG from black to white, or a .npy as it is', async () => {
  const { shape, data } = await readMask(png(1, Uint8Array.of(0, 255)));
  expect(shape).toEqual([1, 2]);
  expect(data).toEqual(Uint8Array.of(0, 255));
  const file = join(temporaryFolder(), 'mask.npy');
  await writeArray(file, Float32Array.of(0, 0.5), [2, 1]);
  expect(await readMask(file)).toEqual({ shape: [2, 1], data: Float32Array.of(0, 0.5) });
});

describe('a picture that is more than it says', () => {
  it.each([
    ['pixels of one that is larger', [1, 1], 20_000_000, /more pixels than its size/],
    ['a size that nothing holds', [60_000, 60_000], 10, /a picture of 60000 x 60000/],
    ['no size', [0, 60_000], 10, /a picture of 0 x 60000/],
  ] as const)('with %s is refused before it is unpacked', async (_what, sides, bytes, message) => {
    const [width, height] = sides;
    const size = Buffer.alloc(13);
    size.writeUInt32BE(width);
    size.writeUInt32BE(height, 4);
    size.set([8, 2], 8);
    const file = join(temporaryFolder(), 'bomb.png');
    const pixels = deflateSync(Buffer.alloc(bytes));
    const chunks = [chunk('IHDR', size), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
    writeFileSync(file, Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]));
    await expect(readStartImage(file)).rejects.toThrow(message);
  });
});

function chunk(name: string, content: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length);
  bytes.write(name, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), 8 + content.length);
  return bytes;
}
