import { resolve } from 'node:path';

import type { Command } from 'commander';

import { addCoordinatorOptions, integer, jsonOption } from '../arguments.ts';
import type { Client, JobResult } from '../client.ts';
import { exitCode } from '../exit-codes.ts';
import { followOrCancel, resultOf } from '../job/follow.ts';
import { createProgress, progressMode } from '../job/progress.ts';
import { onInterrupt } from '../signals.ts';
import { verificationText, verificationDocument } from '../verify/report.ts';
import { verifyFolder } from '../verify/run.ts';
import { withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

interface VerifyOptions extends CoordinatorOptions {
  readonly blocks?: number;
  readonly json: boolean;
}

export function registerVerify(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('verify')
      .description('recompute the certificate of a result folder on the cluster at hand')
      .argument('<dir>', 'folder that `submit --certify --out DIR` has written')
      .option('--blocks <n>', 'blocks live at once (default: one per worker)', integer)
      .addOption(jsonOption().default(false)),
  ).action(async (dir: string, options: VerifyOptions) => {
    await withClient(context, { ...options, lines: true }, (client) =>
      verify(context, client, { ...options, folder: resolve(dir) }),
    );
  });
}

async function verify(
  context: Context,
  client: Client,
  { folder, blocks, json }: VerifyOptions & { readonly folder: string },
): Promise<void> {
  const { terminal, exit } = context;
  const interrupt = onInterrupt();
  const wait = (job: string, waitingFor: string | undefined): Promise<JobResult> =>
    waitFor(context, client, { job, waitingFor, json, signal: interrupt.signal });
  try {
    const verification = await verifyFolder(client, folder, { blocks, wait });
    const document = verificationDocument(folder, verification);
    if (json) terminal.out(`${JSON.stringify(document)}\n`);
    else if (terminal.interactive) terminal.out(verificationText(document));
    else terminal.out(`${JSON.stringify({ event: 'verified', ...document })}\n`);
    if (document.passed) return exit(exitCode.done);
    terminal.err(`isochron: ${folder} does not hold: ${document.reason}\n`);
    exit(exitCode.checkFailed);
  } finally {
    interrupt.release();
  }
}

interface Waiting {
  readonly job: string;
  readonly waitingFor: string | undefined;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function waitFor(
  { terminal }: Context,
  client: Client,
  { job, waitingFor, json, signal }: Waiting,
): Promise<JobResult> {
  const progress = createProgress(terminal, progressMode(terminal, json), 'verify');
  if (waitingFor !== undefined) progress.waiting(waitingFor);
  return resultOf(client, await followOrCancel(client, job, progress, signal));
}
