/** Tokens of clients, as `isochron token create` makes them. */
import { existsSync } from 'node:fs';
import type { Scope } from '../../coordinator/shell/auth/principal.ts';
import {
  newToken,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { digestOf } from '../../coordinator/shell/auth/tokens.ts';

/** A new token of the default tenant, which the coordinator of this data folder knows from now. */
export function giveToken(dataDir: string, name: string, scopes: readonly Scope[]): string {
  const token = newToken();
  const file = tokenListFile(dataDir);
  const others = existsSync(file) ? readTokenList(file) : [];
  const entry = { name, tenant: 'default', scopes: [...scopes], sha256: digestOf(token) };
  writeTokenList(file, [...others, entry]);
  return token;
}
