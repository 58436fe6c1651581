import type { Command } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { jsonOption } from '../arguments.ts';
import { exitCode } from '../exit-codes.ts';
import { prepareFolder } from '../folder.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface RepairOptions {
  readonly data: string;
  readonly json: boolean;
}

export function registerStore(program: Command, context: Context): void {
  const store = program.command('store').description("repair or copy a coordinator's job store");
  store
    .command('repair')
    .description('save what can be read of a damaged store; its coordinator must not run')
    .option('--data <dir>', "the coordinator's data folder", './isochron-data')
    .addOption(jsonOption().default(false))
    .action(async (options: RepairOptions) => {
      await guarded(context, options.json ? 'document' : 'text', () => repair(context, options));
    });
  store
    .command('backup')
    .description('copy a store that another coordinator can be started on; it may be in use')
    .option('--data <dir>', "the coordinator's data folder", './isochron-data')
    .requiredOption('--out <dir>', 'a new folder')
    .addOption(jsonOption().default(false))
    .action(async (options: RepairOptions & { readonly out: string }) => {
      await guarded(context, options.json ? 'document' : 'text', () => backup(context, options));
    });
}

async function repair({ terminal, exit }: Context, { data, json }: RepairOptions): Promise<void> {
  const { repairStore } = await import('../../coordinator/shell/store-repair.ts');
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const told = await said(() => repairStore(data, stamp));
  const { damage, jobs, unreadable, failed, startOver, aside } = told;
  const lines = [
    damage.length === 0 ? 'the tables were whole' : `damage: ${damage.join('; ')}`,
    `${jobs} jobs are in the store; at most ${unreadable} rows could not be read`,
    `${failed.length} jobs have failed, since bytes of them are lost${listed(failed)}`,
    `${startOver.length} jobs go on from their beginning${listed(startOver)}`,
    `what was replaced is in ${aside}`,
  ];
  const text = json || !terminal.interactive ? JSON.stringify(told) : lines.join('\n');
  terminal.out(`${text}\n`);
  exit(exitCode.done);
}

async function backup(
  { terminal, exit }: Context,
  { data, out, json }: RepairOptions & { readonly out: string },
): Promise<void> {
  const { backupStore } = await import('../../coordinator/shell/store-repair.ts');
  await prepareFolder('--out', out);
  const told = await said(() => backupStore(data, out));
  const { sound, failed, startOver } = told;
  const people =
    `copied to ${out}: ${sound} files; without the bytes of ${failed.length} jobs` +
    `${listed(failed)} and the checkpoints of ${startOver.length}`;
  terminal.out(`${json || !terminal.interactive ? JSON.stringify(told) : people}\n`);
  exit(exitCode.done);
}

function listed(jobs: readonly string[]): string {
  return jobs.length === 0 ? '' : `: ${jobs.join(', ')}`;
}

/** What a store says is wrong with it is for whoever typed the command. */
async function said<Told>(work: () => Promise<Told>): Promise<Told> {
  try {
    return await work();
  } catch (error) {
    const text = `--data: ${error instanceof Error ? error.message : String(error)}`;
    throw new SamplerError('INVALID_REQUEST', text, { cause: error });
  }
}
