/** Tokens as text and as entries of a list: no clock, no files. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { limits } from '../../../shared/kernel/limits.ts';
import { isPlainName, plainNameExpected } from '../../../shared/protocol/access/plain-name.ts';
import { isWeight, weightExpected } from '../weights.ts';
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
/** The shares of `default` are its clients, who have their weights elsewhere. */
const weighty = plainName.refine(
  (tenant) => tenant !== defaultTenant,
  `expected another tenant than ${defaultTenant}, whose clients have --client-weight`,
);
const weights = z.record(weighty, z.number().refine(isWeight, `expected ${weightExpected}`));
const tooMany = `expected at most ${limits.weightsMax}`;
const list = z.strictObject({
  tokens: z.array(entry).max(limits.tokensMax),
  weights: weights
    .refine((found) => Object.keys(found).length <= limits.weightsMax, tooMany)
    .optional(),
});

export type TokenEntry = z.infer<typeof entry>;

export interface TokenList {
  readonly tokens: readonly TokenEntry[];
  /** What tenants count for beside others, by their names; 1 of those who are not in it. */
  readonly weights: ReadonlyMap<string, number>;
}

export const noTokens: TokenList = { tokens: [], weights: new Map() };

/** @throws where the text is no list of tokens */
export function parseTokens(text: string): TokenList {
  const found = list.safeParse(JSON.parse(text));
  if (found.success) {
    const { tokens, weights: given = {} } = found.data;
    return { tokens, weights: new Map(Object.entries(given)) };
  }
  const [issue] = found.error.issues;
  // what is wrong with a key stands one level below
  const why = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  throw new Error(`${issue?.path.join('.') ?? ''}: ${why ?? 'unreadable'}`);
}

/** Without weights it is what coordinators read that knew none. */
export function printTokens({ tokens, weights: given }: TokenList): string {
  const known = given.size > 0 && { weights: Object.fromEntries(given) };
  return `${JSON.stringify({ tokens, ...known }, null, 2)}\n`;
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
