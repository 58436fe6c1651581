/** Authentication and scope of every call of the client port, before any of its body is read. */
import {
  ResponderBuilder,
  ServerInterceptingCall,
  ServerListenerBuilder,
  type Metadata,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { toServiceError } from '../../../shared/protocol/status.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import type { Authenticator } from './authenticator.ts';
import { logInternal } from '../log-internal.ts';
import { authorize, clientRules } from './policy.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';

/** What the call says of who makes it. */
export function authorizationOf(metadata: Metadata): string | undefined {
  return metadata.get('authorization')[0]?.toString();
}

/** The first call of a connection may come before HTTP/2's own limit (`header-limit.ts`) counts. */
export function checkMetadata(metadata: Metadata): void {
  const entries = Object.entries(metadata.toHttp2Headers());
  const bytes = entries.reduce((sum, [key, values]) => sum + key.length + lengthOf(values), 0);
  if (bytes <= limits.metadataBytesMax) return;
  const text = `metadata: found ${bytes} bytes, expected at most ${limits.metadataBytesMax}`;
  throw new SamplerError('OVERLOADED', text, { retriable: false });
}

function lengthOf(values: string | number | readonly string[] | undefined): number {
  return [values].flat().reduce<number>((sum, value) => sum + String(value).length, 0);
}

/** A call without a rule of its own is refused, whoever makes it. */
export function gate(authenticator: Authenticator, log: Logger): ServerInterceptor {
  const check = (path: string, metadata: Metadata): void => {
    checkMetadata(metadata);
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
        call.sendStatus(toServiceError(logInternal(log, error, { rpc: path })));
        return;
      }
      next(metadata);
    });
    const responder = new ResponderBuilder().withStart((next) => next(listener.build()));
    return new ServerInterceptingCall(call, responder.build());
  };
}
