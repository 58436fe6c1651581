import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../../../coordinator/shell/http/http-server.ts';
import { route, type Site } from '../../../coordinator/shell/http/route.ts';
import { until } from '../../support/real-cluster.ts';
import { endless, revocable, untilItWaits } from '../../support/revoked-reader.ts';

it('a reader of events who takes none is gone when its token is none', async () => {
  const { authenticator, revoke } = revocable();
  const told = { events: 0, left: false };
  const about = { name: 'events', description: '', replies: [], scope: 'read' } as const;
  const handle = () =>
    ({
      kind: 'events',
      events: endless(told, { event: 'some', data: 'x'.repeat(2 ** 20) }),
    }) as const;
  const routes = [route({ ...about, method: 'GET', path: '/events', handle })];
  const log = pino({ level: 'silent' });
  const options = { site: {} as Site, routes, authenticator, hosts: [], log };
  const server = await startHttpServer(options, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\n\r\n');
  await untilItWaits(told);
  expect(told.left).toBe(false);
  revoke();
  await until(() => told.left);
});
