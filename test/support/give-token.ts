/** Tokens of clients, as `isochron token create` makes them. */
import { existsSync } from 'node:fs';
import { defaultTenant, type Scope } from '../../coordinator/shell/auth/principal.ts';
import {
  newToken,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { digestOf, noTokens } from '../../coordinator/shell/auth/tokens.ts';

/** A new token, which the coordinator of this data folder knows from now on. */
export function giveToken(
  dataDir: string,
  name: string,
  scopes: readonly Scope[],
  tenant = defaultTenant,
): string {
  const token = newToken();
  const file = tokenListFile(dataDir);
  const others = existsSync(file) ? readTokenList(file) : noTokens;
  const entry = { name, tenant, scopes: [...scopes], sha256: digestOf(token) };
  writeTokenList(file, { ...others, tokens: [...others.tokens, entry] });
  return token;
}
