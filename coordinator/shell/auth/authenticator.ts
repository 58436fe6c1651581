/** From what a request carries to who sends it: the same for gRPC metadata and HTTP headers. */
import { defaultTenant, type Principal } from './principal.ts';

export interface Authenticator {
  /**
   * @param authorization the header or metadata entry of that name, such as `Bearer TOKEN`
   * @throws SamplerError UNAUTHENTICATED, with the same text whatever is wrong with it
   */
  authenticate(authorization: string | undefined): Principal;
}

/** Whoever reaches the port is the operator. */
export function trustEveryone(): Authenticator {
  const everyone = {
    name: 'anonymous',
    tenant: defaultTenant,
    scopes: new Set(['admin'] as const),
  };
  return { authenticate: () => everyone };
}
