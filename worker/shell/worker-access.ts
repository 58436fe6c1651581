/** What a worker shows a coordinator: its certificate, or a token where there is no TLS. */
import { X509Certificate } from 'node:crypto';

import type { Logger } from 'pino';

import { hostOf, isLoopback } from '../../shared/protocol/access/addresses.ts';
import { localAccess, readToken } from '../../shared/protocol/access/local-access.ts';
import { TlsChannelCredentials } from '../../shared/protocol/access/tls-channel.ts';
import {
  type MutualTlsFiles,
  readPem,
  type TlsFiles,
  tlsMaterial,
} from '../../shared/protocol/access/tls-files.ts';
import { nameInCertificate } from '../../shared/protocol/access/worker-name.ts';

/**
 * The token, looked for at every dial, since a coordinator that comes back may have another one;
 * undefined where there is none, or where others could read it on its way.
 */
export function workerToken(coordinator: string, file?: string): () => string | undefined {
  const stays = isLoopback(hostOf(coordinator));
  return () => {
    const path = file ?? localAccess(coordinator)?.tokenFile;
    return path === undefined || !stays ? undefined : readToken(path);
  };
}

/** @throws SamplerError INVALID_REQUEST where the files cannot be used */
export function workerTls(
  coordinator: string,
  files: MutualTlsFiles,
  log: Logger,
): TlsChannelCredentials {
  const material = tlsMaterial(files, (error) =>
    log.error({ error: String(error) }, 'certificates not readable: the last good ones stay'),
  );
  return new TlsChannelCredentials(coordinator, () => material.get());
}

/** What a worker is called by default, so that its name fits its certificate. */
export function certifiedName(files: TlsFiles | undefined): string | undefined {
  if (files === undefined) return undefined;
  const { subjectAltName } = new X509Certificate(readPem('certificate', files.cert));
  const name = nameInCertificate(subjectAltName);
  return name === undefined ? undefined : `${name}:${process.pid}`;
}
