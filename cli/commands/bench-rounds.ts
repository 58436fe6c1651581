import type { Command } from 'commander';

import { integer } from '../arguments.ts';
import { benchInputs, type BenchInputs } from '../bench/bench-inputs.ts';
import { contractionSeeds, measureContraction } from '../bench/contraction.ts';
import { prepareOutput, writeOutput } from '../bench/files.ts';
import { openLocalModel, type LocalModel } from '../bench/local-job.ts';
import { roundsPictures, roundsTable } from '../bench/rounds-report.ts';
import { measureRounds } from '../bench/rounds.ts';
import { methodGrammar, methodList, seedList, solverList } from '../bench/spec.ts';
import type { MethodSpec, SolverSpec } from '../bench/spec.ts';
import { exitCode } from '../exit-codes.ts';
import { addBenchOptions, listOption, toleranceOption } from './bench-options.ts';
import type { BenchOptions } from './bench-options.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface BenchRoundsOptions extends BenchOptions {
  readonly solvers: readonly SolverSpec[];
  readonly methods: readonly MethodSpec[];
  readonly seeds: readonly number[];
  readonly tolerance?: number;
  readonly everyRow: boolean;
  readonly stop: string;
  readonly window?: number;
  readonly threads: number;
}

const notes = `
Rounds and model calls depend on no clock: everything runs in this process, window as large as the
steps unless --window says otherwise. A method is
  ${methodGrammar},
with DIFFERENCES and ORDER of parataa, START denoised or constant, and a window of its own.
A round of parareal is a chain of calls, one per step of a block; of the others, one call.
Seed k samples class k modulo their number, with guidance 1: the plain conditional model. A model
with bench-inputs.json beside its manifest takes entry k modulo their number.
--model mixture:FILE is the Gaussian mixture of 2000 pictures of an IDX file, such as the one of
Debian's package dataset-fashion-mnist, or of the entries of an NPY file.`;

export function registerBenchRounds(bench: Command, context: Context): void {
  const command = bench
    .command('rounds')
    .description('rounds, model calls and true errors of every method, by solver');
  addBenchOptions(command)
    .addOption(
      listOption('--solvers <list>', 'NAME-STEPS', solverList, 'ddim-50,ddim-100,ddpm-100'),
    )
    .addOption(
      listOption(
        '--methods <list>',
        'see below',
        methodList,
        'secant,picard,parataa,parataa-2,parataa-2:denoised',
      ),
    )
    .addOption(listOption('--seeds <list>', 'such as 1..16', seedList, '1..4'))
    .addOption(toleranceOption())
    .option('--every-row', 'leave no row out: see submit', false)
    .option('--stop <rule>', 'final, or as published: paradigms, parataa, srds', 'final')
    .option('--window <rows>', 'most rows live at once (default: all steps)', integer)
    .option('--threads <n>', 'threads of one model call', integer, 1)
    .addHelpText('after', notes)
    .action(async (options: BenchRoundsOptions) => {
      await guarded(context, 'text', () => benchRounds(context, options));
    });
}

async function benchRounds(context: Context, options: BenchRoundsOptions): Promise<void> {
  const { terminal, exit } = context;
  await prepareOutput(options);
  const local = await openLocalModel(options.model, options.threads, options.models);
  try {
    const inputs = await benchInputs(local.model, local.folder);
    const { seeds } = options;
    const measured = await withContraction(local, inputs);
    const records = await measureRounds(measured, { ...options, inputs }, ({ solver, done }) => {
      terminal.err(`${solver.label}: seed ${seeds[done - 1]}, ${done} of ${seeds.length}\n`);
    });
    terminal.out(`${roundsTable(records)}\n`);
    const { name } = local.model;
    await writeOutput(options, { model: name, records }, () => roundsPictures(name, records));
  } finally {
    await local.close();
  }
  exit(exitCode.done);
}

/** Estimates of a model without figures of its own need them as much as a bundled one's. */
async function withContraction(local: LocalModel, inputs: BenchInputs): Promise<LocalModel> {
  if (local.model.convergence?.contraction) return local;
  return { ...local, contraction: await measureContraction(local, inputs, contractionSeeds) };
}
