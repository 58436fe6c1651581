/** The openssl program, as it is on nearly every machine: it makes keys and signs certificates. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { SamplerError } from '../../shared/protocol/errors.ts';

const run = promisify(execFile);

/** @throws SamplerError INVALID_REQUEST where it is missing, or refuses */
export async function openssl(args: readonly string[]): Promise<void> {
  try {
    await run('openssl', args);
  } catch (error) {
    throw problemOf(error);
  }
}

function problemOf(error: unknown): SamplerError {
  const { code, stderr = '' } = error as { code?: string | number; stderr?: string };
  if (code === 'ENOENT') {
    const todo = 'install it (Debian: apt install openssl), or make certificates elsewhere';
    const text = `openssl: found no such program: ${todo}, see docs/SECURITY.md`;
    return new SamplerError('INVALID_REQUEST', text);
  }
  const why = stderr.trim().split('\n').at(-1) ?? String(error);
  return new SamplerError('INVALID_REQUEST', `openssl: ${why}`);
}
