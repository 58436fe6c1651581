import { ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bind, createGrpcServer, parseAddress } from '../../coordinator/shell/listen.ts';
import type { Listening } from '../../shared/protocol/listen.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { connections, framed, type Connections } from '../fuzz/requests/transport.ts';

const getJob = '/isochron.v1.Sampler/GetJob';
const control = '/isochron.v1.Fleet/Control';
/** A wire type that there is not. */
const nonsense = framed(Buffer.of(0x0f));
const nothing = framed(Buffer.alloc(0));

describe('a message that cannot be read', () => {
  let listening: Listening;
  let calls: Connections;

  beforeAll(async () => {
    const server = createGrpcServer();
    server.addService(loadPackage().Sampler.service, {
      GetJob: (_call: unknown, reply: (error: null, value: object) => void) => reply(null, {}),
    });
    server.addService(loadPackage().Fleet.service, {
      // answers each message, also while one that cannot be read is on its way
      Control: (call: ServerDuplexStream<object, object>) => {
        call.on('data', () => call.write({ heard: { number: 1 } }));
        call.on('end', () => setImmediate(() => call.end()));
        call.on('error', () => undefined);
      },
    });
    const door = {
      flag: '--listen',
      address: parseAddress('--listen', '127.0.0.1:0'),
      credentials: ServerCredentials.createInsecure(),
    };
    listening = await bind(server, door);
    calls = connections(listening.port, 1);
  });

  afterAll(() => {
    calls.close();
    listening.close();
  });

  test('of one that can, there is the answer', async () => {
    const { kind } = await calls.call({ path: getJob, pieces: [nothing], ends: true });
    expect(kind).toBe('OK');
  });

  test('is a mistake of the caller, and named', async () => {
    const outcome = await calls.call({ path: getJob, pieces: [nonsense], ends: true });
    expect(outcome.kind).toBe('INVALID_ARGUMENT');
    expect(outcome.text).toMatch(/GetJob: found bytes that are no such message: .+; expected/);
  });

  test('in the middle of a stream that still writes, its peer hears why', async () => {
    const many = Array.from({ length: 100 }, () => nothing);
    const pieces = [...many, nonsense, ...many, ...many];
    const outcome = await calls.call({ path: control, pieces, ends: true });
    expect(outcome.kind).toBe('INVALID_ARGUMENT');
  });
});
