import type { Command } from 'commander';

import { addCoordinatorOptions, jsonOption } from '../arguments.ts';
import { exitCode } from '../exit-codes.ts';
import { withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

export function registerCancel(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('cancel')
      .description('stop a job; takes effect within one model call')
      .argument('<job>', 'id of the job')
      .addOption(jsonOption().default(false)),
  ).action(async (job: string, options: CoordinatorOptions & { readonly json: boolean }) => {
    await withClient(context, options, async (client) => {
      const status = await client.cancel(job);
      const { terminal, exit } = context;
      const machine = options.json || !terminal.interactive;
      terminal.out(`${machine ? JSON.stringify(status) : `job ${job} is ${status.state}`}\n`);
      exit(exitCode.done);
    });
  });
}
