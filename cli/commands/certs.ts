import type { Command } from 'commander';

import { isPlainName, plainNameExpected } from '../../shared/protocol/access/plain-name.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { collectText, integer } from '../arguments.ts';
import { coordinatorLeaf, createAuthority, issue, workerLeaf } from '../certificates/authority.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

const DAYS = 365;
const DAYS_MAX = 3650;

interface LeafOptions {
  readonly days: number;
}

interface HostOptions extends LeafOptions {
  readonly coordinator: readonly string[];
}

export function registerCerts(program: Command, context: Context): void {
  const say = (folder: string, use: string): void => context.terminal.out(`${folder}: ${use}\n`);
  const certs = program.command('certs').description('certificates of a cluster, by openssl');
  const withHosts = (command: Command): Command =>
    command
      .requiredOption('--coordinator <host>', 'name or address it is dialled by', collectText)
      .option('--days <n>', 'how long it is good', integer, DAYS);
  withHosts(certs.command('init'))
    .description('a new authority, and the certificate of the coordinator')
    .argument('<dir>', 'keep it: its ca folder signs all others')
    .action(async (folder: string, options: HostOptions) => {
      await guarded(context, 'text', async () => {
        checkLeaf(options);
        await createAuthority(folder);
        say(await coordinator(folder, options), 'isochron coordinator --certs this folder');
      });
    });
  withHosts(certs.command('coordinator'))
    .description('the certificate of the coordinator again, for other hosts or a longer time')
    .argument('<dir>', 'as made by init')
    .action(async (folder: string, options: HostOptions) => {
      await guarded(context, 'text', async () => {
        checkLeaf(options);
        say(await coordinator(folder, options), 'isochron coordinator --certs this folder');
      });
    });
  certs
    .command('worker')
    .description('the certificate of a worker')
    .argument('<dir>', 'as made by init')
    .argument('<name>', 'what the worker may call itself, alone or with ":" and more behind it')
    .option('--days <n>', 'how long it is good', integer, DAYS)
    .action(async (folder: string, name: string, options: LeafOptions) => {
      await guarded(context, 'text', async () => {
        checkLeaf(options);
        checkName(name);
        const made = await issue(folder, `worker-${name}`, workerLeaf(name, options.days));
        say(made, 'copy it to the worker: isochron worker --certs this folder');
      });
    });
}

function coordinator(folder: string, { coordinator: hosts, days }: HostOptions): Promise<string> {
  for (const host of hosts) {
    if (/^[A-Za-z0-9.:-]{1,253}$/.test(host)) continue;
    throw invalid(`--coordinator: found "${host}", expected a name or an address`);
  }
  return issue(folder, 'coordinator', coordinatorLeaf(hosts, days));
}

function checkLeaf({ days }: LeafOptions): void {
  if (days >= 1 && days <= DAYS_MAX) return;
  throw invalid(`--days: found ${days}, expected 1 to ${DAYS_MAX}`);
}

function checkName(name: string): void {
  if (isPlainName(name)) return;
  throw invalid(`name: found "${name}", expected ${plainNameExpected}`);
}

function invalid(text: string): SamplerError {
  return new SamplerError('INVALID_REQUEST', text);
}
