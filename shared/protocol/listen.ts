import type { Server } from '@grpc/grpc-js';
import { ServerCredentials } from '@grpc/grpc-js';

import { SamplerError } from './errors.ts';

export interface Listening {
  /** The one chosen, where 0 was asked for. */
  readonly port: number;
  /** Ends every connection at once. */
  readonly close: () => void;
}

/** @param address HOST:PORT */
export function listen(
  server: Server,
  address: string,
  credentials = ServerCredentials.createInsecure(),
): Promise<Listening> {
  const host = address.slice(0, address.lastIndexOf(':'));
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve({ port, close: () => close(server, `${host}:${port}`) });
      else
        reject(
          new SamplerError('INVALID_REQUEST', `cannot listen on ${address}: ${error.message}`),
        );
    });
  });
}

/**
 * With channelz off, `forceShutdown` knows no session and leaves every connection as it is (grpc-js
 * 1.14.7: only the channelz handler records them); `drain` knows them all.
 */
function close(server: Server, bound: string): void {
  server.drain(bound, 0);
  server.forceShutdown();
}
