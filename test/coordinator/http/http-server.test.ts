import { connect } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Authenticator } from '../../../coordinator/shell/auth/authenticator.ts';
import type { Scope } from '../../../coordinator/shell/auth/principal.ts';
import {
  startHttpServer,
  type RunningHttpServer,
} from '../../../coordinator/shell/http/http-server.ts';
import { route, type ServerEvent, type Site } from '../../../coordinator/shell/http/route.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { ask, type Asked } from '../../support/http-cluster.ts';

/** A token is the scope that it has. */
const authenticator: Authenticator = {
  authenticate(authorization = '') {
    const [, scope = ''] = /^Bearer (read|submit|metrics|admin)$/.exec(authorization) ?? [];
    if (scope === '') throw new SamplerError('UNAUTHENTICATED', 'found no token that is known');
    return { name: 'tester', tenant: 't', scopes: new Set([scope as Scope]) };
  },
};

let handled = 0;
const streams = { left: 0 };

async function* endless(left: AbortSignal): AsyncGenerator<ServerEvent> {
  try {
    yield { event: 'first', data: 1 };
    await once(left, 'abort');
  } finally {
    streams.left++;
  }
}

const same = { description: '', replies: [] } as const;
const routes = [
  route({
    ...{ ...same, method: 'POST', path: '/echo', scope: 'submit', name: 'echo' },
    body: { schema: z.strictObject({ a: z.int() }), bytesMax: 100 },
    handle({ body, caller }) {
      handled++;
      return { kind: 'json', body: { ...body, name: caller.name } };
    },
  }),
  route({
    ...{ ...same, method: 'POST', path: '/large', scope: 'none', name: 'large' },
    body: { schema: z.strictObject({ a: z.json() }), bytesMax: limits.httpTensorBodyBytesMax },
    handle: () => ({ kind: 'json', body: {} }),
  }),
  route({
    ...{ ...same, method: 'GET', path: '/open', scope: 'none', name: 'open' },
    handle: ({ caller }) => ({ kind: 'json', body: { name: caller.name } }),
  }),
  route({
    ...{ ...same, method: 'GET', path: '/broken', scope: 'none', name: 'broken' },
    handle() {
      throw new Error('a secret');
    },
  }),
  route({
    ...{ ...same, method: 'GET', path: '/events', scope: 'read', name: 'events' },
    handle: ({ left }) => ({ kind: 'events', events: endless(left) }),
  }),
  route({
    ...{ ...same, method: 'GET', path: '/late', scope: 'none', name: 'late' },
    handle: () => ({ kind: 'stream', type: 'text/plain', pieces: brokenOff() }),
  }),
];

async function* brokenOff(): AsyncGenerator<string> {
  yield 'half';
  throw new Error('the disk is gone');
}

let server: RunningHttpServer;
beforeAll(async () => {
  const log = pino({ level: 'silent' });
  const options = { site: {} as Site, routes, authenticator, hosts: ['known.example'], log };
  server = await startHttpServer(options, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const to = (path: string, asked?: Asked) => ask(server.port, path, asked);
const bearer = (scope: string) => ({ authorization: `Bearer ${scope}` });
const echo = (body: unknown, headers: Record<string, string> = bearer('submit')) =>
  to('/echo', { body, headers });

describe('the HTTP port', () => {
  it('asks for the scope that the route has, before it looks at anything else', async () => {
    expect(await echo({ a: 1 })).toMatchObject({ status: 200, json: { a: 1, name: 'tester' } });
    expect((await echo({ a: 1 }, bearer('admin'))).status).toBe(200);
    const before = handled;
    expect(await echo('no json', {})).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      json: { error: { code: 'UNAUTHENTICATED' } },
    });
    expect((await echo({ a: 1 }, bearer('read'))).status).toBe(403);
    expect((await echo({ a: 1 }, { authorization: 'Basic submit' })).status).toBe(401);
    expect(handled).toBe(before);
    expect((await to('/open')).json).toEqual({ name: 'nobody' });
  });

  it('refuses the names of others, so that no page can be made of the same origin', async () => {
    for (const host of ['evil.example', 'evil.example:80', 'localhost.evil.example']) {
      expect(await to('/open', { headers: { host } })).toMatchObject({
        status: 421,
        json: { error: { code: 'MISDIRECTED_REQUEST' } },
      });
    }
    expect((await to('/open', { headers: { host: 'known.example' } })).status).toBe(200);
    expect(
      (await to('http://evil.example/open', { headers: { host: 'evil.example' } })).status,
    ).toBe(421);
  });

  it('has the headers of a page that nobody embeds on every answer, none of CORS', async () => {
    const origin = { origin: 'https://evil.example' };
    for (const path of ['/open', '/nothing', '/echo', '/broken']) {
      const { headers } = await to(path, { headers: origin });
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect((await to('/echo', { method: 'OPTIONS', headers: origin })).status).toBe(405);
  });

  it('takes JSON and nothing that a form can send, of at most so many bytes', async () => {
    const form = { ...bearer('submit'), 'content-type': 'text/plain' };
    expect((await echo('{"a":1}', form)).status).toBe(415);
    const packed = { ...bearer('submit'), 'content-encoding': 'gzip' };
    expect((await echo('{"a":1}', packed)).status).toBe(415);
    expect((await echo('{"a":1')).json).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect((await echo({ a: 1, pad: 'x'.repeat(200) })).status).toBe(413);
    const chunked = { ...bearer('submit'), 'transfer-encoding': 'chunked' };
    expect((await echo(`{"a":1,"b":"${'x'.repeat(200)}"}`, chunked)).status).toBe(413);
    expect((await to('/open', { headers: { pad: 'x'.repeat(10_000) } })).status).toBe(431);
  });

  it('takes no body whose check would hold up everybody else', async () => {
    const text = (body: string) => to('/large', { body });
    expect((await text(`{"a":[${'1,'.repeat(3_000_000)}1]}`)).bytes.toString()).toContain(
      'more than 20000 values',
    );
    const deep = await text(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    expect(deep.bytes.toString()).toContain('nested more than 32 deep');
    const keys = Array.from({ length: 50_000 }, (_, k) => `"k${k}":1`).join();
    expect((await text(`{${keys}}`)).bytes.length).toBeLessThan(300);
  });

  it('a fault of ours shows a reference and no text', async () => {
    const { status, bytes } = await to('/broken');
    expect(status).toBe(500);
    expect(bytes.toString()).toMatch(/INTERNAL \(ref [0-9a-f]{8}\)/);
    expect(bytes.toString()).not.toContain('secret');
  });

  it('half an answer is broken off, so that nobody takes it for a whole one', async () => {
    await expect(to('/late')).rejects.toThrowError(/aborted|hang up|ECONNRESET/);
  });

  it('HEAD is GET without its body', async () => {
    const { status, bytes, headers } = await to('/open', { method: 'HEAD' });
    expect({ status, length: bytes.length }).toEqual({ status: 200, length: 0 });
    expect(headers['content-length']).toBe('17');
  });

  it('HEAD of a stream ends: the next request on the connection is answered', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const head = (start: string) => `${start} HTTP/1.1\r\nhost: localhost\r\n`;
    socket.write(`${head('HEAD /events')}authorization: Bearer read\r\n\r\n`);
    socket.end(`${head('GET /open')}connection: close\r\n\r\n`);
    const text = (await socket.toArray()).join('');
    expect(text.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    expect(text).toContain('{"name":"nobody"}');
  });

  it('what is no HTTP is answered, and the port lives', async () => {
    for (const text of [
      '\0\0\0\0',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /open HTTP/1.1\r\n\r\n',
      'x\r\n\r\n',
    ]) {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      socket.end(text).resume();
      await once(socket, 'close');
    }
    expect((await to('/open')).status).toBe(200);
  });

  it('a stream ends with its reader, and there are at most so many', async () => {
    const open: AbortController[] = [];
    // a response that nobody holds may be collected, and its stream ends with it
    const held: Response[] = [];
    const opened = async () => {
      const left = new AbortController();
      const options = { headers: bearer('read'), signal: left.signal };
      const response = await fetch(`http://127.0.0.1:${server.port}/events`, options);
      if (response.ok) open.push(left);
      held.push(response);
      return response.status;
    };
    for (let k = 0; k < limits.httpStreamsMax; k++) expect(await opened()).toBe(200);
    expect(await opened()).toBe(429);
    for (const left of open) left.abort();
    await expect.poll(() => streams.left).toBe(limits.httpStreamsMax);
    expect(await opened()).toBe(200);
    expect(held).toHaveLength(limits.httpStreamsMax + 2);
    open.at(-1)?.abort();
  });
});
