import type { Command } from 'commander';

import { guarded } from './command.ts';
import type { Context } from './command.ts';

export function registerWorker(program: Command, context: Context): void {
  program
    .command('worker')
    .description('run models for a coordinator, until Ctrl-C or drained; see worker --help')
    .usage('[options]')
    // Its options are read where they are used, in worker/main.ts, which also prints the help.
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action(async (argv: readonly string[]) => {
      endWithParent();
      await guarded(context, 'text', async () => {
        const { runWorker } = await import('../../worker/main.ts');
        await runWorker(argv);
      });
    });
}

/**
 * `up` and `demo` hold a channel to the workers they start. When it closes without a word the
 * parent has died, and so has its coordinator: nobody is left to drain for. SIGKILL, because inside
 * a model call nothing gentler takes effect.
 */
function endWithParent(): void {
  // Without a channel there was never a parent to watch.
  if (process.send === undefined) return;
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  if (!process.connected) end();
  process.once('disconnect', end);
  // Listening must not keep a worker alive that has left in order.
  process.channel?.unref();
}
