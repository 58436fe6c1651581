import type { Command } from 'commander';

import { addCoordinatorOptions, jsonOption } from '../arguments.ts';
import { finish } from '../job/finish.ts';
import { follow } from '../job/follow.ts';
import { createProgress, progressMode } from '../job/progress.ts';
import { onInterrupt } from '../signals.ts';
import { withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

type WatchOptions = CoordinatorOptions & { readonly json: boolean };

export function registerWatch(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('watch')
      .description('follow a job to its end; Ctrl-C stops watching, not the job')
      .argument('<job>', 'id of the job')
      .addOption(jsonOption().default(false)),
  ).action(async (job: string, options: WatchOptions) => {
    await withClient(context, { ...options, lines: true }, async (client) => {
      const interrupt = onInterrupt();
      try {
        const { terminal } = context;
        const progress = createProgress(terminal, progressMode(terminal, options.json));
        const last = await follow(client, job, progress, interrupt.signal);
        if (last !== undefined) await finish(context, client, last, { ...options, images: false });
        else terminal.err(`job ${job} goes on; stop it with: isochron cancel ${job}\n`);
      } finally {
        interrupt.release();
      }
    });
  });
}
