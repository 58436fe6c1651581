/** `--image`: a PNG, or a .npy of what the model samples. */
import { readFile, stat } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import { limits } from '../shared/kernel/limits.ts';
import { SamplerError } from '../shared/protocol/errors.ts';
import { decodeNpy } from '../shared/protocol/npy.ts';
import type { ImageTensor } from './client/types.ts';

const COLOURS = 3;

/** @throws INVALID_REQUEST naming the file */
export async function readStartImage(file: string): Promise<ImageTensor> {
  const bytes = await bytesOf(file).catch((error: unknown) => {
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

/** Not of what has no end; a pipe is read until its writer closes it. */
async function bytesOf(file: string): Promise<Buffer> {
  if ((await stat(file)).isCharacterDevice()) throw new Error('a device');
  return readFile(file);
}

/** [height, width]: the first colour of a PNG, or a .npy as it is. */
export async function readMask(file: string): Promise<ImageTensor> {
  const { shape, data } = await readStartImage(file);
  if (file.endsWith('.npy')) return { shape, data };
  const [, height = 0, width = 0] = shape;
  return { shape: [height, width], data: data.subarray(0, height * width) };
}

/** Bytes in front of the first chunk, and of a chunk's length and name, and of its checksum. */
const [SIGNATURE, CHUNK_HEAD, CHUNK_SUM] = [8, 8, 4] as const;
const VALUES_MAX = limits.latentElementsMax;

/**
 * What the picture says of its size, and that its pixels are no more than that: 200 kB may unpack
 * to 200 MB, and the library unpacks whatever there is.
 *
 * @throws Error with what was found
 */
function checkPixels(bytes: Buffer): void {
  const packed: Buffer[] = [];
  let most = 0;
  for (let at = SIGNATURE; at + CHUNK_HEAD <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + CHUNK_HEAD);
    const content = bytes.subarray(at + CHUNK_HEAD, at + CHUNK_HEAD + length);
    if (name === 'IHDR' && content.length >= CHUNK_HEAD) {
      const [width, height] = [content.readUInt32BE(0), content.readUInt32BE(4)];
      if (width === 0 || height === 0 || COLOURS * width * height > VALUES_MAX) {
        throw new Error(`a picture of ${width} x ${height}`);
      }
      // four channels of two bytes, a byte in front of each line, of each pass
      most = height * (8 * width + 1) + 8 * (width + height);
    }
    if (name === 'IDAT') packed.push(content);
    at += CHUNK_HEAD + length + CHUNK_SUM;
  }
  try {
    inflateSync(Buffer.concat(packed), { maxOutputLength: most });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const large = code === 'ERR_BUFFER_TOO_LARGE';
    throw new Error(large ? 'more pixels than its size' : `damaged pixels (${message})`, {
      cause: error,
    });
  }
}

/** [3, height, width] as bytes; transparency is left out, grey is three colours. */
function pictureIn(file: string, bytes: Buffer): ImageTensor {
  checkPixels(bytes);
  const { width, height, channels, depth, data, palette } = decoded(bytes);
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

/** The library's own texts are of its inner values. */
function decoded(bytes: Buffer): ReturnType<typeof decode> {
  try {
    return decode(bytes);
  } catch (error) {
    throw new Error('no whole PNG', { cause: error });
  }
}

function unreadable(file: string, found: string): SamplerError {
  const expected = 'a PNG with 8 or 16 bits a value, or a .npy of the sample';
  const text = `--image: ${file}: found ${found}, expected ${expected}`;
  return new SamplerError('INVALID_REQUEST', text, { context: { field: 'image' } });
}
