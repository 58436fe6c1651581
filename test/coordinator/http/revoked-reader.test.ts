import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import {
  unauthenticated,
  type Authenticator,
} from '../../../coordinator/shell/auth/authenticator.ts';
import { startHttpServer } from '../../../coordinator/shell/http/http-server.ts';
import { route, type Site } from '../../../coordinator/shell/http/route.ts';
import { until } from '../../support/real-cluster.ts';

it('a reader of events who takes none is gone when its token is none', async () => {
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
        yield await Promise.resolve({ event: 'some', data: 'x'.repeat(2 ** 20) });
      }
    } finally {
      told.left = true;
    }
  }
  const about = { name: 'events', description: '', replies: [], scope: 'read' } as const;
  const handle = () => ({ kind: 'events', events: endless() }) as const;
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
  // it waits: nothing was made for a while
  let [before, looks] = [0, 0];
  await until(() => {
    looks = told.events > 0 && told.events === before ? looks + 1 : 0;
    before = told.events;
    return looks === 20;
  });
  expect(told.left).toBe(false);
  known = false;
  await until(() => told.left);
});
