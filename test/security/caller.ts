/** Any method of any service, called with anything, and what became of it. */
import {
  Client,
  credentials,
  Metadata,
  status,
  type ChannelCredentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadPackage } from '../../shared/protocol/loader.ts';

export type Method = MethodDefinition<object, object>;

export interface Answer {
  /** Of gRPC, by name. */
  readonly code: string;
  readonly details: string;
}

const DEADLINE_MS = 5_000;

/** Every method of these services, by path. */
function methodsOf(...services: object[]): Map<string, Method> {
  const methods = services.flatMap((service) => Object.values(service) as Method[]);
  return new Map(methods.map((method) => [method.path, method]));
}

/** What the client port serves, from the definitions that it serves it by. */
export function clientMethods(): Map<string, Method> {
  const require = createRequire(import.meta.url);
  const health = join(dirname(require.resolve('grpc-health-check/package.json')), 'proto');
  const reflection = dirname(require.resolve('@grpc/reflection/package.json'));
  const load = (file: string, includeDirs: string[]) =>
    Object.values(loadSync(file, { includeDirs })).filter(isService);
  return methodsOf(
    loadPackage().Sampler.service,
    ...load('health/v1/health.proto', [health]),
    ...load('grpc/reflection/v1/reflection.proto', [join(reflection, 'build', 'proto')]),
    ...load('grpc/reflection/v1alpha/reflection.proto', [join(reflection, 'build', 'proto')]),
  );
}

export function workerMethods(): Map<string, Method> {
  return methodsOf(loadPackage().Fleet.service);
}

function isService(found: object): found is ServiceDefinition {
  return Object.values(found).some((value) => typeof value === 'object' && 'path' in value);
}

export interface Call {
  readonly method: Method;
  readonly request: object;
  readonly authorization?: string | undefined;
}

/** A caller of one address, over one channel. */
export function createCaller(address: string, channel: ChannelCredentials = plain()) {
  const client = new Client(address, channel, { 'grpc.enable_retries': 0 });
  return {
    call: (call: Call) => answerOf(client, call),
    close: () => client.close(),
  };
}

export function plain(): ChannelCredentials {
  return credentials.createInsecure();
}

/** The first message or the end of it, whichever comes first. */
function answerOf(client: Client, { method, request, authorization }: Call): Promise<Answer> {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const options = { deadline: Date.now() + DEADLINE_MS };
  const { path, requestStream, responseStream } = method;
  const { requestSerialize: out, responseDeserialize: back } = method;
  return new Promise((resolve) => {
    const end = (error: ServiceError | null): void => {
      if (error === null) resolve({ code: 'OK', details: '' });
      else resolve({ code: status[error.code] ?? '?', details: error.details });
    };
    if (!requestStream && !responseStream) {
      client.makeUnaryRequest(path, out, back, request, metadata, options, end);
      return;
    }
    if (requestStream && !responseStream) {
      const call = client.makeClientStreamRequest(path, out, back, metadata, options, end);
      call.write(request);
      call.end();
      return;
    }
    const call = requestStream
      ? opened(client.makeBidiStreamRequest(path, out, back, metadata, options), request)
      : client.makeServerStreamRequest(path, out, back, request, metadata, options);
    call.on('error', (error: ServiceError) => end(error));
    call.on('data', () => {
      end(null);
      call.cancel();
    });
    call.on('end', () => end(null));
  });
}

function opened<Call extends { write(message: object): unknown }>(call: Call, first: object): Call {
  call.write(first);
  return call;
}
