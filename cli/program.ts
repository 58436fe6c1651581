import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Command, CommanderError } from 'commander';

import { packageRoot } from '../shared/protocol/package-root.ts';
import { registerBench } from './commands/bench.ts';
import { registerCancel } from './commands/cancel.ts';
import { reportError } from './commands/command.ts';
import type { Context } from './commands/command.ts';
import { registerCoordinator } from './commands/coordinator.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDrain } from './commands/drain.ts';
import { registerJobs } from './commands/jobs.ts';
import { registerModels } from './commands/models.ts';
import { registerPlan } from './commands/plan.ts';
import { registerResult } from './commands/result.ts';
import { registerStore } from './commands/store.ts';
import { registerSubmit } from './commands/submit.ts';
import { registerUp } from './commands/up.ts';
import { registerVerify } from './commands/verify.ts';
import { registerWatch } from './commands/watch.ts';
import { registerWorker } from './commands/worker.ts';
import { registerWorkers } from './commands/workers.ts';
import { exitCode } from './exit-codes.ts';
import { oneLine, processTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line; resolves with the exit code and never rejects. */
export async function runProgram(
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  let code: number = exitCode.done;
  const context: Context = {
    terminal,
    exit: (chosen) => {
      code = chosen;
    },
  };
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) reportError(context, thrown, 'text');
    // Help and version come as an "error" with code 0; a bad command line with 1.
    else code = thrown.exitCode === 0 ? exitCode.done : exitCode.usage;
  }
  return code;
}

export function createProgram(context: Context): Command {
  const program = new Command('isochron')
    .description('samples diffusion models in parallel in time')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text),
      writeErr: (text) => context.terminal.err(text),
      // One line, as every other error: scripts and logs keep it whole.
      outputError: (text, write) => write(`isochron: ${usageLine(text)}\n`),
    });
  registerDemo(program, context);
  registerUp(program, context);
  registerCoordinator(program, context);
  registerWorker(program, context);
  registerSubmit(program, context);
  registerPlan(program, context);
  registerWatch(program, context);
  registerJobs(program, context);
  registerCancel(program, context);
  registerResult(program, context);
  registerVerify(program, context);
  registerWorkers(program, context);
  registerModels(program, context);
  registerDrain(program, context);
  registerBench(program, context);
  registerStore(program, context);
  registerDoctor(program, context);
  return program;
}

function usageLine(text: string): string {
  return oneLine(text.replace(/^error: /, '').replaceAll('\n', ' '));
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  const { version: found } = manifest as { version: string };
  return found;
}
