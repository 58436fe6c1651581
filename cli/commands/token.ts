import type { Command } from 'commander';

import { defaultTenant, scopes, type Scope } from '../../coordinator/shell/auth/principal.ts';
import {
  newToken,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { digestOf, hasExpired, type TokenEntry } from '../../coordinator/shell/auth/tokens.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { isPlainName, plainNameExpected } from '../../shared/protocol/access/plain-name.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { existsSync } from 'node:fs';
import { jsonOption } from '../arguments.ts';
import { makeFolder } from '../folder.ts';
import { renderTable } from '../output/table.ts';
import { guarded, printList } from './command.ts';
import type { Context } from './command.ts';

interface DataOption {
  readonly data: string;
}

interface CreateOptions extends DataOption {
  readonly tenant: string;
  readonly scopes: string;
  readonly expires?: string;
}

const dataOption = ['--data <dir>', 'folder of the coordinator', './isochron-data'] as const;

/** A running coordinator reads its list of tokens again when it changes: nothing is sent to it. */
export function registerToken(program: Command, context: Context): void {
  const { terminal } = context;
  const token = program.command('token').description('tokens of clients, in the data folder');
  token
    .command('create')
    .description('print a new token, once; only its digest is kept')
    .argument('<name>', 'of the token, for lists and logs')
    .option('--tenant <tenant>', 'whose jobs it makes and sees', defaultTenant)
    .option('--scopes <list>', `of ${scopes.join(', ')}`, 'read,submit')
    .option('--expires <time>', 'after so long, such as 12h or 30d; default never')
    .option(...dataOption)
    .action(async (name: string, options: CreateOptions) => {
      await guarded(context, 'text', async () => {
        await makeFolder(options.data);
        terminal.out(`${create(name, options, Date.now())}\n`);
      });
    });
  token
    .command('list')
    .description('the tokens, without what they are')
    .option(...dataOption)
    .addOption(jsonOption().default(false))
    .action(async ({ data, json }: DataOption & { readonly json: boolean }) => {
      await guarded(context, 'text', async () => list(context, read(data), json));
    });
  token
    .command('revoke')
    .description('from the next call on it is none')
    .argument('<name>')
    .option(...dataOption)
    .action(async (name: string, { data }: DataOption) => {
      await guarded(context, 'text', async () => {
        const kept = read(data).filter((one) => one.name !== name);
        if (kept.length === read(data).length) throw unknown(name);
        writeTokenList(tokenListFile(data), kept);
        terminal.out(`revoked ${name}\n`);
      });
    });
}

function read(data: string): TokenEntry[] {
  const path = tokenListFile(data);
  return existsSync(path) ? readTokenList(path) : [];
}

function create(name: string, options: CreateOptions, nowMs: number): string {
  const { data, tenant, expires } = options;
  checkName('name', name);
  checkName('--tenant', tenant);
  const known = read(data);
  if (known.some((one) => one.name === name)) {
    throw invalid(`name: found "${name}" in the list, expected a new one: revoke it first`);
  }
  if (known.length >= limits.tokensMax) {
    throw invalid(`tokens: found ${known.length}, at most ${limits.tokensMax}: revoke some`);
  }
  const token = newToken();
  const until = expires === undefined ? undefined : nowMs + durationMs(expires);
  const entry: TokenEntry = {
    ...{ name, tenant, scopes: scopesOf(options.scopes), sha256: digestOf(token) },
    ...(until !== undefined && { expires: new Date(until).toISOString() }),
  };
  writeTokenList(tokenListFile(data), [...known, entry]);
  return token;
}

function checkName(field: string, found: string): void {
  if (isPlainName(found)) return;
  throw invalid(`${field}: found "${found}", expected ${plainNameExpected}`);
}

function scopesOf(text: string): Scope[] {
  return text.split(',').map((word) => {
    const found = scopes.find((scope) => scope === word.trim());
    if (found) return found;
    throw invalid(`--scopes: found "${word}", expected some of ${scopes.join(',')}`);
  });
}

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count === '') throw invalid(`--expires: found "${text}", expected such as 30m, 12h or 30d`);
  return Number(count) * unitsMs[unit as keyof typeof unitsMs];
}

function list(context: Context, tokens: readonly TokenEntry[], json: boolean): void {
  const shown = tokens.map((token) => {
    const { name, tenant, scopes: found, expires } = token;
    return { name, tenant, scopes: found, expires, expired: hasExpired(token, Date.now()) };
  });
  const columns = ['name', 'tenant', 'scopes', 'expires'].map((title) => ({ title }));
  printList(context, json, shown, () =>
    renderTable(
      columns,
      shown.map((one) => [
        ...[one.name, one.tenant, one.scopes.join(',')],
        one.expires === undefined ? 'never' : one.expires + (one.expired ? ' (is over)' : ''),
      ]),
    ),
  );
}

function unknown(name: string): SamplerError {
  return invalid(`name: found "${name}", expected one of \`isochron token list\``);
}

function invalid(text: string): SamplerError {
  return new SamplerError('INVALID_REQUEST', text);
}
