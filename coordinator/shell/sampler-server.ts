/** The sampler service over gRPC, on the client port. */
import type { Metadata, sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import type { SamplerHandlers } from '../../proto/generated/isochron/v1/Sampler.ts';
import type { SamplerError } from '../../shared/protocol/errors.ts';
import { toServiceError } from '../../shared/protocol/status.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { authorizationOf } from './auth/gate.ts';
import { openCalls } from './auth/open-calls.ts';
import type { Principal } from './auth/principal.ts';
import type { SamplerService } from './sampler-service.ts';
import { withTraceParent } from './tracing/trace-parent.ts';

export interface SamplerServerOptions {
  readonly service: SamplerService;
  readonly authenticator: Authenticator;
}

export function samplerHandlers(options: SamplerServerOptions): SamplerHandlers {
  const { service, authenticator } = options;
  const callerOf = ({ metadata }: { readonly metadata: Metadata }): Principal =>
    authenticator.authenticate(authorizationOf(metadata));
  const open = openCalls(authenticator);

  function unary<Request, Reply>(
    handle: (caller: Principal, request: Request) => Reply | Promise<Reply>,
  ) {
    return (call: ServerUnaryCall<Request, Reply>, reply: sendUnaryData<Reply>): void =>
      answer(async () => traced(call, () => handle(callerOf(call), call.request)), reply);
  }

  function streaming<Request, Message>(
    handle: (caller: Principal, request: Request, left: AbortSignal) => AsyncIterable<Message>,
  ) {
    return (call: ServerWritableStream<Request, Message>): void => {
      const left = new AbortController();
      call.on('cancelled', () => left.abort());
      call.on('error', () => left.abort());
      const send = async (): Promise<void> => {
        const caller = callerOf(call);
        const messages = handle(caller, call.request, left.signal);
        // at once, also where a slow reader is being waited for
        const end = (error: SamplerError): void => fail(call, error);
        const unfollow = open.follow(authorizationOf(call.metadata), caller, end);
        await pipe(messages, call).finally(unfollow);
      };
      send().catch((error: unknown) => fail(call, error));
    };
  }

  return {
    Submit: unary((caller, request) => service.submit(caller, request)),
    SubmitTrajectory: (call, reply) =>
      answer(async () => traced(call, () => service.submitTrajectory(callerOf(call), call)), reply),
    Plan: unary((caller, request) => service.plan(caller, request)),
    GetJob: unary((caller, { job }) => service.job(caller, job)),
    Cancel: unary((caller, { job }) => service.cancel(caller, job)),
    ListJobs: unary((caller, request) => service.jobs(caller, request)),
    GetLoad: unary((caller) => service.load(caller)),
    ListWorkers: unary((caller) => service.workers(caller)),
    ListModels: unary((caller) => service.models(caller)),
    Drain: unary((caller, { worker }) => service.drain(caller, worker)),
    Watch: streaming((caller, { job, previews, trace }, signal) =>
      service.watch(caller, job, { previews, trace, signal }),
    ),
    Result: streaming((caller, wants) => service.result(caller, wants)),
  };
}

/** What the call starts belongs to the trace of the caller, if it has one. */
function traced<Reply>(call: { readonly metadata: Metadata }, handle: () => Reply): Reply {
  return withTraceParent(call.metadata.get('traceparent')[0]?.toString(), handle);
}

function answer<Reply>(handle: () => Promise<Reply>, reply: sendUnaryData<Reply>): void {
  handle().then(
    (value) => reply(null, value),
    (error: unknown) => reply(toServiceError(error)),
  );
}

async function pipe<Message>(
  messages: AsyncIterable<Message>,
  call: ServerWritableStream<unknown, Message>,
): Promise<void> {
  const writer = new OrderedWriter<Message>(call);
  for await (const message of messages) if (!(await writer.write([message]))) return;
  call.end();
}

/** The status of an error is sent where it is emitted, and none where a stream is destroyed. */
function fail(call: { emit(event: 'error', error: Error): unknown }, error: unknown): void {
  call.emit('error', toServiceError(error));
}
