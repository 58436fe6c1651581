import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { SamplerError } from '../../shared/protocol/errors.ts';

/** What protobuf, and so a graph, may have; weights in files of their own may be larger. */
const modelBytesMax = 2 ** 31 - 1;
/** Node reads no more at a time. */
const pieceBytes = 2 ** 30;

/**
 * T9: a regular file with one link, reached without any symbolic link below its folder. ONNX
 * Runtime itself loads hard links to files outside (measured), so whoever can write the folder
 * could lend a model the bytes of a file they cannot read.
 */
export async function readModelFile(
  folder: string,
  name: string,
  bytesMax = modelBytesMax,
): Promise<{ file: string; bytes: Buffer<ArrayBuffer> }> {
  const file = join(folder, name);
  const root = await realpath(folder).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(folder, reason, 'a folder that can be read', 'correct the path');
  });
  const real = await realpath(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(file, reason, 'a readable file', 'put it there, or correct the manifest');
  });
  if (real !== join(root, name)) {
    throw unusable(file, `a symbolic link to ${real}`, 'a file inside the folder', 'copy the file');
  }
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(real, flags);
  try {
    return { file, bytes: await readChecked(handle, file, bytesMax) };
  } finally {
    await handle.close();
  }
}

async function readChecked(
  handle: FileHandle,
  file: string,
  bytesMax: number,
): Promise<Buffer<ArrayBuffer>> {
  const stats = await handle.stat();
  const { size, nlink } = stats;
  if (!stats.isFile()) throw unusable(file, 'no regular file', 'a regular file', 'copy the file');
  if (nlink !== 1) {
    throw unusable(
      file,
      `${nlink} hard links to it`,
      'exactly one, since another name could change it unseen',
      `replace it by a copy: cp ${file} copy && mv copy ${file}`,
    );
  }
  if (size <= Math.min(bytesMax, pieceBytes)) return handle.readFile();
  if (size <= bytesMax) return readPieces(handle, size);
  throw new SamplerError(
    'MODEL_TOO_LARGE',
    `${file}: found ${size} bytes, expected at most ${bytesMax}; store the weights as float16, ` +
      'or in a file of their own (external data)',
    { context: { file, bytes: size, bytesMax } },
  );
}

async function readPieces(handle: FileHandle, size: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.from(new ArrayBuffer(size));
  for (let at = 0; at < size;) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(pieceBytes, size - at), at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

/** The form of every error about a model: file, what was found, what was expected, what to do. */
export function unusable(
  file: string,
  found: string,
  expected: string,
  todo: string,
): SamplerError {
  const text = `${file}: found ${found}, expected ${expected}; ${todo}`;
  return new SamplerError('MODEL_UNUSABLE', text, { context: { file } });
}
