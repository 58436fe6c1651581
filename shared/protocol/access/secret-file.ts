/** Files that nobody but their owner may read: tokens and private keys. */
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { chmodSync, writeFileSync, type Stats } from 'node:fs';

import { limits } from '../../kernel/limits.ts';
import { SamplerError } from '../errors.ts';

const ROOT = 0;

/**
 * A group may read what belongs to root, as with secrets that an orchestrator mounts.
 *
 * @param what for the text of the error, such as `token file`
 * @throws SamplerError INVALID_REQUEST where it cannot be read, or where others can
 */
export function readSecret(what: string, path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stats = fstatSync(file);
    refuseOpen(what, path, stats);
    if (!stats.isFile() || stats.size > limits.secretFileBytesMax) {
      throw unusable(what, path, 'found no small regular file');
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof SamplerError) throw error;
    throw unusable(what, path, error instanceof Error ? error.message : String(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function refuseOpen(what: string, path: string, { mode, uid }: Stats): void {
  // there are no such bits on Windows
  if (process.platform === 'win32') return;
  const others = uid === ROOT && process.getuid?.() !== ROOT ? 0o027 : 0o077;
  if ((mode & others) === 0) return;
  const found = (mode & 0o777).toString(8).padStart(4, '0');
  throw unusable(what, path, `found mode ${found}, expected 0600: chmod 600 ${path}`);
}

function unusable(what: string, path: string, why: string): SamplerError {
  return new SamplerError('INVALID_REQUEST', `${what} ${path}: ${why}`);
}

/** Whole or not at all, with mode 0600. */
export function writeSecret(path: string, text: string): void {
  const half = `${path}.${process.pid}.tmp`;
  rmSync(half, { force: true });
  writeFileSync(half, text, { mode: 0o600, flag: 'wx' });
  // the umask may have taken away more
  chmodSync(half, 0o600);
  renameSync(half, path);
}
