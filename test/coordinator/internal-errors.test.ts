/** Faults of ours: a caller reads a reference, and the log has what it is about. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Client } from '../../cli/client.ts';
import type { Authenticator } from '../../coordinator/shell/auth/authenticator.ts';
import { gate } from '../../coordinator/shell/auth/gate.ts';
import { addClientServices } from '../../coordinator/shell/client-services.ts';
import { startHttpServer } from '../../coordinator/shell/http/http-server.ts';
import { route, type Site } from '../../coordinator/shell/http/route.ts';
import { createGrpcServer } from '../../coordinator/shell/listen.ts';
import type { SamplerService } from '../../coordinator/shell/sampler-service.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { listen } from '../../shared/protocol/listen.ts';
import { ask } from '../support/http-cluster.ts';

const fault = (): never => {
  throw new Error('no such file: /root/secret');
};

async function* broken(): AsyncGenerator<never> {
  yield await Promise.reject(new Error('no such file: /root/secret'));
}

/** Only what is called here. */
const service = {
  job: fault,
  watch: broken,
  plan: () => Promise.reject(new SamplerError('OVERLOADED', 'too many')),
} as unknown as SamplerService;

let admits = true;
const authenticator: Authenticator = {
  authenticate: () =>
    admits ? { name: 'tester', tenant: 'default', scopes: new Set(['admin'] as const) } : fault(),
};

type Line = Readonly<Record<string, unknown>>;

const lines: Line[] = [];
const write = (line: string): void => void lines.push(JSON.parse(line) as Line);
const log = pino({ level: 'debug' }, { write });
const faults = () => lines.filter(({ msg }) => msg === 'internal error');
const closing: (() => unknown)[] = [];

beforeEach(() => {
  admits = true;
  lines.length = 0;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function dialled(): Promise<Client> {
  const server = createGrpcServer([gate(authenticator, log)]);
  addClientServices(server, { service, authenticator, log });
  const { port, close } = await listen(server, '127.0.0.1:0');
  const client = new Client({ coordinator: `127.0.0.1:${port}`, token: 't' });
  closing.push(close, () => client.close());
  return client;
}

const caught = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => SamplerError.from(error),
  );

async function watched(client: Client): Promise<void> {
  for await (const _event of client.watch('j'));
}

describe('a fault of ours', () => {
  it.each([
    ['one answer', 'GetJob', (client: Client) => client.job('j')],
    ['a stream', 'Watch', watched],
  ])('over gRPC, %s, is in the log under the reference', async (_kind, rpc, call) => {
    const error = await caught(call(await dialled()));
    const ref = String(error?.context['reference']);
    expect(error).toMatchObject({ code: 'INTERNAL', message: `INTERNAL (ref ${ref})` });
    expect(faults()).toMatchObject([
      { rpc: `/isochron.v1.Sampler/${rpc}`, ref, err: { message: 'no such file: /root/secret' } },
    ]);
  });

  it('at the door of gRPC is in the log too', async () => {
    const client = await dialled();
    admits = false;
    const error = await caught(client.job('j'));
    expect(faults()).toMatchObject([{ ref: error?.context['reference'] }]);
  });

  it('over HTTP is in the log in the same words', async () => {
    const about = { name: 'broken', description: '', replies: [], scope: 'none' } as const;
    const query = z.strictObject({ prompt: z.string() });
    const routes = [route({ ...about, method: 'GET', path: '/broken', query, handle: fault })];
    const options = { site: {} as Site, routes, authenticator, hosts: [], log };
    const server = await startHttpServer(options, { host: '127.0.0.1', port: 0 });
    closing.push(() => server.close());
    const { bytes } = await ask(server.port, '/broken?prompt=x');
    const [, ref] = /INTERNAL \(ref ([0-9a-f]{8})\)/.exec(bytes.toString()) ?? [];
    expect(faults()).toMatchObject([{ method: 'GET', path: '/broken', ref, code: 'INTERNAL' }]);
  });
});

it('what is the fault of a caller, or of nobody, is not in the log as one of ours', async () => {
  const error = await caught((await dialled()).plan({ model: 'm', solver: 'ddim', steps: 4 }));
  expect(error).toMatchObject({ code: 'OVERLOADED' });
  expect(faults()).toEqual([]);
});
