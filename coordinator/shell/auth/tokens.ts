/** Tokens as text and as entries of a list: no clock, no files. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { limits } from '../../../shared/kernel/limits.ts';
import { isPlainName, plainNameExpected } from '../../../shared/protocol/access/plain-name.ts';
import { defaultTenant, scopes, type Principal } from './principal.ts';

const PREFIX = 'iso_';
/** Of a token: as hard to guess as a key. */
export const tokenBytes = 32;

const plainName = z.string().refine(isPlainName, `expected ${plainNameExpected}`);

const entry = z.strictObject({
  name: plainName,
  tenant: plainName.default(defaultTenant),
  scopes: z.array(z.enum(scopes)).min(1),
  /** Of the whole token, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** When it stops being one; never where it is missing. */
  expires: z.iso.datetime().optional(),
});
const list = z.strictObject({ tokens: z.array(entry).max(limits.tokensMax) });

export type TokenEntry = z.infer<typeof entry>;

/** @throws where the text is no list of tokens */
export function parseTokens(text: string): TokenEntry[] {
  const found = list.safeParse(JSON.parse(text));
  if (found.success) return found.data.tokens;
  const [issue] = found.error.issues;
  throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`);
}

export function printTokens(tokens: readonly TokenEntry[]): string {
  return `${JSON.stringify({ tokens }, null, 2)}\n`;
}

/** @param random `tokenBytes` of them */
export function tokenOf(random: Uint8Array): string {
  return PREFIX + Buffer.from(random).toString('base64url');
}

export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** What a metadata entry or header `authorization` carries; undefined where that is no token. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w-]{1,128})$/i.exec(authorization ?? '')?.[1];
}

/**
 * The entry of this token, if it has not expired. Compares digests, all of them, in constant time:
 * how long it takes tells nothing about them.
 */
export function findToken(
  tokens: readonly TokenEntry[],
  token: string,
  nowMs: number,
): TokenEntry | undefined {
  const digest = Buffer.from(digestOf(token), 'hex');
  let found: TokenEntry | undefined;
  for (const one of tokens) {
    if (timingSafeEqual(Buffer.from(one.sha256, 'hex'), digest)) found = one;
  }
  return found && !hasExpired(found, nowMs) ? found : undefined;
}

export function hasExpired({ expires }: TokenEntry, nowMs: number): boolean {
  return expires !== undefined && Date.parse(expires) <= nowMs;
}

export function principalOf({ name, tenant, scopes: found }: TokenEntry): Principal {
  return { name, tenant, scopes: new Set(found) };
}
