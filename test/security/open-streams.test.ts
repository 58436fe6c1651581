/** Streams that are open when their token is revoked, or expires. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../cli/client.ts';
import { startCoordinator, type RunningCoordinator } from '../../coordinator/main.ts';
import {
  newToken,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { digestOf, noTokens } from '../../coordinator/shell/auth/tokens.ts';
import { until } from '../support/real-cluster.ts';

const any = '127.0.0.1:0';

let folder: string;
let coordinator: RunningCoordinator;
let operator: Client;
let watcher: Client;
let token: string;
let job: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-streams-'));
  const where = { listen: any, workerListen: any, httpListen: any, dataDir: folder };
  coordinator = await startCoordinator({ ...where, log: pino({ level: 'silent' }) });
  const address = `127.0.0.1:${coordinator.ports.client}`;
  operator = new Client({ coordinator: address });
  token = newToken();
  give();
  watcher = new Client({ coordinator: address, token });
  ({ job } = await operator.submit({ model: 'mixture6', solver: 'ddim', steps: 20 }));
});

afterEach(async () => {
  for (const client of [operator, watcher]) client.close();
  await coordinator.close();
  await rm(folder, { recursive: true, force: true });
});

function give(expires?: string): void {
  const entry = { name: 'watcher', tenant: 'default', sha256: digestOf(token) };
  const scopes: ['read'] = ['read'];
  const until = expires !== undefined && { expires };
  writeTokenList(tokenListFile(folder), { ...noTokens, tokens: [{ ...entry, scopes, ...until }] });
}

function revoke(): void {
  writeTokenList(tokenListFile(folder), { ...readTokenList(tokenListFile(folder)), tokens: [] });
}

const watchers = async () => (await operator.load()).watchers;

/** Resolves when the stream is open, with what it ends by. */
async function watch(): Promise<{ readonly ended: Promise<unknown> }> {
  const read = async (): Promise<void> => {
    for await (const { status } of watcher.watch(job)) expect(status.state).toBe('queued');
  };
  const ended = read().catch((error: unknown) => error);
  await until(async () => (await watchers()) === 1);
  return { ended };
}

describe('a Watch over gRPC ends with UNAUTHENTICATED', () => {
  it('when its token is revoked, and its place is free', async () => {
    const { ended } = await watch();
    revoke();
    expect(await ended).toMatchObject({ code: 'UNAUTHENTICATED', retriable: false });
    expect(await watchers()).toBe(0);
  });

  it('when its token expires', async () => {
    const { ended } = await watch();
    give(new Date(Date.now() + 1_500).toISOString());
    expect(await ended).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await watchers()).toBe(0);
  });
});

it('events over HTTP end with an error that says so', async () => {
  const url = `http://127.0.0.1:${coordinator.ports.http}/v1/jobs/${job}/events`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  await until(async () => (await watchers()) === 1);
  revoke();
  const text = await response.text();
  const events = text.split('\n\n').filter((event) => event.startsWith('event:'));
  expect(events[0]).toContain('event: status');
  const [, data = ''] = events.at(-1)?.split('\ndata: ') ?? [];
  expect(events.at(-1)).toContain('event: error');
  expect(JSON.parse(data)).toMatchObject({ error: { code: 'UNAUTHENTICATED', retriable: false } });
  expect(await watchers()).toBe(0);
});
