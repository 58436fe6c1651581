import type { Command } from 'commander';
import { Option } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import {
  defaultCoordinator,
  defaultWorkerAddress,
  jsonOption,
  modelsOption,
} from '../arguments.ts';
import type { Check } from '../doctor/check.ts';
import { exitCode } from '../exit-codes.ts';
import { oneLine } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface DoctorOptions {
  readonly models: string;
  readonly data: string;
  readonly json: boolean;
  readonly probeProvider?: string;
}

export function registerDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('check Node, execution providers, models, ports and disk')
    .addOption(modelsOption())
    .option('--data <dir>', 'folder of the coordinator', './isochron-data')
    .addOption(jsonOption().default(false))
    .addOption(new Option('--probe-provider <name>').hideHelp())
    .action(async (options: DoctorOptions) => {
      await guarded(context, options.json ? 'document' : 'text', () => doctor(context, options));
    });
}

async function doctor(context: Context, options: DoctorOptions): Promise<void> {
  const { terminal, exit } = context;
  if (options.probeProvider !== undefined) return probe(context, options.probeProvider);
  const lines = !options.json && terminal.interactive;
  const checks: Check[] = [];
  for await (const check of checksOf(options)) {
    checks.push(check);
    if (lines) terminal.out(line(check, terminal));
  }
  const failed = checks.some(({ state }) => state === 'fail');
  if (!lines) {
    const documents = options.json ? [{ ok: !failed, checks }] : checks;
    for (const document of documents) terminal.out(`${JSON.stringify(document)}\n`);
  }
  exit(failed ? exitCode.checkFailed : exitCode.done);
}

/** As they come: loading a model takes a while, and the first lines need not wait for it. */
async function* checksOf(options: DoctorOptions): AsyncGenerator<Check> {
  const { checkDisk, checkNode, checkPort } = await import('../doctor/machine.ts');
  const { checkModels, checkProviders } = await import('../doctor/providers.ts');
  yield checkNode(process.versions.node);
  yield* await checkProviders();
  yield* await checkModels(options.models);
  yield await checkPort('--listen', defaultCoordinator);
  yield await checkPort('--worker-listen', defaultWorkerAddress);
  yield await checkDisk(options.data);
}

async function probe({ terminal, exit }: Context, provider: string): Promise<void> {
  const { probeProvider } = await import('../doctor/providers.ts');
  try {
    await probeProvider(provider);
  } catch (error) {
    terminal.out(`${oneLine(SamplerError.from(error).message)}\n`);
    exit(exitCode.checkFailed);
  }
}

const colours = { ok: '32', warn: '33', fail: '31' } as const;

function line({ name, state, found, todo }: Check, { colour }: Terminal): string {
  const mark = colour ? `\x1b[${colours[state]}m${state.padEnd(4)}\x1b[0m` : state.padEnd(4);
  const advice = todo === '' ? '' : `\n      ${oneLine(todo)}`;
  return `${mark}  ${name}: ${oneLine(found)}${advice}\n`;
}
