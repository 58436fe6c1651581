/**
 * A model server that speaks the Open Inference Protocol: its calls, and what is done when one
 * fails. A server that restarts, or has too much to do, is waited for; what it refuses is not sent
 * again.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ClientUnaryCall,
  type requestCallback,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { join } from 'node:path';
import type * as rpc from '../../../proto/generated/inference/GRPCInferenceService.ts';
import type { ModelInferRequest } from '../../../proto/generated/inference/ModelInferRequest.ts';
import type * as inferResponse from '../../../proto/generated/inference/ModelInferResponse.ts';
import type * as modelMetadata from '../../../proto/generated/inference/ModelMetadataResponse.ts';
import type * as modelReady from '../../../proto/generated/inference/ModelReadyResponse.ts';
import type { ProtoGrpcType } from '../../../proto/generated/open_inference.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { isForeign } from '../../../shared/protocol/status.ts';
import { loaderOptions } from '../../../shared/protocol/loader.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { unusable } from '../model-file.ts';
import type { OipAddress } from './address.ts';

export interface OipServer {
  /** As in `--backend`, for messages. */
  readonly name: string;
  /** Resolves once the server has loaded the model. */
  ready(): Promise<void>;
  metadata(): Promise<modelMetadata.ModelMetadataResponse__Output>;
  infer(
    request: Omit<ModelInferRequest, 'modelName' | 'modelVersion'>,
  ): Promise<inferResponse.ModelInferResponse__Output>;
  close(): void;
}

/** A server may take so long to load its models. */
const READY_MS = 120_000;
/** And so long to come back: with it a block goes to another worker. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 50;
const PAUSE_MS_MAX = 1_000;

const transient: readonly unknown[] = [
  status.CANCELLED,
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED,
];

/** Waits, in milliseconds; tests have less of it. */
export interface Patience {
  readonly readyMs: number;
  readonly patienceMs: number;
}

/** @throws MODEL_UNUSABLE for a file of headers, or of an authority, that cannot be read */
export async function connectOip(
  address: OipAddress,
  { readyMs, patienceMs }: Patience = { readyMs: READY_MS, patienceMs: PATIENCE_MS },
): Promise<OipServer> {
  const { server, model, version, deadlineMs } = address;
  const name = `oip:${server}/${model}`;
  const headers = await headersOf(address);
  const client = openClient(server, await credentialsOf(address));
  const closing = new AbortController();
  const call = <Reply>(method: Method<Reply>): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + deadlineMs };
      method(client, headers, options, (error, reply) => {
        if (error) reject(error);
        else if (reply === undefined) reject(new Error('it sent no answer'));
        else resolve(reply);
      });
    });
  const askReady = () =>
    call<modelReady.ModelReadyResponse__Output>((stub, meta, options, done) =>
      stub.modelReady({ name: model, version }, meta, options, done),
    );
  const isReady = async (): Promise<boolean> =>
    (await askReady().catch(() => undefined))?.ready === true;
  const insist = <Reply>(method: Method<Reply>): Promise<Reply> =>
    persist(name, () => call(method), { patienceMs, closing: closing.signal, isReady });
  return {
    name,
    ready: async () => {
      const deadline = performance.now() + readyMs;
      let why = 'it says that it is not';
      while (performance.now() < deadline) {
        const answer = await askReady().catch((error: unknown) => {
          why = textOf(error);
          return undefined;
        });
        if (answer?.ready) return;
        await sleep(PAUSE_MS_MAX / 4, undefined, { signal: closing.signal });
      }
      const found = `no model that is ready after ${Math.round(readyMs / 1000)} s (${why})`;
      throw unusable(name, found, 'one', 'start the server with it, or correct its name');
    },
    metadata: () =>
      insist((stub, meta, options, done) =>
        stub.modelMetadata({ name: model, version }, meta, options, done),
      ),
    infer: (request) => {
      const whole = { ...request, modelName: model, modelVersion: version };
      return insist((stub, meta, options, done) => stub.modelInfer(whole, meta, options, done));
    },
    close: () => {
      closing.abort();
      client.close();
    },
  };
}

type Method<Reply> = (
  stub: rpc.GRPCInferenceServiceClient,
  headers: Metadata,
  options: CallOptions,
  done: requestCallback<Reply>,
) => ClientUnaryCall;

function openClient(server: string, secure: ChannelCredentials): rpc.GRPCInferenceServiceClient {
  const files = ['inference/open_inference.proto'];
  const includeDirs = [join(packageRoot(), 'proto')];
  const definition = loadSync(files, { ...loaderOptions, includeDirs });
  const { inference } = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
  return new inference.GRPCInferenceService(server, secure, {
    // a batch and its conditions: the server has limits of its own, and says so
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc-node.flow_control_window': 8 * 1024 * 1024,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
  });
}

async function credentialsOf({ tls, authority }: OipAddress): Promise<ChannelCredentials> {
  if (!tls) return credentials.createInsecure();
  return credentials.createSsl(authority === '' ? null : await read(authority));
}

async function headersOf({ headers: file }: OipAddress): Promise<Metadata> {
  const metadata = new Metadata();
  if (file === '') return metadata;
  for (const line of (await read(file)).toString('utf8').split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, name, value] = /^([A-Za-z0-9._-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      // not the line itself: it may be a secret
      throw unusable(file, 'a line that is no header', '"Name: value"', 'correct it');
    }
    metadata.add(name.toLowerCase(), value);
  }
  return metadata;
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw unusable(file, textOf(error), 'a file that can be read', 'correct --backend');
  });
}

interface Persistence {
  readonly patienceMs: number;
  readonly closing: AbortSignal;
  readonly isReady: () => Promise<boolean>;
}

async function persist<Reply>(
  name: string,
  attempt: () => Promise<Reply>,
  { patienceMs, closing, isReady }: Persistence,
): Promise<Reply> {
  const deadline = performance.now() + patienceMs;
  let refusals = 0;
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    try {
      return await attempt();
    } catch (error) {
      if (closing.aborted) throw new SamplerError('CANCELLED', 'the backend was closed');
      // a server that stops or loads refuses what it knows when it is up (Triton: unknown model);
      // one that has become ready since then is asked once more
      const stands = !isTransient(error) && (await isReady());
      if (stands && ++refusals > 1) throw refused(name, error);
      if (performance.now() + pauseMs > deadline) throw lost(name, patienceMs, error);
      await sleep(pauseMs);
    }
  }
}

/** A message that is too large today is too large tomorrow. */
function isTransient(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return transient.includes(code) && !/larger than max/i.test(textOf(error));
}

function refused(name: string, error: unknown): SamplerError {
  const advice = /larger than max/i.test(textOf(error))
    ? 'raise its limit of messages, or send smaller batches (batch=N)'
    : 'see the log of the server';
  const text = `${name}: the model server refused a call: ${textOf(error)}; ${advice}`;
  return new SamplerError('MODEL_UNUSABLE', text, { cause: error });
}

function lost(name: string, afterMs: number, error: unknown): SamplerError {
  const text = `${name}: no answer for ${Math.round(afterMs / 1000)} s: ${textOf(error)}`;
  return new SamplerError('UNREACHABLE', text, { retriable: true, cause: error });
}

function textOf(error: unknown): string {
  if (isForeign(error) && error instanceof Error && 'details' in error)
    return String(error.details);
  return error instanceof Error ? error.message : String(error);
}
