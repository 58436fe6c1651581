import type { Command } from 'commander';

import { caOption, coordinatorOption, jsonOption, tokenFileOption } from '../arguments.ts';
import { exitCode } from '../exit-codes.ts';
import { withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

export function registerCancel(program: Command, context: Context): void {
  program
    .command('cancel')
    .description('stop a job; takes effect within one model call')
    .argument('<job>', 'id of the job')
    .addOption(jsonOption().default(false))
    .addOption(coordinatorOption())
    .addOption(tokenFileOption())
    .addOption(caOption())
    .action(async (job: string, options: CoordinatorOptions & { readonly json: boolean }) => {
      await withClient(context, options, async (client) => {
        const status = await client.cancel(job);
        const { terminal, exit } = context;
        const machine = options.json || !terminal.interactive;
        terminal.out(`${machine ? JSON.stringify(status) : `job ${job} is ${status.state}`}\n`);
        exit(exitCode.done);
      });
    });
}
