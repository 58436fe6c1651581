/** The files of tokens in a data folder. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readToken } from '../../../shared/protocol/access/local-access.ts';
import { readSecret, writeSecret } from '../../../shared/protocol/access/secret-file.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { parseTokens, printTokens, tokenBytes, tokenOf, type TokenList } from './tokens.ts';

/** The operator's, who may everything. */
export function operatorTokenFile(dataDir: string): string {
  return join(dataDir, 'token');
}

/** What workers show on a port without TLS. */
export function workerTokenFile(dataDir: string): string {
  return join(dataDir, 'worker-token');
}

/** Digests of all others. */
export function tokenListFile(dataDir: string): string {
  return join(dataDir, 'tokens.json');
}

export function newToken(): string {
  return tokenOf(randomBytes(tokenBytes));
}

/** The token in the file, which is made where it is missing. */
export function ensureToken(path: string): string {
  if (!existsSync(path)) writeSecret(path, `${newToken()}\n`);
  else closeToGroup(path);
  return readToken(path);
}

/** An orchestrator may open a whole volume to a group; a file of ours is closed again. */
function closeToGroup(path: string): void {
  const { mode, uid } = statSync(path);
  if (uid === process.getuid?.() && (mode & 0o070) !== 0 && (mode & 0o007) === 0) {
    chmodSync(path, 0o600);
  }
}

/** @throws SamplerError INVALID_REQUEST where it is damaged, or others can read it */
export function readTokenList(path: string): TokenList {
  const text = readSecret('list of tokens', path);
  try {
    return parseTokens(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const expected = 'expected what `isochron token create` writes';
    throw new SamplerError('INVALID_REQUEST', `list of tokens ${path}: ${why}; ${expected}`);
  }
}

export function writeTokenList(path: string, list: TokenList): void {
  writeSecret(path, printTokens(list));
}
