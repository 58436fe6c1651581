/** Authentication and scope of every call of the client port, before any of its body is read. */
import {
  ResponderBuilder,
  ServerInterceptingCall,
  ServerListenerBuilder,
  type Metadata,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { toServiceError } from '../../../shared/protocol/status.ts';
import type { Authenticator } from './authenticator.ts';
import { authorize, clientRules } from './policy.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';

/** What the call says of who makes it. */
export function authorizationOf(metadata: Metadata): string | undefined {
  return metadata.get('authorization')[0]?.toString();
}

/** A call without a rule of its own is refused, whoever makes it. */
export function gate(authenticator: Authenticator): ServerInterceptor {
  const check = (path: string, metadata: Metadata): void => {
    const needed = clientRules.get(path);
    if (needed === 'open') return;
    const caller = authenticator.authenticate(authorizationOf(metadata));
    if (needed === undefined) {
      throw new SamplerError('FORBIDDEN', `${path}: found no rule, expected one in policy.ts`);
    }
    authorize(caller, needed, path);
  };
  return ({ path }, call) => {
    const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, next) => {
      try {
        check(path, metadata);
      } catch (error) {
        call.sendStatus(toServiceError(error));
        return;
      }
      next(metadata);
    });
    const responder = new ResponderBuilder().withStart((next) => next(listener.build()));
    return new ServerInterceptingCall(call, responder.build());
  };
}
