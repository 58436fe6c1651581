/** A model server that says what a test wants, and computes sample + 2 timestep + label. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type * as rpc from '../../../../proto/generated/inference/GRPCInferenceService.ts';
import type * as inferRequest from '../../../../proto/generated/inference/ModelInferRequest.ts';
import type * as inferResponse from '../../../../proto/generated/inference/ModelInferResponse.ts';
import type { ProtoGrpcType } from '../../../../proto/generated/open_inference.ts';
import { loaderOptions } from '../../../../shared/protocol/loader.ts';
import { packageRoot } from '../../../../shared/protocol/package-root.ts';

export interface SaidTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** The golden denoiser's inputs. */
export const usualInputs: readonly SaidTensor[] = [
  { name: 'sample', datatype: 'FP32', shape: [-1, 1, 4, 4] },
  { name: 'timestep', datatype: 'FP32', shape: [-1] },
  { name: 'class_label', datatype: 'INT64', shape: [-1] },
];

export interface FakeScript {
  inputs: readonly SaidTensor[];
  outputs: readonly SaidTensor[];
  ready: boolean;
  /** Codes of the next calls, in their order; afterwards they succeed. */
  failures: { readonly code: status; readonly details?: string }[];
  /** Milliseconds of a call. */
  delayMs: number;
  answer: (values: Float32Array, rows: number) => Partial<inferResponse.ModelInferResponse>;
}

export interface FakeServer {
  readonly address: string;
  readonly script: FakeScript;
  readonly calls: inferRequest.ModelInferRequest__Output[];
  readonly headers: Metadata[];
  /** Most calls at a time. */
  most: number;
  close(): void;
}

export const raw = (
  values: Float32Array,
  rows: number,
): Partial<inferResponse.ModelInferResponse> => ({
  outputs: [{ name: 'epsilon', datatype: 'FP32', shape: [rows, 1, 4, 4] }],
  rawOutputContents: [Buffer.from(values.buffer, values.byteOffset, values.byteLength)],
});

const golden = new URL('../../../golden/tls/', import.meta.url);
export const certificateFile = new URL('certificate.pem', golden);

export async function startFakeServer(
  changes: Partial<FakeScript> = {},
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<FakeServer> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const script: FakeScript = {
    inputs: usualInputs,
    outputs: [{ name: 'epsilon', datatype: 'FP32', shape: [-1, 1, 4, 4] }],
    ready: true,
    failures: [],
    delayMs: 0,
    answer: raw,
    ...changes,
  };
  const fake = { script, calls: [], headers: [], most: 0 } as unknown as FakeServer;
  server.addService(serviceOf(), { ...handlersOf(fake) });
  const key = {
    private_key: readFileSync(new URL('key.pem', golden)),
    cert_chain: readFileSync(certificateFile),
  };
  const secure = tls
    ? ServerCredentials.createSsl(null, [key])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', secure, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return Object.assign(fake, {
    address: `${tls ? 'localhost' : '127.0.0.1'}:${port}`,
    close: () => server.forceShutdown(),
  });
}

function serviceOf() {
  const includeDirs = [join(packageRoot(), 'proto')];
  const definition = loadSync('inference/open_inference.proto', { ...loaderOptions, includeDirs });
  const types = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
  return types.inference.GRPCInferenceService.service;
}

function handlersOf(fake: FakeServer): rpc.GRPCInferenceServiceHandlers {
  const { script } = fake;
  let open = 0;
  return {
    ServerReady: (_call, reply) => reply(null, { ready: true }),
    ModelReady: (_call, reply) => reply(null, { ready: script.ready }),
    ModelMetadata: (call, reply) => {
      fake.headers.push(call.metadata);
      const said = (tensors: readonly SaidTensor[]) =>
        tensors.map(({ shape, ...rest }) => ({ ...rest, shape: [...shape] }));
      reply(null, { inputs: said(script.inputs), outputs: said(script.outputs) });
    },
    ModelInfer: (call, reply) => {
      fake.calls.push(call.request);
      fake.most = Math.max(fake.most, ++open);
      const failure = script.failures.shift();
      setTimeout(() => {
        open--;
        if (failure) return reply(failureOf(failure));
        const { values, rows } = computed(call.request);
        reply(null, script.answer(values, rows));
      }, script.delayMs);
    },
  };
}

function failureOf({ code, details = 'as the test says' }: FakeScript['failures'][number]) {
  const error: ServiceError = Object.assign(new Error(details), {
    code,
    details,
    metadata: new Metadata(),
  });
  return error;
}

function computed(request: inferRequest.ModelInferRequest__Output): {
  values: Float32Array;
  rows: number;
} {
  const of = (name: string): number[] => {
    const at = request.inputs.findIndex((input) => input.name === name);
    return numbers(request.inputs[at]?.datatype ?? '', request.rawInputContents[at]);
  };
  const [sample, times, labels] = [of('sample'), of('timestep'), of('class_label')];
  const rows = sample.length / 16;
  const values = Float32Array.from(sample, (value, k) => {
    const row = Math.floor(k / 16);
    return value + 2 * (times[times.length === 1 ? 0 : row] ?? NaN) + (labels[row] ?? NaN);
  });
  return { values, rows };
}

function numbers(datatype: string, bytes: Buffer | undefined): number[] {
  const { buffer } = Uint8Array.from(bytes ?? []);
  const arrays = {
    FP32: Float32Array,
    FP16: Float16Array,
    INT64: BigInt64Array,
    INT32: Int32Array,
  } as const;
  const Numbers = arrays[datatype as keyof typeof arrays];
  return Array.from(new Numbers(buffer) as Iterable<number | bigint>, Number);
}
