/**
 * A gRPC server that says INVALID_REQUEST to a message that it cannot read. grpc-js answers such a
 * message itself with INTERNAL "Error deserializing request" (1.14.7), which reads like a fault of
 * the coordinator and names nothing; no handler ever hears of it.
 */
import {
  Server,
  ServerInterceptingCall,
  ServerListenerBuilder,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { serverOptions } from '../../shared/protocol/channel-options.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { toServiceError } from '../../shared/protocol/status.ts';

/** In place of a message. */
class Unreadable {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

const refuseUnreadable: ServerInterceptor = ({ path }, call) => {
  let refused = false;
  const refuse = ({ why }: Unreadable): void => {
    refused = true;
    const found = `found bytes that are no such message: ${why}`;
    const text = `${path}: ${found}; expected what its proto says`;
    call.sendStatus(toServiceError(new SamplerError('INVALID_REQUEST', text)));
  };
  const listener = new ServerListenerBuilder()
    .withOnReceiveMessage((message: unknown, pass) =>
      message instanceof Unreadable ? refuse(message) : pass(message),
    )
    .build();
  return new ServerInterceptingCall(call, {
    start: (next) => next(listener),
    // what a stream still writes behind its status would keep the status from its peer
    sendMessage: (message, next) => {
      if (!refused) next(message);
    },
  });
};

export class ReadableServer extends Server {
  /** @param interceptors before a message is looked at */
  constructor(interceptors: readonly ServerInterceptor[] = []) {
    super({ ...serverOptions, interceptors: [...interceptors, refuseUnreadable] });
  }

  override addService(service: ServiceDefinition, handlers: UntypedServiceImplementation): void {
    super.addService(neverThrowing(service), handlers);
  }
}

function neverThrowing(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      { ...method, requestDeserialize: caught(method.requestDeserialize) },
    ]),
  );
}

function caught(deserialize: (bytes: Buffer) => unknown): (bytes: Buffer) => unknown {
  return (bytes) => {
    try {
      return deserialize(bytes);
    } catch (error) {
      return new Unreadable(error instanceof Error ? error.message : String(error));
    }
  };
}
