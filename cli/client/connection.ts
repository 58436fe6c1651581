/** One coordinator and how it is called: every call has an end, every error is a SamplerError. */
import { connectivityState } from '@grpc/grpc-js';
import type {
  CallOptions,
  ClientReadableStream,
  ClientUnaryCall,
  ClientWritableStream,
  requestCallback,
} from '@grpc/grpc-js';

import type { SamplerClient } from '../../proto/generated/isochron/v1/Sampler.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { fromServiceError, isForeign } from '../../shared/protocol/status.ts';

export interface Connection {
  readonly stub: SamplerClient;
  /** Why TLS refuses the coordinator, or it us, for good. */
  readonly refusal: () => string | undefined;
  readonly address: string;
  readonly timeoutMs: number;
  /** How long a coordinator that was reached before may be away. */
  readonly outageMs: number;
  /** Set when the client was closed. */
  readonly closed: AbortSignal;
  /** Of one call: its caller may end it. */
  readonly signal?: AbortSignal | undefined;
  /** Of the coordinator, shared by all calls. */
  readonly once: { reached: boolean };
}

/**
 * A coordinator that is just starting may take this long; one that is not there costs the user no
 * more. Part of a call's time-out, not on top of it.
 */
const CONNECT_MS_MAX = 5_000;

export type Method<Reply> = (
  stub: SamplerClient,
  options: CallOptions,
  callback: requestCallback<Reply>,
) => ClientUnaryCall | ClientWritableStream<never>;

/** A call with one answer; what it sends, one message or a stream of them, is the method's own. */
export async function unary<Reply>(
  connection: Connection,
  method: Method<Reply>,
  timeoutMs = connection.timeoutMs,
): Promise<Reply> {
  const deadline = Date.now() + timeoutMs;
  await whenReady(connection);
  const { stub, signal } = connection;
  return new Promise((resolve, reject) => {
    const call = method(stub, { deadline }, (error, reply) => {
      signal?.removeEventListener('abort', cancel);
      if (error !== null) reject(explained(connection, error));
      else if (reply === undefined) reject(unreachableError(connection, 'sent no answer'));
      else resolve(reply);
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel);
  });
}

/**
 * Resolves once the coordinator has been reached. Like grpc-js's `waitForReady`, which on a channel
 * closed meanwhile connects again and holds the process until its deadline (measured: 1.14.7).
 */
export async function whenReady(connection: Connection): Promise<void> {
  const { stub, address, signal } = connection;
  const connectMs = Math.min(connection.timeoutMs, CONNECT_MS_MAX);
  const deadline = Date.now() + connectMs;
  return new Promise((resolve, reject) => {
    const settle = (error?: SamplerError): void => {
      signal?.removeEventListener('abort', leave);
      if (error) reject(error);
      else resolve();
    };
    const leave = (): void => settle(endedByCaller(connection));
    signal?.addEventListener('abort', leave);
    const look = (error?: Error): void => {
      if (isEnded(connection)) return leave();
      const refused = connection.refusal();
      if (refused !== undefined) return settle(notTrusted(address, refused));
      if (error !== undefined) return settle(cannotReach(address, connectMs));
      const channel = stub.getChannel();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) {
        connection.once.reached = true;
        settle();
      } else channel.watchConnectivityState(state, deadline, look);
    };
    look();
  });
}

/** Whether the client was closed, or the call was ended by whoever made it. */
export function isEnded({ closed, signal }: Connection): boolean {
  return closed.aborted || signal?.aborted === true;
}

function endedByCaller({ closed, signal }: Connection): SamplerError {
  if (closed.aborted) return new SamplerError('CANCELLED', 'the client was closed');
  return new SamplerError('CANCELLED', 'the signal ended the call', { cause: signal?.reason });
}

/** Trying again changes nothing. */
function notTrusted(address: string, why: string): SamplerError {
  return new SamplerError('UNAUTHENTICATED', `coordinator ${address}: TLS: ${why}`);
}

export interface StreamOptions {
  /** How long the first message may take, by default as long as a call. */
  readonly firstMsMax?: number;
  /** The longest silence after it, by default without end. */
  readonly silenceMsMax?: number;
}

/** The messages of a stream; leaving the loop early cancels the call. */
export async function* messages<Message>(
  connection: Connection,
  call: ClientReadableStream<Message>,
  options: StreamOptions = {},
): AsyncGenerator<Message> {
  const { firstMsMax = connection.timeoutMs, silenceMsMax } = options;
  const { signal } = connection;
  let silentMs: number | undefined;
  const cancel = (): void => call.cancel();
  const limitSilence = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      silentMs = ms;
      call.cancel();
    }, ms);
  let silence = limitSilence(firstMsMax);
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted === true) cancel();
  // After the loop has been left, cancelling still emits an error, and nobody would listen.
  call.on('error', () => undefined);
  try {
    for await (const message of call as AsyncIterable<Message>) {
      clearTimeout(silence);
      yield message;
      if (silenceMsMax !== undefined) silence = limitSilence(silenceMsMax);
    }
  } catch (error) {
    if (silentMs === undefined) throw explained(connection, error);
    throw unreachableError(connection, `said nothing for ${Math.round(silentMs)} ms`);
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}

/** gRPC's own texts name sockets and internals; the user wants to know whom we could not reach. */
function explained(connection: Connection, thrown: unknown): SamplerError {
  if (isEnded(connection)) return endedByCaller(connection);
  const error = fromServiceError(thrown);
  const { address, timeoutMs } = connection;
  if (error.code === 'UNREACHABLE') {
    return unreachableError(connection, `went away (${error.message})`, thrown);
  }
  if (error.code === 'CANCELLED' && isForeign(thrown)) {
    // nobody here did: a coordinator that is stopped ends its streams so
    return unreachableError(connection, `ended the call (${error.message})`, thrown);
  }
  if (error.code === 'DEADLINE_MISSED') {
    return unreachableError(connection, `gave no answer in ${timeoutMs} ms`, thrown);
  }
  if (error.code !== 'VERSION_SKEW') return error;
  return new SamplerError(
    'VERSION_SKEW',
    `what answers at ${address} is no coordinator of this version: ${error.message}`,
    { cause: thrown },
  );
}

function cannotReach(address: string, afterMs: number): SamplerError {
  return new SamplerError(
    'UNREACHABLE',
    `cannot reach a coordinator at ${address} (tried for ${Math.round(afterMs / 1000)} s); start ` +
      'one with `isochron up`, or name another address with --coordinator',
    { context: { coordinator: address } },
  );
}

function unreachableError({ address }: Connection, what: string, cause?: unknown): SamplerError {
  return new SamplerError('UNREACHABLE', `the coordinator at ${address} ${what}`, {
    context: { coordinator: address },
    ...(cause === undefined ? {} : { cause }),
  });
}
