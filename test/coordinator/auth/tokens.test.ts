import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  tokenAuthenticator,
  trustEveryone,
} from '../../../coordinator/shell/auth/authenticator.ts';
import {
  ensureToken,
  operatorTokenFile,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../../coordinator/shell/auth/token-store.ts';
import {
  bearerOf,
  digestOf,
  findToken,
  noTokens,
  parseTokens,
  printTokens,
  tokenOf,
  type TokenEntry,
  type TokenList,
} from '../../../coordinator/shell/auth/tokens.ts';
import { readToken } from '../../../shared/protocol/access/local-access.ts';

const log = pino({ level: 'silent' });
const token = tokenOf(new Uint8Array(32));

function entry(fields: Partial<TokenEntry> = {}): TokenEntry {
  return { name: 'a', tenant: 'acme', scopes: ['read'], sha256: digestOf(token), ...fields };
}

function listOf(...tokens: TokenEntry[]): TokenList {
  return { ...noTokens, tokens };
}

describe('a token', () => {
  it('is 32 bytes behind a prefix that scanners of leaked secrets can know', () => {
    expect(token).toMatch(/^iso_[\w-]{43}$/);
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token}`,
    `Bearer ${token} `,
    `Bearer a b`,
    'Bearer é',
  ])('is not in %j', (header) => {
    expect(bearerOf(header)).toBeUndefined();
  });

  it('is found by its digest until it expires', () => {
    const expires = '2030-01-01T00:00:00Z';
    const at = Date.parse(expires);
    const list = [entry({ name: 'other', sha256: digestOf('x') }), entry({ expires })];
    expect(findToken(list, token, at - 1)?.name).toBe('a');
    expect(findToken(list, token, at)).toBeUndefined();
    expect(findToken(list, `${token}x`, 0)).toBeUndefined();
  });

  it.each([
    '{}',
    '[]',
    'no json',
    JSON.stringify({ tokens: [{ ...entry(), scopes: [] }] }),
    JSON.stringify({ tokens: [{ ...entry(), scopes: ['all'] }] }),
    JSON.stringify({ tokens: [{ ...entry(), sha256: token }] }),
    JSON.stringify({ tokens: [{ ...entry(), tenant: 'a/b' }] }),
    JSON.stringify({ tokens: [{ ...entry(), expires: 'soon' }] }),
    JSON.stringify({ tokens: [{ ...entry(), more: 1 }] }),
  ])('is in no such list: %s', (text) => {
    expect(() => parseTokens(text)).toThrow();
  });
});

describe('the weights of tenants', () => {
  const text = (weights: unknown): string => JSON.stringify({ tokens: [entry()], weights });

  it('stand beside the tokens, and are not there where there are none', () => {
    const weighed = { tokens: [entry()], weights: new Map([['acme', 3]]) };
    expect(parseTokens(printTokens(weighed))).toEqual(weighed);
    expect(JSON.parse(printTokens(listOf(entry())))).toEqual({ tokens: [entry()] });
    expect(parseTokens(printTokens(listOf(entry())))).toEqual(listOf(entry()));
  });

  it.each([
    [{ acme: 0 }, /weights\.acme: expected a number from 0.01 to 100/],
    [{ acme: 101 }, /expected a number from 0.01 to 100/],
    [{ acme: '3' }, /weights\.acme: .*expected number/],
    [{ default: 3 }, /weights\.default: expected another tenant than default/],
    [{ 'a/b': 3 }, /weights\.a\/b: expected small letters/],
    [[3], /expected record/],
  ])('are refused in a list: %j', (weights, why) => {
    expect(() => parseTokens(text(weights))).toThrow(why);
  });
});

describe('the files of tokens', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isochron-tokens-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('are their owner’s alone, and stay the same', () => {
    const path = operatorTokenFile(folder);
    const made = ensureToken(path);
    expect(modeOf(path)).toBe(0o600);
    expect(ensureToken(path)).toBe(made);
    writeTokenList(tokenListFile(folder), listOf(entry()));
    expect(modeOf(tokenListFile(folder))).toBe(0o600);
  });

  it.each([0o604, 0o644, 0o666, 0o602])('are refused with mode %o', (mode) => {
    const path = operatorTokenFile(folder);
    ensureToken(path);
    chmodSync(path, mode);
    expect(() => ensureToken(path)).toThrow(/found mode 0\d{3}, expected 0600: chmod 600/);
    writeTokenList(tokenListFile(folder), noTokens);
    chmodSync(tokenListFile(folder), mode);
    expect(() => readTokenList(tokenListFile(folder))).toThrow(/expected 0600/);
  });

  it('are refused to a client whose group can read them, and closed by their coordinator', () => {
    const path = operatorTokenFile(folder);
    ensureToken(path);
    chmodSync(path, 0o660);
    expect(() => readToken(path)).toThrow(/expected 0600/);
    ensureToken(path);
    expect(modeOf(path)).toBe(0o600);
  });

  it('are read again when they change, and the last good ones stay where they cannot be', () => {
    const known = tokenAuthenticator({ dataDir: folder, log });
    const authenticate = (header: string) => known.authenticate(header);
    const bearer = `Bearer ${token}`;
    expect(() => authenticate(bearer)).toThrow(/no valid token/);
    writeTokenList(tokenListFile(folder), listOf(entry()));
    expect(authenticate(bearer)).toMatchObject({ name: 'a', tenant: 'acme' });
    writeFileSync(tokenListFile(folder), 'half of a fil');
    expect(authenticate(bearer)).toMatchObject({ name: 'a' });
    const weights = new Map([['acme', 3]]);
    writeTokenList(tokenListFile(folder), { ...listOf(entry()), weights });
    expect(known.list.get().weights).toEqual(weights);
    writeTokenList(tokenListFile(folder), noTokens);
    expect(() => authenticate(bearer)).toThrow(/no valid token/);
  });

  it('are read from another file where one is named', () => {
    const tokensFile = join(folder, 'mounted.json');
    const known = tokenAuthenticator({ dataDir: folder, tokensFile, log });
    writeTokenList(tokenListFile(folder), listOf(entry()));
    expect(() => known.authenticate(`Bearer ${token}`)).toThrow(/no valid token/);
    writeTokenList(tokensFile, listOf(entry()));
    expect(known.authenticate(`Bearer ${token}`)).toMatchObject({ name: 'a' });
  });

  it('decide over whoever shows a token also where nobody has to', () => {
    const everyone = trustEveryone(tokenAuthenticator({ dataDir: folder, log }));
    expect(everyone.authenticate(undefined)).toMatchObject({ name: 'anyone' });
    expect(() => everyone.authenticate('Bearer wrong')).toThrow(/no valid token/);
  });
});
