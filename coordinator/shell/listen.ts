/** Binding ports: loopback unless somebody insists, and one clear line where it fails. */
import { createServer, isIPv6 } from 'node:net';
import type { Server, ServerCredentials, ServerInterceptor } from '@grpc/grpc-js';
import { isLoopback } from '../../shared/protocol/access/addresses.ts';
import { isBelowSecurityFloor, securityFloor } from '../../shared/kernel/node-floor.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { limitHeaders } from './header-limit.ts';
import { listen, type Listening } from '../../shared/protocol/listen.ts';
import { shownText } from '../../shared/protocol/shown-text.ts';
import { ReadableServer } from './readable-server.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port, and how it speaks. */
export interface Door {
  readonly flag: string;
  readonly address: Address;
  readonly credentials: ServerCredentials;
}

/** Reads HOST:PORT, [V6]:PORT or PORT. */
export function parseAddress(flag: string, text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? /^()()(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    const found = `found "${shownText(text)}"`;
    throw new SamplerError('INVALID_REQUEST', `${flag}: ${found}, expected HOST:PORT`);
  }
  return { host: match[1] || match[2] || '127.0.0.1', port };
}

export interface BindPolicy {
  readonly encrypted: boolean;
  /** The user has said that he wants it all the same. */
  readonly insecure: boolean;
  /** Of Node, as `process.versions` has it. */
  readonly node?: string;
}

/**
 * Nothing listens beyond loopback without TLS, nor on a Node whose HTTP/2 has known holes.
 *
 * @throws SamplerError INVALID_REQUEST
 */
export function checkBind(flag: string, { host }: Address, policy: BindPolicy): void {
  if (isLoopback(host)) return;
  const { encrypted, insecure, node = process.versions.node } = policy;
  if (isBelowSecurityFloor(node)) {
    const expected = `expected ${securityFloor.join('.')} or newer for ${host}`;
    throw new SamplerError('INVALID_REQUEST', `${flag}: found Node ${node}, ${expected}`);
  }
  if (encrypted || insecure) return;
  throw new SamplerError(
    'INVALID_REQUEST',
    `${flag}: found ${host} without TLS, expected a loopback address or certificates: ` +
      '`isochron certs init DIR --coordinator HOST` makes them, --certs DIR/coordinator uses ' +
      'them; or, where whoever reaches the port may do anything, --insecure-bind-anything',
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
  const server = new ReadableServer(interceptors);
  limitHeaders(server);
  return server;
}
