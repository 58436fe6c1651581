/** A certificate authority of one cluster, in a folder, and what it signs. */
import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

import { readSecret } from '../../shared/protocol/access/secret-file.ts';
import { tlsFilesIn } from '../../shared/protocol/access/tls-files.ts';
import { workerUri } from '../../shared/protocol/access/worker-name.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { openssl } from './openssl.ts';

const AUTHORITY_DAYS = 3650;
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface Leaf {
  /** For people; what counts is in `alternatives`. */
  readonly subject: string;
  /** As openssl writes them, such as `DNS:gpu-1` or `URI:spiffe://...`. */
  readonly alternatives: readonly string[];
  readonly usage: 'serverAuth' | 'clientAuth';
  readonly days: number;
}

function authorityFiles(folder: string): { readonly cert: string; readonly key: string } {
  return { cert: join(folder, 'ca', 'ca.crt'), key: join(folder, 'ca', 'ca.key') };
}

/** @throws SamplerError INVALID_REQUEST where there is one: all its certificates would be void */
export async function createAuthority(folder: string): Promise<void> {
  const { cert, key } = authorityFiles(folder);
  if (existsSync(key)) {
    const todo = 'make certificates with `isochron certs coordinator` and `certs worker`';
    throw new SamplerError('INVALID_REQUEST', `${folder}: found an authority there: ${todo}`);
  }
  await privateFolder(join(folder, 'ca'));
  await openssl([
    ...['req', '-x509', ...newKey, '-sha256', '-days', String(AUTHORITY_DAYS)],
    ...['-keyout', key, '-out', cert, '-subj', '/CN=isochron authority'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  await chmod(key, 0o600);
}

/** Writes tls.crt, tls.key and ca.crt into a folder of the leaf's own; returns the folder. */
export async function issue(folder: string, name: string, leaf: Leaf): Promise<string> {
  const authority = authorityFiles(folder);
  readSecret('key of the authority (made by `isochron certs init`)', authority.key);
  const own = join(folder, name);
  await privateFolder(own);
  const files = tlsFilesIn(own);
  const [request, extensions] = [join(own, 'request.pem'), join(own, 'extensions.conf')];
  // under other names first, so that who reads them while they change finds a pair
  const [cert, key] = [`${files.cert}.new`, `${files.key}.new`];
  await writeFile(extensions, extensionsOf(leaf), { mode: 0o600 });
  const subject = `/CN=${leaf.subject}`;
  await openssl(['req', '-new', ...newKey, '-keyout', key, '-out', request, '-subj', subject]);
  await openssl([
    ...['x509', '-req', '-in', request, '-out', cert, '-days', String(leaf.days), '-sha256'],
    ...['-CA', authority.cert, '-CAkey', authority.key],
    ...['-set_serial', `0x${randomBytes(16).toString('hex')}`, '-extfile', extensions],
  ]);
  await chmod(key, 0o600);
  await copyFile(authority.cert, files.ca);
  await takeOver(files, { cert, key });
  for (const path of [request, extensions]) await rm(path, { force: true });
  return own;
}

async function takeOver(
  files: { readonly cert: string; readonly key: string },
  next: { readonly cert: string; readonly key: string },
): Promise<void> {
  await rename(next.key, files.key);
  await rename(next.cert, files.cert);
}

function extensionsOf({ alternatives, usage }: Leaf): string {
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    `extendedKeyUsage=${usage}`,
    `subjectAltName=${alternatives.join(',')}`,
    '',
  ].join('\n');
}

/** @param hosts names and addresses by which clients and workers dial it */
export function coordinatorLeaf(hosts: readonly string[], days: number): Leaf {
  const names = [...new Set([...hosts, 'localhost', '127.0.0.1', '::1'])];
  const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`);
  return { subject: 'isochron coordinator', alternatives, usage: 'serverAuth', days };
}

export function workerLeaf(name: string, days: number): Leaf {
  const alternatives = [`URI:${workerUri(name)}`];
  return { subject: `isochron worker ${name}`, alternatives, usage: 'clientAuth', days };
}

async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}
