/** Tokens of every kind there is, in the data folder of a coordinator. */
import { existsSync, readFileSync } from 'node:fs';
import { scopes, type Scope } from '../../coordinator/shell/auth/principal.ts';
import {
  newToken,
  operatorTokenFile,
  tokenListFile,
  workerTokenFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { digestOf, noTokens, type TokenEntry } from '../../coordinator/shell/auth/tokens.ts';

export interface Wallet {
  readonly operator: string;
  readonly worker: string;
  /** Has every scope but this one, and but `admin`, which has them all. */
  readonly without: Readonly<Record<Scope, string>>;
  /** `read` and `submit` of tenants that have a job, and of one that has none. */
  readonly owner: string;
  readonly rival: string;
  readonly expired: string;
  readonly revoked: string;
}

/** @param dataDir of a coordinator that has started */
export function fillWallet(dataDir: string): Wallet {
  const entries: TokenEntry[] = [];
  const make = (name: string, given: readonly Scope[], more: Partial<TokenEntry> = {}): string => {
    const token = newToken();
    const entry = { name, tenant: 'default', scopes: [...given], sha256: digestOf(token) };
    entries.push({ ...entry, ...more });
    return token;
  };
  const all = scopes.filter((scope) => scope !== 'admin');
  const without = Object.fromEntries(
    scopes.map((scope) => [
      scope,
      make(
        `without-${scope}`,
        all.filter((other) => other !== scope),
      ),
    ]),
  ) as Record<Scope, string>;
  const owner = make('owner', ['read', 'submit'], { tenant: 'owner' });
  const rival = make('rival', ['read', 'submit'], { tenant: 'rival' });
  const expired = make('expired', all, { expires: new Date(Date.now() - 1).toISOString() });
  const revoked = make('revoked', all);
  const path = tokenListFile(dataDir);
  writeTokenList(path, { ...noTokens, tokens: entries });
  const kept = entries.filter(({ name }) => name !== 'revoked');
  writeTokenList(path, { ...noTokens, tokens: kept });
  // a port with TLS knows no token of workers
  const read = (file: string): string =>
    existsSync(file) ? readFileSync(file, 'utf8').trim() : 'none';
  return {
    operator: read(operatorTokenFile(dataDir)),
    worker: read(workerTokenFile(dataDir)),
    ...{ without, owner, rival, expired, revoked },
  };
}
