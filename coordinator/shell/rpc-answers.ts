/** How calls of the client port are answered: by whom they are made, and what is told of errors. */
import type {
  Metadata,
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceError,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { toServiceError } from '../../shared/protocol/status.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { authorizationOf } from './auth/gate.ts';
import { openCalls } from './auth/open-calls.ts';
import type { Principal } from './auth/principal.ts';
import { logInternal } from './log-internal.ts';
import { withTraceParent } from './tracing/trace-parent.ts';

export interface AnswerOptions {
  readonly authenticator: Authenticator;
  readonly log: Logger;
}

/** What every kind of call has. */
interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getPath(): string;
}

export function rpcAnswers({ authenticator, log }: AnswerOptions) {
  const open = openCalls(authenticator);
  const callerOf = ({ metadata }: AnyCall): Principal =>
    authenticator.authenticate(authorizationOf(metadata));

  /** Whoever has broken a call off is to blame for what came of it, and is told nothing. */
  const told = (call: AnyCall, thrown: unknown): ServiceError =>
    toServiceError(call.cancelled ? thrown : logInternal(log, thrown, { rpc: call.getPath() }));

  /** One reply, whatever the call sends. */
  function answer<Reply>(
    call: AnyCall,
    handle: (caller: Principal) => Reply | Promise<Reply>,
    reply: sendUnaryData<Reply>,
  ): void {
    const handled = async (): Promise<Reply> => traced(call, () => handle(callerOf(call)));
    handled().then(
      (value) => reply(null, value),
      (error: unknown) => reply(told(call, error)),
    );
  }

  function unary<Request, Reply>(
    handle: (caller: Principal, request: Request) => Reply | Promise<Reply>,
  ) {
    return (call: ServerUnaryCall<Request, Reply>, reply: sendUnaryData<Reply>): void =>
      answer(call, (caller) => handle(caller, call.request), reply);
  }

  function streaming<Request, Message>(
    handle: (caller: Principal, request: Request, left: AbortSignal) => AsyncIterable<Message>,
  ) {
    return (call: ServerWritableStream<Request, Message>): void => {
      const left = new AbortController();
      call.on('cancelled', () => left.abort());
      call.on('error', () => left.abort());
      // the status of an error is sent where it is emitted, and none where a stream is destroyed
      const fail = (error: unknown): void => void call.emit('error', told(call, error));
      const send = async (): Promise<void> => {
        const caller = callerOf(call);
        const messages = handle(caller, call.request, left.signal);
        // its end comes at once, also where a slow reader is being waited for
        const unfollow = open.follow(authorizationOf(call.metadata), caller, fail);
        await pipe(messages, call).finally(unfollow);
      };
      send().catch(fail);
    };
  }

  return { answer, unary, streaming };
}

/** What the call starts belongs to the trace of the caller, if it has one. */
function traced<Reply>({ metadata }: AnyCall, handle: () => Reply): Reply {
  return withTraceParent(metadata.get('traceparent')[0]?.toString(), handle);
}

async function pipe<Message>(
  messages: AsyncIterable<Message>,
  call: ServerWritableStream<unknown, Message>,
): Promise<void> {
  const writer = new OrderedWriter<Message>(call);
  for await (const message of messages) if (!(await writer.write([message]))) return;
  call.end();
}
