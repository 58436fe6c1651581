import { once } from 'node:events';
import { connect } from 'node:http2';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { createGrpcServer, bind, parseAddress } from '../../coordinator/shell/listen.ts';
import { widenWindows } from '../../coordinator/shell/windows.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { until } from '../support/real-cluster.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

it('a worker may send whole latents before it hears of them', async () => {
  const server = createGrpcServer();
  widenWindows(server);
  const { port, close } = await bind(server, {
    flag: '--listen',
    address: parseAddress('--listen', '127.0.0.1:0'),
    credentials: ServerCredentials.createInsecure(),
  });
  closing.push(close);
  const session = connect(`http://127.0.0.1:${port}`);
  closing.push(() => session.destroy());
  const [settings] = (await once(session, 'remoteSettings')) as [{ initialWindowSize?: number }];
  expect(settings.initialWindowSize).toBe(limits.receiveWindowBytes);
  await until(() => session.state.remoteWindowSize === limits.receiveWindowBytes);
});
