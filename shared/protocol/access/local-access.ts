/**
 * How programs of the same user on the same machine get in by themselves: a coordinator leaves a
 * note of where its tokens are, by the address that it listens on. The note is no secret; the
 * files that it names are, and are read as such.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { SamplerError } from '../errors.ts';
import { hostOf, isLoopback } from './addresses.ts';
import { readSecret, writeSecret } from './secret-file.ts';

export interface LocalAccess {
  readonly tokenFile: string;
  /** Of the authority that signed the coordinator's certificate, where it has one. */
  readonly caFile?: string | undefined;
}

/** `ISOCHRON_CONFIG`, else `$XDG_CONFIG_HOME/isochron`, else `~/.config/isochron`. */
export function configFolder(): string {
  const { ISOCHRON_CONFIG: own, XDG_CONFIG_HOME: config } = process.env;
  return own ?? join(config || join(homedir(), '.config'), 'isochron');
}

function noteFile(address: string): string {
  const host = hostOf(address);
  const port = address.slice(address.lastIndexOf(':') + 1);
  const anywhere = host === '0.0.0.0' || host === '::' || isLoopback(host);
  const name = anywhere ? port : `${host.replace(/[^\w.-]/g, '_')}_${port}`;
  return join(configFolder(), 'coordinators', `${name}.json`);
}

/**
 * Leaves the note; returns what takes it away. @throws where the folder takes no file.
 *
 * @param address HOST:PORT, with the port that it got
 */
export function leaveNote(address: string, access: LocalAccess): () => void {
  const path = noteFile(address);
  mkdirSync(join(configFolder(), 'coordinators'), { recursive: true, mode: 0o700 });
  removeStale();
  const { tokenFile, caFile } = access;
  // whoever reads it is in another folder
  const note = { tokenFile: resolve(tokenFile), caFile: caFile && resolve(caFile) };
  writeSecret(path, `${JSON.stringify(note)}\n`);
  return () => {
    // a later coordinator may have written its own
    if (readNote(path)?.tokenFile === note.tokenFile) rmSync(path, { force: true });
  };
}

/** Of coordinators that were killed, and whose folders are gone. */
function removeStale(): void {
  const folder = join(configFolder(), 'coordinators');
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const note = readNote(path);
    if (note && !existsSync(note.tokenFile)) rmSync(path, { force: true });
  }
}

function readNote(path: string): LocalAccess | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof found !== 'object' || found === null) return undefined;
    const { tokenFile, caFile } = found as Record<string, unknown>;
    if (typeof tokenFile !== 'string') return undefined;
    return { tokenFile, caFile: typeof caFile === 'string' ? caFile : undefined };
  } catch {
    return undefined;
  }
}

/** The note for whoever dials this address; undefined where there is none. */
export function localAccess(address: string): LocalAccess | undefined {
  const note = readNote(noteFile(address));
  return note && existsSync(note.tokenFile) ? note : undefined;
}

/** @throws SamplerError INVALID_REQUEST where the file cannot be read, others can, or it is none */
export function readToken(path: string): string {
  const token = readSecret('token file', path).trim();
  if (/^[\w-]{1,128}$/.test(token)) return token;
  const text = `token file ${path}: found no token, expected one line such as iso_...`;
  throw new SamplerError('INVALID_REQUEST', text);
}
