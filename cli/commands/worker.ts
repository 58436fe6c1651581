import type { Command } from 'commander';

import { startChild } from '../local/worker-process.ts';
import { supervise } from '../local/supervisor.ts';
import { interrupted, onInterrupt } from '../signals.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

/** Beside the options of the worker itself: it is the supervisor's. */
const SUPERVISE = '--supervise';
/** Blocks that it holds may be finished. */
const STOP_GRACE_MS = 60_000;

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
        if (argv.includes(SUPERVISE)) return superviseWorker(context, argv);
        const { runWorker } = await import('../../worker/main.ts');
        await runWorker(argv);
      });
    });
}

/** The same command line as a child that is started again when it ends, until a signal comes. */
async function superviseWorker({ terminal }: Context, argv: readonly string[]): Promise<void> {
  const own = argv.filter((argument) => argument !== SUPERVISE);
  const interrupt = onInterrupt();
  const supervisor = supervise({
    name: 'worker',
    restart: true,
    start: (onLine, halvings) => startChild([...own, '--halve-batch', String(halvings)], onLine),
    onLine: (line) => terminal.err(`${line}\n`),
  });
  try {
    await Promise.race([interrupted(interrupt.signal), supervisor.broken]);
  } finally {
    await supervisor.stop(STOP_GRACE_MS);
    interrupt.release();
  }
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
