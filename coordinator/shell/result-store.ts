/** What finished jobs leave, one file for each tensor below the data folder. */
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { limits } from '../../shared/kernel/limits.ts';
import { failpoint } from '../../shared/protocol/failpoints.ts';

const WRITES_AT_ONCE = 4;

const parts = ['samples', 'residuals', 'trajectory'] as const;

export type ResultPart = (typeof parts)[number];

export interface ResultStore {
  write(job: string, part: ResultPart, values: Float32Array): Promise<void>;
  /** The bytes in pieces of at most one tensor part. */
  read(job: string, part: ResultPart): AsyncIterable<Buffer>;
  remove(job: string): Promise<void>;
}

/** @throws where the folder cannot be made or written. */
export async function openResultStore(dataDir: string): Promise<ResultStore> {
  const folder = join(dataDir, 'results');
  // results of an earlier coordinator belong to jobs that nobody remembers
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // a burst of jobs that end together must not open a file each
  const inTurn = pLimit(WRITES_AT_ONCE);
  const path = (job: string, part: ResultPart) => join(folder, `${job}.${part}.f32`);
  return {
    write: (job, part, values) =>
      inTurn(async () => {
        failpoint('store.beforeWrite');
        await writeFile(path(job, part), bytesOf(values));
        failpoint('store.afterWrite');
      }),
    read: (job, part) =>
      createReadStream(path(job, part), { highWaterMark: limits.tensorPartBytes }),
    remove: async (job) => {
      for (const part of parts) await rm(path(job, part), { force: true });
    },
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
