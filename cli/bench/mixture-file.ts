/**
 * A Gaussian mixture whose modes are pictures: the oracle of many narrow modes (numerics 9.1,
 * M2000), where a careless stopping rule ends in another mode while every residual looks fine.
 *
 *   --model mixture:/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
 *
 * From an IDX file (MNIST's format, gzip or plain) the first 2000 pictures, mean-pooled 2 x 2 and
 * scaled to [-1, 1]; from an NPY file [modes, ...shape] every entry as it is. Equal weights, and
 * deviation 0.1 of every mode. There is no condition: the mixture is the distribution.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { gaussianMixture } from '../../shared/numerics/analytic.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import { decodeNpy, NpyError } from '../../shared/protocol/npy.ts';
import { mixtureModel } from '../../worker/backend/analytic.ts';
import type { AnalyticModel } from '../../worker/backend/analytic.ts';

const PREFIX = 'mixture:';
const MODES_MAX = 2000;
const MODE_STD = 0.1;
/** Inflated: Fashion-MNIST's 60,000 pictures are 47 MB. */
const BYTES_MAX = 2 ** 28;
/** Unsigned bytes, three dimensions: http://yann.lecun.com/exdb/mnist/ */
const IDX_IMAGES = 0x00000803;
const IDX_HEADER_BYTES = 16;

interface Modes {
  readonly means: Float32Array;
  readonly modes: number;
  readonly shape: readonly number[];
}

export function isMixtureFile(model: string): boolean {
  return model.startsWith(PREFIX);
}

/** The model that `mixture:FILE` names; it keeps that name. */
export async function mixtureFromFile(name: string): Promise<AnalyticModel> {
  const file = name.slice(PREFIX.length);
  const bytes = await readInflated(file);
  const { means, modes, shape } = bytes[0] === 0x93 ? fromNpy(file, bytes) : fromIdx(file, bytes);
  const mixture = gaussianMixture({ means, modes, dim: elementsOf(shape), std: MODE_STD });
  return mixtureModel({ name, mixture, sampleShape: shape, conditional: false });
}

async function readInflated(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file);
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return zipped ? await promisify(gunzip)(bytes, { maxOutputLength: BYTES_MAX }) : bytes;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(
      file,
      `${reason}; Debian has such a file in the package dataset-fashion-mnist`,
    );
  }
}

function fromIdx(file: string, bytes: Uint8Array): Modes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < IDX_HEADER_BYTES || view.getUint32(0) !== IDX_IMAGES) {
    throw unreadable(file, 'its first bytes are those of no IDX file of pictures and no NPY file');
  }
  const [count, height, width] = [view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  const modes = Math.min(count, MODES_MAX);
  const whole = count > 0 && height % 2 === 0 && width % 2 === 0 && height * width > 0;
  if (!whole || bytes.length < IDX_HEADER_BYTES + count * height * width) {
    throw unreadable(file, `${count} pictures of ${height} x ${width}, or it is cut short`);
  }
  const shape = [1, height / 2, width / 2];
  const means = new Float32Array(modes * elementsOf(shape));
  let at = 0;
  for (let row = 0; row < modes * height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      const upper = IDX_HEADER_BYTES + row * width + column;
      const lower = upper + width;
      const sum = pixel(upper) + pixel(upper + 1) + pixel(lower) + pixel(lower + 1);
      means[at++] = (sum / 4 / 255) * 2 - 1;
    }
  }
  return { means, modes, shape };

  function pixel(byte: number): number {
    return bytes[byte] ?? 0;
  }
}

function fromNpy(file: string, bytes: Uint8Array): Modes {
  try {
    const { shape, data } = decodeNpy(bytes);
    const [modes = 0, ...sampleShape] = shape;
    if (modes < 1 || sampleShape.length === 0 || elementsOf(sampleShape) < 1) {
      throw new NpyError(`expected shape [modes, ...sample shape], found [${shape.join(', ')}]`);
    }
    return { means: Float32Array.from(data, Number), modes, shape: sampleShape };
  } catch (error) {
    if (error instanceof NpyError) throw unreadable(file, error.message);
    throw error;
  }
}

function unreadable(file: string, why: string): SamplerError {
  const expected = 'an IDX file of pictures (MNIST, .gz or not) or an NPY file [modes, ...shape]';
  const text = `model ${PREFIX}${file}: expected ${expected}: ${why}`;
  return new SamplerError('MODEL_UNUSABLE', text, { context: { file } });
}
