import { credentials } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { addClientServices } from '../../coordinator/shell/client-services.ts';
import { createGrpcServer } from '../../coordinator/shell/listen.ts';
import type { SamplerService } from '../../coordinator/shell/sampler-service.ts';
import { listen } from '../../shared/protocol/listen.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { until } from '../support/real-cluster.ts';
import { endless, revocable, untilItWaits } from '../support/revoked-reader.ts';

it('a stream whose reader takes nothing lets go of its job when the token is none', async () => {
  const { authenticator, revoke } = revocable();
  const told = { events: 0, left: false };
  const service = {
    watch: () => endless(told, { preview: Buffer.alloc(2 ** 20) }),
  } as unknown as SamplerService;
  const server = createGrpcServer();
  addClientServices(server, { service, authenticator, log: pino({ level: 'silent' }) });
  const { port, close } = await listen(server, '127.0.0.1:0');
  onTestFinished(close);
  const stub = new (loadPackage().Sampler)(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => stub.close());
  const call = stub.watch({ job: 'j' });
  call.on('error', () => undefined);
  call.once('data', () => call.pause());
  await untilItWaits(told);
  expect(told.left).toBe(false);
  revoke();
  await until(() => told.left);
});
