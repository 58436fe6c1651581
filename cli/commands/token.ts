import type { Command } from 'commander';

import { defaultTenant, scopes, type Scope } from '../../coordinator/shell/auth/principal.ts';
import {
  newToken,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import {
  digestOf,
  hasExpired,
  noTokens,
  type TokenEntry,
  type TokenList,
} from '../../coordinator/shell/auth/tokens.ts';
import { parseWeight, weightDefault, weightExpected } from '../../coordinator/shell/weights.ts';
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
    .command('weight')
    .description('what a tenant counts for in the queue beside others, 1 unless said')
    .argument('<tenant>')
    .argument('<weight>', weightExpected)
    .option(...dataOption)
    .action(async (tenant: string, weight: string, { data }: DataOption) => {
      await guarded(context, 'text', async () => {
        weigh(data, tenant, parseWeight('weight', weight));
        terminal.out(`${tenant} has weight ${Number(weight)}\n`);
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
        const known = read(data);
        const tokens = known.tokens.filter((one) => one.name !== name);
        if (tokens.length === known.tokens.length) throw unknown('name', name);
        writeTokenList(tokenListFile(data), { ...known, tokens });
        terminal.out(`revoked ${name}\n`);
      });
    });
}

function read(data: string): TokenList {
  const path = tokenListFile(data);
  return existsSync(path) ? readTokenList(path) : noTokens;
}

/** Weights of tenants that nobody belongs to would be mistyped ones. */
function weigh(data: string, tenant: string, weight: number): void {
  if (tenant === defaultTenant) {
    const expected = 'expected another tenant: its clients have --client-weight of `coordinator`';
    throw invalid(`tenant: found "${tenant}", ${expected}`);
  }
  const known = read(data);
  if (!known.tokens.some((one) => one.tenant === tenant)) throw unknown('tenant', tenant);
  const weights = new Map(known.weights).set(tenant, weight);
  if (weight === weightDefault) weights.delete(tenant);
  writeTokenList(tokenListFile(data), { ...known, weights });
}

function create(name: string, options: CreateOptions, nowMs: number): string {
  const { data, tenant, expires } = options;
  checkName('name', name);
  checkName('--tenant', tenant);
  const list = read(data);
  const { tokens: known } = list;
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
  writeTokenList(tokenListFile(data), { ...list, tokens: [...known, entry] });
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

function list(context: Context, { tokens, weights }: TokenList, json: boolean): void {
  const shown = tokens.map((token) => {
    const { name, tenant, scopes: found, expires } = token;
    const weight = weights.get(tenant) ?? weightDefault;
    return { name, tenant, weight, scopes: found, expires, expired: hasExpired(token, Date.now()) };
  });
  const columns = ['name', 'tenant', 'weight', 'scopes', 'expires'].map((title) => ({ title }));
  printList(context, json, shown, () =>
    renderTable(
      columns,
      shown.map((one) => [
        ...[one.name, one.tenant, String(one.weight), one.scopes.join(',')],
        one.expires === undefined ? 'never' : one.expires + (one.expired ? ' (is over)' : ''),
      ]),
    ),
  );
}

function unknown(field: string, found: string): SamplerError {
  return invalid(`${field}: found "${found}", expected one of \`isochron token list\``);
}

function invalid(text: string): SamplerError {
  return new SamplerError('INVALID_REQUEST', text);
}
