import { availableParallelism } from 'node:os';

import type { Command } from 'commander';

import { integer } from '../arguments.ts';
import { machineShapes, withBenchClusters } from '../bench/bench-cluster.ts';
import type { BenchCluster } from '../bench/bench-cluster.ts';
import { benchInputs } from '../bench/bench-inputs.ts';
import { prepareOutput, writeOutput } from '../bench/files.ts';
import { frontierNotes, frontierPictures, frontierTable } from '../bench/frontier-report.ts';
import { fewStepSamples, measureFrontier } from '../bench/frontier.ts';
import type { FewSteps, FrontierOptions, FrontierRecord } from '../bench/frontier.ts';
import { openLocalModel } from '../bench/local-job.ts';
import { describeSource, findModel, folderOf, workerBackend } from '../bench/model-source.ts';
import { integerList, methodList, numberList, seedList, solverList } from '../bench/spec.ts';
import type { MethodSpec, SolverSpec } from '../bench/spec.ts';
import { exitCode } from '../exit-codes.ts';
import { wrap } from '../terminal.ts';
import { addBenchOptions, listOption } from './bench-options.ts';
import type { BenchOptions } from './bench-options.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface BenchFrontierOptions extends BenchOptions {
  readonly solver: readonly SolverSpec[];
  readonly steps: readonly number[];
  readonly methods: readonly MethodSpec[];
  readonly tolerances: readonly number[];
  readonly seeds: readonly number[];
  readonly samples: number;
}

const TEXT_WIDTH_MAX = 100;

const notes = `
Whoever wants a sample sooner may also take fewer steps. Both are measured here on real jobs: the
error is the distance to the sequential sample with all steps, the latency that of the faster of
one worker with all cores and a worker for every core. A parallel method that a plain sampler beats
in both is named. With fewer steps ddpm sees the noise of the steps left out, summed, and so
the best that it can do; the noise of its own would give another picture.`;

export function registerBenchFrontier(bench: Command, context: Context): void {
  const command = bench
    .command('frontier')
    .description('error against latency: fewer sequential steps beside the parallel methods');
  addBenchOptions(command)
    .addOption(listOption('--solver <list>', 'NAME-STEPS', solverList, 'ddim-100'))
    .addOption(
      listOption('--steps <list>', 'fewer steps to compare with', integerList, '10,15,20,25,30,50'),
    )
    .addOption(
      listOption('--methods <list>', 'as in bench rounds', methodList, 'auto,secant,secant@8'),
    )
    .addOption(
      listOption('--tolerances <list>', 'of the methods', numberList, '0.1,0.03,0.01,0.001'),
    )
    .addOption(listOption('--seeds <list>', 'such as 1..8', seedList, '1..3'))
    .option('--samples <n>', 'samples of each job', integer, 1)
    .addHelpText('after', notes)
    .action(async (options: BenchFrontierOptions) => {
      await guarded(context, 'text', () => benchFrontier(context, options));
    });
}

async function benchFrontier(context: Context, options: BenchFrontierOptions): Promise<void> {
  const { terminal, exit } = context;
  await prepareOutput(options);
  const { model, models } = options;
  const source = await findModel(model, models);
  const backend = workerBackend(source);
  const inputs = await benchInputs(describeSource(source), folderOf(source));
  const say = (text: string): void => terminal.err(`${text}\n`);
  const each = options.solver.map((solver) => ({ ...options, solver, inputs }));
  say('samples of fewer steps');
  const few = await samplesOfFewerSteps(options, each);
  const shapes = machineShapes();
  const records = await withBenchClusters(shapes, { backend, models }, (clusters) =>
    measureAll(clusters, each, few, say),
  );
  const width = Math.min(terminal.width(), TEXT_WIDTH_MAX);
  const paragraphs = frontierNotes(records).map((note) => wrap(note, width));
  terminal.out(`${[frontierTable(records), ...paragraphs].join('\n\n')}\n`);
  const { guidance, samples, seeds } = options;
  const document = { model, guidance, samples, seeds: seeds.length, records };
  await writeOutput(options, document, () => frontierPictures(model, records));
  exit(exitCode.done);
}

async function samplesOfFewerSteps(
  { model, models }: BenchFrontierOptions,
  each: readonly FrontierOptions[],
): Promise<FewSteps[]> {
  const local = await openLocalModel(model, availableParallelism(), models);
  try {
    const few: FewSteps[] = [];
    for (const options of each) few.push(await fewStepSamples(local, options));
    return few;
  } finally {
    await local.close();
  }
}

async function measureAll(
  clusters: readonly BenchCluster[],
  each: readonly FrontierOptions[],
  few: readonly FewSteps[],
  say: (text: string) => void,
): Promise<FrontierRecord[]> {
  const records: FrontierRecord[] = [];
  for (const [k, options] of each.entries()) {
    say(options.solver.label);
    records.push(...(await measureFrontier(clusters, options, few[k] ?? new Map(), say)));
  }
  return records;
}
