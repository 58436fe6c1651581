/** What a call may bring along is bounded before anybody looks at it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCoordinator, type RunningCoordinator } from '../../coordinator/main.ts';
import { limits } from '../../shared/kernel/limits.ts';

let folder: string;
let coordinator: RunningCoordinator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-limits-'));
  const any = '127.0.0.1:0';
  const log = pino({ level: 'silent' });
  coordinator = await startCoordinator({ listen: any, workerListen: any, dataDir: folder, log });
});

afterAll(async () => {
  await coordinator.close();
  await rm(folder, { recursive: true, force: true });
});

/** The status of a call with so many bytes of metadata, or that HTTP/2 ended it. */
async function statusOf(port: number, bytes: number, settled: boolean): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  // an end of the connection is an answer too
  session.on('error', () => undefined);
  // its limit counts once this side has heard of it, which the answer to a ping is behind
  if (settled) {
    await once(session, 'remoteSettings');
    await new Promise((resolve) => session.ping(resolve));
  }
  const stream = session.request({
    ':method': 'POST',
    ':path': '/isochron.v1.Sampler/ListJobs',
    'content-type': 'application/grpc',
    te: 'trailers',
    'x-large': 'a'.repeat(bytes),
  });
  stream.on('error', () => undefined);
  const answered = once(stream, 'response').then(([headers]) =>
    String((headers as Record<string, unknown>)['grpc-status']),
  );
  const ended = new Promise<string>((resolve) => {
    stream.once('close', () => resolve(`ended with ${stream.rstCode}`));
  });
  const found = await Promise.race([answered.catch(() => ended), ended]);
  session.destroy();
  return found;
}

it('metadata on the client port has at most 8 KiB', async () => {
  const ask = (bytes: number, settled: boolean) =>
    statusOf(coordinator.ports.client, bytes, settled);
  const most = limits.metadataBytesMax;
  expect(await ask(most / 2, true)).toBe(String(status.UNAUTHENTICATED));
  expect(await ask(most, true)).toBe(`ended with ${constants.NGHTTP2_ENHANCE_YOUR_CALM}`);
  expect(await ask(most, false)).toBe(String(status.RESOURCE_EXHAUSTED));
  // and others go on
  expect(await ask(10, false)).toBe(String(status.UNAUTHENTICATED));
});
