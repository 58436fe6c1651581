import { credentials } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { unauthenticated, type Authenticator } from '../../coordinator/shell/auth/authenticator.ts';
import { addClientServices } from '../../coordinator/shell/client-services.ts';
import { createGrpcServer } from '../../coordinator/shell/listen.ts';
import type { SamplerService } from '../../coordinator/shell/sampler-service.ts';
import { listen } from '../../shared/protocol/listen.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { until } from '../support/real-cluster.ts';

it('a stream whose reader takes nothing lets go of its job when the token is none', async () => {
  let known = true;
  const authenticator: Authenticator = {
    authenticate() {
      if (!known) throw unauthenticated();
      return { name: 'tester', tenant: 'default', scopes: new Set(['read'] as const) };
    },
  };
  const told = { events: 0, left: false };
  async function* endless() {
    try {
      for (;;) {
        told.events++;
        yield await Promise.resolve({ preview: Buffer.alloc(2 ** 20) });
      }
    } finally {
      told.left = true;
    }
  }
  const service = { watch: endless } as unknown as SamplerService;
  const server = createGrpcServer();
  addClientServices(server, { service, authenticator, log: pino({ level: 'silent' }) });
  const { port, close } = await listen(server, '127.0.0.1:0');
  onTestFinished(close);
  const stub = new (loadPackage().Sampler)(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => stub.close());
  const call = stub.watch({ job: 'j' });
  call.on('error', () => undefined);
  call.once('data', () => call.pause());
  // it waits: nothing was made for a while
  let [before, looks] = [-1, 0];
  await until(() => {
    looks = told.events === before ? looks + 1 : 0;
    before = told.events;
    return looks === 20;
  });
  expect(told.left).toBe(false);
  known = false;
  await until(() => told.left);
});
