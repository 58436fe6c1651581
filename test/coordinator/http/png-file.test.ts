import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { pngOf } from '../../../coordinator/shell/http/png-file.ts';

describe('a PNG file', () => {
  it.each([1, 2, 3, 4])('of %i channels is what a reader finds in it', async (channels) => {
    const [width, height] = [7, 5];
    const length = width * height * channels;
    const data = Uint8Array.from({ length }, (_, k) => (k * 97) % 256);
    const found = decode(await pngOf({ width, height, channels, data }), { checkCrc: true });
    expect(found).toMatchObject({ width, height, channels, depth: 8 });
    expect(Uint8Array.from(found.data)).toEqual(data);
  });
});
