/** `--image`: a PNG, or a .npy of what the model samples. */
import { readFile } from 'node:fs/promises';
import { decode } from 'fast-png';
import { SamplerError } from '../shared/protocol/errors.ts';
import { decodeNpy } from '../shared/protocol/npy.ts';
import type { ImageTensor } from './client/types.ts';

const COLOURS = 3;

/** @throws INVALID_REQUEST naming the file */
export async function readStartImage(file: string): Promise<ImageTensor> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  });
  try {
    if (!file.endsWith('.npy')) return pictureIn(file, bytes);
    const { shape, data } = decodeNpy(bytes);
    return { shape, data: Float32Array.from(data as ArrayLike<number>, Number) };
  } catch (error) {
    if (error instanceof SamplerError) throw error;
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
}

/** [height, width]: the first colour of a PNG, or a .npy as it is. */
export async function readMask(file: string): Promise<ImageTensor> {
  const { shape, data } = await readStartImage(file);
  if (file.endsWith('.npy')) return { shape, data };
  const [, height = 0, width = 0] = shape;
  return { shape: [height, width], data: data.subarray(0, height * width) };
}

/** [3, height, width] as bytes; transparency is left out, grey is three colours. */
function pictureIn(file: string, bytes: Buffer): ImageTensor {
  const { width, height, channels, depth, data, palette } = decode(bytes);
  if (palette || (depth !== 8 && depth !== 16)) {
    throw unreadable(file, `a PNG with ${palette ? 'a palette' : `${depth} bits a value`}`);
  }
  const most = 2 ** depth - 1;
  const values = new Uint8Array(COLOURS * width * height);
  for (let place = 0; place < width * height; place++) {
    for (let colour = 0; colour < COLOURS; colour++) {
      const from = channels < COLOURS ? 0 : colour;
      const value = data[place * channels + from] ?? 0;
      values[colour * width * height + place] = Math.round((255 * value) / most);
    }
  }
  return { shape: [COLOURS, height, width], data: values };
}

function unreadable(file: string, found: string): SamplerError {
  const expected = 'a PNG with 8 or 16 bits a value, or a .npy of the sample';
  const text = `--image: ${file}: found ${found}, expected ${expected}`;
  return new SamplerError('INVALID_REQUEST', text, { context: { field: 'image' } });
}
