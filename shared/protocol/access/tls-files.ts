/** A certificate, its key and the authority that others' certificates must come from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

import { SamplerError } from '../errors.ts';
import { rereadFile, type RereadFile } from './reread-file.ts';
import { readSecret } from './secret-file.ts';

/** Both ends are ours: nothing older has to be spoken. */
export const tlsVersion = 'TLSv1.3';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Of a server that asks for no certificates: undefined. */
  readonly ca?: string | undefined;
}

export interface MutualTlsFiles extends TlsFiles {
  readonly ca: string;
}

/** Names that secrets of orchestrators have as well. */
export function tlsFilesIn(folder: string): MutualTlsFiles {
  const file = (name: string): string => join(folder, name);
  return { cert: file('tls.crt'), key: file('tls.key'), ca: file('ca.crt') };
}

/** Of a client, who may show no certificate. */
export type ClientMaterial = Pick<SecureContextOptions, 'minVersion' | 'cert' | 'key' | 'ca'>;

/** What `node:tls` takes; read again where a file has changed, and the last good one otherwise. */
export type TlsMaterial = RereadFile<SecureContextOptions>;

/** @throws SamplerError INVALID_REQUEST where the files cannot be used now */
export function tlsMaterial(files: TlsFiles, onProblem: (error: unknown) => void): TlsMaterial {
  const paths = [files.cert, files.key, ...(files.ca === undefined ? [] : [files.ca])];
  return rereadFile({ paths, read: () => readTls(files), onProblem });
}

function readTls({ cert, key, ca }: TlsFiles): SecureContextOptions {
  const options = {
    minVersion: tlsVersion,
    cert: readPem('certificate', cert),
    key: readSecret('private key', key),
    ...(ca !== undefined && { ca: readPem('certificate authority', ca) }),
  } as const;
  try {
    // a key that belongs to another certificate is found here, and not by the first caller
    createSecureContext(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const text = `certificate ${cert} and key ${key}: ${why}; expected a pair in PEM`;
    throw new SamplerError('INVALID_REQUEST', text);
  }
  return options;
}

/** @throws SamplerError INVALID_REQUEST */
export function readPem(what: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SamplerError('INVALID_REQUEST', `${what} ${path}: ${why}`);
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new SamplerError('INVALID_REQUEST', `${what} ${path}: found no certificate, expected PEM`);
}
