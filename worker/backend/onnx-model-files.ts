/** An ONNX model as it is loaded: its file, and the files that it keeps weights in. */
import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join } from 'node:path';
import { readModelFile, unusable } from './model-file.ts';
import { checkOnnxFile, type ExternalTensor } from './onnx-file.ts';

/** More than any device has. */
const WEIGHTS_BYTES_MAX = 2 ** 37;

/** Weights outside the graph's file, under the name that the graph has for them. */
export interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface OnnxModelFiles {
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly external: readonly ExternalFile[];
  /** Of the file; where it keeps weights in others, of it and of those, in order of their names. */
  readonly sha256: string;
}

/**
 * Every file is read as a model file is: regular, with one link, inside the folder.
 *
 * @param externalOf says which weights are outside, or throws what is wrong with the file
 * @throws MODEL_UNUSABLE naming the file
 */
export async function readOnnxModel(
  folder: string,
  name: string,
  externalOf = checkOnnxFile,
): Promise<OnnxModelFiles> {
  const { file, bytes } = await readModelFile(folder, name);
  const external = await readExternal(folder, name, externalOf(bytes, file));
  return { file, bytes, external, sha256: hashOf(bytes, external) };
}

async function readExternal(
  folder: string,
  name: string,
  tensors: readonly ExternalTensor[],
): Promise<ExternalFile[]> {
  const files: ExternalFile[] = [];
  for (const [path, own] of Map.groupBy(tensors, ({ location }) => location)) {
    requireInside(join(folder, name), path);
    const { file, bytes } = await readModelFile(
      folder,
      join(dirname(name), path),
      WEIGHTS_BYTES_MAX,
    );
    for (const { offset, length = 0 } of own) requireRange(file, offset + length, bytes.length);
    files.push({ path, data: ownMemory(bytes) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function requireInside(file: string, path: string): void {
  const leaves = isAbsolute(path) || path.split(/[\\/]/).includes('..');
  if (!leaves) return;
  const expected = 'a file beside it';
  throw unusable(file, `weights in ${JSON.stringify(path)}`, expected, 'save the model again');
}

function requireRange(file: string, end: number, size: number): void {
  if (end <= size) return;
  const expected = `at least ${end}, where its model has a weight end`;
  throw unusable(file, `${size} bytes`, expected, 'copy it again, with its own model.onnx');
}

/** A small file may lie in Node's buffer pool, which must not go to another thread. */
export function ownMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.buffer.byteLength === bytes.byteLength ? bytes : Uint8Array.from(bytes);
}

function hashOf(bytes: Uint8Array, external: readonly ExternalFile[]): string {
  const hash = createHash('sha256').update(bytes);
  for (const { path, data } of external) hash.update(`\0${path}\0`).update(data);
  return hash.digest('hex');
}
