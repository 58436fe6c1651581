/** Binding ports: loopback unless somebody insists, and one clear line where it fails. */
import { createServer, isIPv6 } from 'node:net';
import { Server, type ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { isLoopback } from '../../shared/protocol/access/addresses.ts';
import { serverOptions } from '../../shared/protocol/channel-options.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { listen, type Listening } from '../../shared/protocol/listen.ts';
import type { Authenticator } from './auth/authenticator.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port, and what a caller shows there. */
export interface Door {
  readonly flag: string;
  readonly address: Address;
  readonly credentials: ServerCredentials;
  readonly authenticator: Authenticator;
}

/** Reads HOST:PORT, [V6]:PORT or PORT. */
export function parseAddress(flag: string, text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? /^()()(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new SamplerError('INVALID_REQUEST', `${flag}: found "${text}", expected HOST:PORT`);
  }
  return { host: match[1] || match[2] || '127.0.0.1', port };
}

/** Nothing listens beyond loopback without being told twice: there is no authentication yet. */
export function checkBind(flag: string, { host }: Address, insecure: boolean): void {
  if (insecure || isLoopback(host)) return;
  throw new SamplerError(
    'INVALID_REQUEST',
    `${flag}: ${host} is not a loopback address, and this release has no authentication: ` +
      'whoever reaches the port can use the cluster. On a network you trust, add ' +
      '--insecure-bind-anything',
  );
}

/** Binds a gRPC server where nobody else listens. */
export async function bind(
  server: Server,
  { flag, address, credentials }: Pick<Door, 'flag' | 'address' | 'credentials'>,
): Promise<Listening> {
  await probePort(flag, address);
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  return listen(server, `${host}:${address.port}`, credentials);
}

/** gRPC's own message for a taken port says neither which flag nor what to do. */
function probePort(flag: string, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const why = taken ? 'the port is in use' : error.message;
      reject(unusable(flag, address, why));
    });
    probe.listen(address.port, address.host, () => probe.close(() => resolve()));
  });
}

function unusable(flag: string, { host, port }: Address, why: string): SamplerError {
  const text = `${flag}: cannot listen on ${host}:${port}: ${why}; name another one, 0 picks one`;
  return new SamplerError('INVALID_REQUEST', text);
}

export function createGrpcServer(interceptors: readonly ServerInterceptor[] = []): Server {
  return new Server({ ...serverOptions, interceptors: [...interceptors] });
}
