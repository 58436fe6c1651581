/** Calls that stay open end with the token that they were let in by. */
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { unauthenticated, type Authenticator } from './authenticator.ts';
import { LOOK_MS } from './follow-file.ts';
import type { Principal } from './principal.ts';

export interface OpenCalls {
  /**
   * Looks at the token again and again.
   *
   * @param authorization what the call carries
   * @param ended is called once: the token was revoked, has expired, or gives less than it did
   * @returns what ends it, for calls that are over
   */
  follow(authorization: string | undefined, caller: Principal, ended: Ended): () => void;
}

type Ended = (error: SamplerError) => void;

interface OpenCall {
  readonly caller: Principal;
  readonly ended: Ended;
}

export function openCalls(authenticator: Authenticator, everyMs = LOOK_MS): OpenCalls {
  // by what they carry: a token is looked up once, however many calls it has open
  const open = new Map<string | undefined, Set<OpenCall>>();
  let timer: NodeJS.Timeout | undefined;
  const forget = (authorization: string | undefined, call: OpenCall): void => {
    const others = open.get(authorization);
    others?.delete(call);
    if (others?.size === 0) open.delete(authorization);
    if (open.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const look = (): void => {
    for (const [authorization, calls] of [...open]) {
      const now = principalNow(authenticator, authorization);
      for (const call of [...calls]) {
        if (!(now instanceof SamplerError) && isAsMuch(now, call.caller)) continue;
        forget(authorization, call);
        call.ended(now instanceof SamplerError ? now : unauthenticated());
      }
    }
  };
  return {
    follow(authorization, caller, ended) {
      const call = { caller, ended };
      const others = open.get(authorization);
      if (others) others.add(call);
      else open.set(authorization, new Set([call]));
      timer ??= setInterval(look, everyMs).unref();
      return () => forget(authorization, call);
    },
  };
}

function principalNow(
  authenticator: Authenticator,
  authorization: string | undefined,
): Principal | SamplerError {
  try {
    return authenticator.authenticate(authorization);
  } catch (error) {
    return SamplerError.from(error);
  }
}

/** Whoever has lost a scope, or belongs elsewhere now, asks anew. */
function isAsMuch(now: Principal, before: Principal): boolean {
  return now.tenant === before.tenant && [...before.scopes].every((one) => now.scopes.has(one));
}
