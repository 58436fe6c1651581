/**
 * PNG files, deflated beside the event loop: fast-png, which the CLI writes its files with, holds
 * it for 700 ms on a picture of 1024 x 1024, and every worker would wait (measured).
 * https://www.w3.org/TR/png-3/
 */
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import { assert } from '../../../shared/kernel/assert.ts';
import type { Picture } from '../../../shared/protocol/pipeline-wire.ts';

const packed = promisify(deflate);

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BITS = 8;
/** Of pictures with so many values of a pixel. */
const COLOUR_TYPE: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };
/** Every value less that of the pixel to its left: pictures are smooth. */
const FILTER_SUB = 1;

/** 8 bits a channel; grey, red-green-blue, and each with opacity behind them. */
export async function pngOf({ width, height, channels, data }: Picture): Promise<Buffer> {
  const colourType = COLOUR_TYPE[channels];
  assert(colourType !== undefined, `no PNG has ${channels} channels`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([BITS, colourType], 8);
  const pixels = await packed(filtered({ width, height, channels, data }));
  const chunks = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function filtered({ width, height, channels, data }: Picture): Uint8Array {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  for (let row = 0; row < height; row++) {
    const [from, to] = [row * stride, row * (stride + 1)];
    rows[to] = FILTER_SUB;
    for (let k = 0; k < stride; k++) {
      const left = k < channels ? 0 : (data[from + k - channels] ?? 0);
      rows[to + 1 + k] = (data[from + k] ?? 0) - left;
    }
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
