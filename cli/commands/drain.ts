import type { Command } from 'commander';

import { addCoordinatorOptions, jsonOption } from '../arguments.ts';
import { exitCode } from '../exit-codes.ts';
import { withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

export function registerDrain(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('drain')
      .description('give a worker no new blocks; it leaves when it holds none')
      .argument('<worker>', 'id or name of the worker')
      .addOption(jsonOption().default(false)),
  ).action(async (worker: string, options: CoordinatorOptions & { readonly json: boolean }) => {
    await withClient(context, options, async (client) => {
      const { blocks } = await client.drain(worker);
      const { terminal, exit } = context;
      const held = blocks === 1 ? '1 block' : `${blocks} blocks`;
      const text = `worker ${worker} is draining; it still holds ${held}`;
      const machine = options.json || !terminal.interactive;
      terminal.out(`${machine ? JSON.stringify({ worker, blocks }) : text}\n`);
      exit(exitCode.done);
    });
  });
}
