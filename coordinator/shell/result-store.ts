/** Samples of finished jobs, one file each below the data folder. */
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../../shared/kernel/limits.ts';

export interface ResultStore {
  write(job: string, samples: Float32Array): Promise<void>;
  /** The bytes in pieces of at most one tensor part. */
  read(job: string): AsyncIterable<Buffer>;
  remove(job: string): Promise<void>;
}

/** @throws where the folder cannot be made or written. */
export async function openResultStore(dataDir: string): Promise<ResultStore> {
  const folder = join(dataDir, 'results');
  // results of an earlier coordinator belong to jobs that nobody remembers
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const path = (job: string) => join(folder, `${job}.f32`);
  return {
    write: (job, samples) =>
      writeFile(path(job), new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)),
    read: (job) => createReadStream(path(job), { highWaterMark: limits.tensorPartBytes }),
    remove: (job) => rm(path(job), { force: true }),
  };
}
