/** From what a request carries to who sends it: the same for gRPC metadata and HTTP headers. */
import type { Logger } from 'pino';
import { readToken } from '../../../shared/protocol/access/local-access.ts';
import { rereadFile, type RereadFile } from '../../../shared/protocol/access/reread-file.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { defaultTenant, type Principal } from './principal.ts';
import {
  ensureToken,
  operatorTokenFile,
  readTokenList,
  tokenListFile,
  workerTokenFile,
} from './token-store.ts';
import {
  bearerOf,
  digestOf,
  findToken,
  noTokens,
  principalOf,
  type TokenEntry,
  type TokenList,
} from './tokens.ts';

export interface Authenticator {
  /**
   * @param authorization the header or metadata entry of that name, such as `Bearer TOKEN`
   * @throws SamplerError UNAUTHENTICATED, with the same text whatever is wrong with it
   */
  authenticate(authorization: string | undefined): Principal;
}

export interface TokenAuthenticator extends Authenticator {
  /** All tokens but the operator's, and the weights of tenants. */
  readonly list: RereadFile<TokenList>;
}

export function unauthenticated(): SamplerError {
  const found = 'authorization: found no valid token, expected "Bearer TOKEN"';
  const todo = 'set ISOCHRON_TOKEN or --token-file, see docs/SECURITY.md';
  return new SamplerError('UNAUTHENTICATED', `${found}: ${todo}`);
}

const operator = { name: 'operator', tenant: defaultTenant, scopes: ['admin'] as const };

export interface TokenOptions {
  readonly dataDir: string;
  /** List of hashed tokens; default `tokens.json` in the data folder. */
  readonly tokensFile?: string | undefined;
  readonly log: Logger;
  /** Milliseconds since 1970, which is what tokens expire by. */
  readonly now?: () => number;
}

/**
 * Knows the tokens of a data folder, and makes the operator's where there is none. Files are read
 * again when they change: a token that is revoked there is none at the next call.
 */
export function tokenAuthenticator(options: TokenOptions): TokenAuthenticator {
  const { dataDir, tokensFile: file = tokenListFile(dataDir), log, now = Date.now } = options;
  ensureToken(operatorTokenFile(dataDir));
  const own = tokenFile(operatorTokenFile(dataDir), operator, log);
  const list = rereadFile({
    paths: [file],
    missing: noTokens,
    read: () => readTokenList(file),
    onProblem: problemOf(log, file),
  });
  return {
    list,
    authenticate(authorization) {
      const token = bearerOf(authorization);
      const found = token && findToken([...own.get(), ...list.get().tokens], token, now());
      if (!found) throw unauthenticated();
      return principalOf(found);
    },
  };
}

/** Knows the one token that workers show on a port without TLS, and makes it. */
export function workerAuthenticator({ dataDir, log }: TokenOptions): Authenticator {
  ensureToken(workerTokenFile(dataDir));
  const worker = { name: 'worker', tenant: defaultTenant, scopes: [] };
  const own = tokenFile(workerTokenFile(dataDir), worker, log);
  return {
    authenticate(authorization) {
      const token = bearerOf(authorization);
      const found = token && findToken(own.get(), token, 0);
      if (!found) throw unauthenticated();
      return principalOf(found);
    },
  };
}

function tokenFile(path: string, as: Pick<Principal, 'name' | 'tenant'> & Scoped, log: Logger) {
  const read = (): TokenEntry[] => [
    { ...as, scopes: [...as.scopes], sha256: digestOf(readToken(path)) },
  ];
  return rereadFile({ paths: [path], missing: [], read, onProblem: problemOf(log, path) });
}

interface Scoped {
  readonly scopes: readonly TokenEntry['scopes'][number][];
}

function problemOf(log: Logger, path: string): (error: unknown) => void {
  return (error) =>
    log.error({ path, error: String(error) }, 'the tokens known before stay: file not readable');
}

/** Whoever reaches the port is the operator, unless he says who else he is. */
export function trustEveryone(known: Authenticator): Authenticator {
  const everyone = {
    ...principalOf({ ...operator, scopes: ['admin'], sha256: '' }),
    name: 'anyone',
  };
  return {
    authenticate: (authorization) =>
      authorization === undefined ? everyone : known.authenticate(authorization),
  };
}
