/** gRPC health checking for orchestrators: SERVING while this worker is registered. */
import { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

import { serverOptions } from '../../shared/protocol/channel-options.ts';
import { listen } from '../../shared/protocol/listen.ts';

export interface HealthServer {
  readonly port: number;
  set(serving: boolean): void;
  close(): void;
}

export async function serveHealth(address: string): Promise<HealthServer> {
  const health = new HealthImplementation({ '': 'NOT_SERVING' });
  const server = new Server(serverOptions);
  health.addToServer(server);
  const { port, close } = await listen(server, address);
  return {
    port,
    set: (serving) => health.setStatus('', serving ? 'SERVING' : 'NOT_SERVING'),
    close,
  };
}
