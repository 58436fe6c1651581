/**
 * Bytes that are files: written under another name, forced to disk, renamed, and the folder forced
 * to disk as well. So a name that is there has all its bytes, whenever the power fails.
 */
import { open, readdir, rename, rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import pLimit from 'p-limit';
import { limits } from '../../shared/kernel/limits.ts';
import { failpoint } from '../../shared/protocol/failpoints.ts';
import { StoreError, type Blob } from './job-store.ts';
import { storeErrorOf } from './store-errors.ts';

/** A burst of jobs that end together must not open a file each. */
const WRITES_AT_ONCE = 4;
const HALF_WRITTEN = '.tmp';

export interface BlobFiles {
  write(name: string, bytes: Uint8Array): Promise<Blob>;
  read(blob: Blob): AsyncIterable<Uint8Array>;
  remove(names: readonly string[]): Promise<void>;
  /** Removes what nobody refers to; how many those were. */
  sweep(referred: ReadonlySet<string>): Promise<number>;
}

/** @param folder is there */
export function blobFiles(folder: string): BlobFiles {
  const inTurn = pLimit(WRITES_AT_ONCE);
  return {
    write: (name, bytes) => inTurn(() => write(folder, name, bytes)),
    read: (blob) => read(folder, blob),
    async remove(names) {
      // a file that stays behind is swept when the next coordinator starts
      for (const name of names) await rm(join(folder, name), { force: true });
    },
    async sweep(referred) {
      const orphans = (await readdir(folder)).filter((name) => !referred.has(name));
      for (const name of orphans) await rm(join(folder, name), { force: true });
      return orphans.length;
    },
  };
}

async function write(folder: string, name: string, bytes: Uint8Array): Promise<Blob> {
  const blob = { name, byteLength: bytes.byteLength, crc32: crc32(bytes) };
  if (bytes.byteLength <= limits.inlineBlobBytesMax) return { ...blob, inline: bytes };
  const path = join(folder, name);
  try {
    failpoint('blob.beforeWrite');
    const file = await open(path + HALF_WRITTEN, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      failpoint('blob.beforeFsync');
      await file.sync();
    } finally {
      await file.close();
    }
    failpoint('blob.beforeRename');
    await rename(path + HALF_WRITTEN, path);
    failpoint('blob.beforeFolderFsync');
    await syncFolder(folder);
    failpoint('blob.afterFolderFsync');
  } catch (error) {
    await rm(path + HALF_WRITTEN, { force: true }).catch(() => undefined);
    throw storeErrorOf(`writing ${path}`, error);
  }
  return { ...blob, inline: undefined };
}

/** The name is an entry of the folder, which has a cache of its own. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* read(folder: string, blob: Blob): AsyncIterable<Uint8Array> {
  const { name, inline, byteLength } = blob;
  if (inline) {
    if (inline.byteLength > 0) yield inline;
    return;
  }
  let [found, at] = [0, 0];
  try {
    const options = { highWaterMark: limits.tensorPartBytes };
    for await (const piece of createReadStream(join(folder, name), options)) {
      const bytes = piece as Uint8Array;
      found = crc32(bytes, found);
      at += bytes.byteLength;
      yield bytes;
    }
  } catch (error) {
    throw new StoreError('damaged', `reading ${name}: ${String(error)}`, { cause: error });
  }
  if (at === byteLength && found === blob.crc32) return;
  throw new StoreError(
    'damaged',
    `${name} is not what was written: its checksum or length differs`,
  );
}
