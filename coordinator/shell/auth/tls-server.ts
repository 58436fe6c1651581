/** Credentials of a port by TLS, that follow their files. */
import { ServerCredentials } from '@grpc/grpc-js';
import { tlsVersion, type TlsMaterial } from '../../../shared/protocol/access/tls-files.ts';
import { followFile } from './follow-file.ts';

/**
 * grpc-js has credentials that watch files, which close the port for as long as one of them cannot
 * be read (1.14.7); these keep the last good ones.
 */
class TlsServerCredentials extends ServerCredentials {
  constructor(material: TlsMaterial, mutual: boolean) {
    const first = material.get();
    const asked = { requestCert: mutual, rejectUnauthorized: mutual };
    super({ ...asked, minVersion: tlsVersion }, first);
    followFile(material, (options) => this.updateSecureContextOptions(options));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** @param mutual callers show a certificate of the material's authority, or are not let in */
export function tlsServerCredentials(material: TlsMaterial, mutual: boolean): ServerCredentials {
  return new TlsServerCredentials(material, mutual);
}
