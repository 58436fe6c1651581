/**
 * Arrays in files: NPY, with gzip around it where the name ends in .gz. A file that is read may be
 * anybody's: its size is checked before it is read, and what it unpacks to before it is unpacked.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import { decodeNpy, encodeNpy, NpyError } from '../../shared/protocol/npy.ts';
import type { NpyArray, NpyData } from '../../shared/protocol/npy.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** States are half random bits: more effort saves 1 % (measured: DDIM-50 of fashion-unet). */
const GZIP_LEVEL = 1;
/** NPY's header, and gzip's own bytes around what it cannot shrink. */
const OVERHEAD_BYTES_MAX = 64 * 1024;

/** What is in the file is not the array that was expected. */
export class ArrayFileError extends Error {
  override readonly name = 'ArrayFileError';
}

/** Writes the array and returns the SHA-256 of the file. */
export async function writeArray(
  path: string,
  data: NpyData,
  shape: readonly number[],
): Promise<string> {
  const npy = encodeNpy(data, shape);
  const bytes = path.endsWith('.gz') ? await pack(npy, { level: GZIP_LEVEL }) : npy;
  await writeFile(path, bytes);
  return sha256(bytes);
}

interface Arrays {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
}

export interface ReadArray<Data> {
  readonly data: Data;
  /** Of the file as it is now. */
  readonly sha256: string;
}

/**
 * @throws SamplerError INVALID_REQUEST where the file cannot be read
 * @throws ArrayFileError where it is another array, or none
 */
export async function readArray<Dtype extends keyof Arrays>(
  path: string,
  dtype: Dtype,
  shape: readonly number[],
): Promise<ReadArray<Arrays[Dtype]>> {
  const dataBytes = elementsOf(shape) * (dtype === 'int64' ? 8 : 4);
  const most = dataBytes + Math.ceil(dataBytes / 1000) + OVERHEAD_BYTES_MAX;
  const file = await readBounded(path, most);
  const array = decode(path, await unpacked(path, file, most));
  if (array.dtype !== dtype || !sameShape(array.shape, shape)) {
    const found = `${array.dtype} of shape [${array.shape.join(', ')}]`;
    throw wrong(path, found, `${dtype} of shape [${shape.join(', ')}]`);
  }
  return { data: array.data as Arrays[Dtype], sha256: sha256(file) };
}

/** The file's bytes, if there are at most so many. */
export async function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw wrong(path, 'no regular file', 'one that can be read');
    const { size } = stats;
    if (size > bytesMax) throw wrong(path, `${size} bytes`, `at most ${bytesMax}`);
    const bytes = new Uint8Array(size);
    // no more than was there when it was measured, whoever writes meanwhile
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openFile(path: string) {
  try {
    // O_NONBLOCK: opening a pipe must not wait for its writer
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SamplerError('INVALID_REQUEST', `cannot read ${path}: ${reason}`);
  }
}

async function unpacked(path: string, file: Uint8Array, most: number): Promise<Uint8Array> {
  if (!path.endsWith('.gz')) return file;
  try {
    const { buffer, byteOffset, byteLength } = await unpack(file, { maxOutputLength: most });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const large = code === 'ERR_BUFFER_TOO_LARGE';
    const found = large ? `more than ${most} bytes once unpacked` : `no gzip data (${message})`;
    throw wrong(path, found, `at most ${most} bytes of gzip data`);
  }
}

function decode(path: string, bytes: Uint8Array): NpyArray {
  try {
    return decodeNpy(bytes);
  } catch (error) {
    if (error instanceof NpyError) throw new ArrayFileError(`${path}: ${error.message}`);
    throw error;
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}

function wrong(path: string, found: string, expected: string): ArrayFileError {
  return new ArrayFileError(`${path}: found ${found}, expected ${expected}`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
