import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { SamplerError } from '../shared/protocol/errors.ts';

/** Makes a folder and tries it: a job of hours must not end at a folder that takes no file. */
export async function prepareFolder(flag: string, folder: string): Promise<void> {
  const path = resolve(folder);
  try {
    await makeFolder(path);
    await tryFolder(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `${flag}: cannot write into ${path}: ${reason}`;
    throw new SamplerError('INVALID_REQUEST', text, { context: { folder: path } });
  }
}

/**
 * Makes the folder and those above it that are missing; returns the topmost new one. Node's own
 * `recursive: true` never returns where a parent exists and takes no folders, such as /proc
 * (measured: Node 24.21).
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return undefined;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path) throw error;
    const made = await makeFolder(above);
    if (made === undefined) throw error;
    await mkdir(path);
    return made;
  }
}

export async function tryFolder(path: string): Promise<void> {
  const probe = join(path, `.isochron-probe-${process.pid}`);
  await writeFile(probe, '');
  await rm(probe);
}
