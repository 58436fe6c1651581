/** The channel to a coordinator, and what it shows to be let in. */
import { readFileSync } from 'node:fs';

import { credentials } from '@grpc/grpc-js';

import type { SamplerClient } from '../../proto/generated/isochron/v1/Sampler.ts';
import { hostOf, isLoopback } from '../../shared/protocol/access/addresses.ts';
import { bearer } from '../../shared/protocol/access/bearer.ts';
import { localAccess, readToken } from '../../shared/protocol/access/local-access.ts';
import { TlsChannelCredentials } from '../../shared/protocol/access/tls-channel.ts';
import { tlsVersion } from '../../shared/protocol/access/tls-files.ts';
import { dataChannelOptions } from '../../shared/protocol/channel-options.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';

export interface Access {
  readonly token?: string | undefined;
  /** PEM of the authority that signed the coordinator's certificate: the connection is TLS. */
  readonly ca?: string | undefined;
}

export interface Stub {
  readonly stub: SamplerClient;
  /** Why TLS refuses the coordinator, or it us, for good. */
  readonly refusal: () => string | undefined;
}

/**
 * What is not given is looked for where a coordinator on this machine leaves it for its user.
 *
 * @throws SamplerError INVALID_REQUEST rather than to send a token where others can read it
 */
export function createStub(address: string, given: Access): Stub {
  const ca = given.ca ?? localCa(address);
  const stays = ca !== undefined || isLoopback(hostOf(address));
  if (given.token !== undefined && !stays) {
    const text = `coordinator ${address}: found a token and no certificate authority`;
    const expected = 'expected --ca FILE: a token goes over TLS, or does not leave this machine';
    throw new SamplerError('INVALID_REQUEST', `${text}, ${expected}`);
  }
  // looked for at every call: a coordinator that is started later, or anew, leaves its own
  const token = () => given.token ?? (stays ? localToken(address) : undefined);
  const { Sampler } = loadPackage();
  const tls = ca === undefined ? undefined : tlsOf(address, ca);
  const stub = new Sampler(address, tls ?? credentials.createInsecure(), {
    ...dataChannelOptions,
    interceptors: [bearer(token)],
    // With http_proxy set, as on many clusters, even a call to 127.0.0.1 would go to the proxy.
    'grpc.enable_http_proxy': 0,
  });
  return { stub, refusal: () => tls?.refusal };
}

function localToken(address: string): string | undefined {
  const local = localAccess(address);
  return local && readToken(local.tokenFile);
}

function localCa(address: string): string | undefined {
  const file = localAccess(address)?.caFile;
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}

function tlsOf(address: string, ca: string): TlsChannelCredentials {
  const material = { ca, minVersion: tlsVersion } as const;
  return new TlsChannelCredentials(address, () => material);
}
