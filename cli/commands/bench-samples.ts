import type { Command } from 'commander';

import { integer, number } from '../arguments.ts';
import { withBenchClusters } from '../bench/bench-cluster.ts';
import { prepareOutput, writeOutput } from '../bench/files.ts';
import { measureSamples } from '../bench/samples.ts';
import type { SamplesRecord } from '../bench/samples.ts';
import { solverList } from '../bench/spec.ts';
import type { SolverSpec } from '../bench/spec.ts';
import { exitCode } from '../exit-codes.ts';
import { bundledModels } from '../local/models.ts';
import { formatDuration } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { listOption } from './bench-options.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface BenchSamplesOptions {
  readonly profile: string;
  readonly workers: number;
  readonly samples: number;
  readonly solvers: readonly SolverSpec[];
  readonly repeats: number;
  readonly seed: number;
  readonly atMost?: number;
  readonly json?: string;
}

const notes = `
The other side is made by hand: a sequential job for every worker, all at once, each with its share
of the samples in one batch. The devices are emulated, as in bench scaling.`;

export function registerBenchSamples(bench: Command, context: Context): void {
  bench
    .command('samples')
    .description('many samples on few emulated workers: auto beside samples side by side')
    .option('--profile <name>', 'described device', 'h100-sd15-unet')
    .option('--workers <n>', 'emulated workers', integer, 2)
    .option('--samples <n>', 'samples of the job', integer, 64)
    .addOption(listOption('--solvers <list>', 'NAME-STEPS', solverList, 'ddim-50'))
    .option('--repeats <n>', 'runs of each side', integer, 3)
    .option('--seed <n>', 'seed of the first repeat', integer, 1)
    .option('--at-most <x>', 'end with exit code 5 if auto takes more than this share', number)
    .option('--json <file>', 'write the figures there')
    .addHelpText('after', notes)
    .action(async (options: BenchSamplesOptions) => {
      await guarded(context, 'text', () => benchSamples(context, options));
    });
}

async function benchSamples(context: Context, options: BenchSamplesOptions): Promise<void> {
  const { terminal, exit } = context;
  await prepareOutput(options);
  const { profile, workers, atMost = Infinity } = options;
  const common = { backend: `emulated:${profile}`, models: bundledModels() };
  const shape = { workers, threads: 1 };
  const records = await withBenchClusters([shape], common, async ([cluster]) => {
    const measured: SamplesRecord[] = [];
    for (const solver of cluster ? options.solvers : []) {
      terminal.err(`${solver.label}\n`);
      if (cluster)
        measured.push(await measureSamples(cluster, { ...options, model: profile, solver }));
    }
    return measured;
  });
  terminal.out(`${samplesTable(records)}\n\nEmulated devices: profile ${profile}.\n`);
  await writeOutput(options, { emulated: true, profile, records }, () => []);
  const slow = records.filter(({ ratio }) => !(ratio <= atMost));
  for (const { solver, ratio } of slow) {
    terminal.err(`isochron: ${solver}: ${ratio.toFixed(3)}, expected at most ${atMost}\n`);
  }
  exit(slow.length > 0 ? exitCode.checkFailed : exitCode.done);
}

const right = { align: 'right' } as const;

const columns: readonly Column[] = [
  { title: 'solver' },
  { title: 'samples', ...right },
  { title: 'emulated workers', ...right },
  { title: 'auto ran' },
  { title: 'auto', ...right },
  { title: 'side by side', ...right },
  { title: 'ratio', ...right },
  { title: 'devices alone', ...right },
];

export function samplesTable(records: readonly SamplesRecord[]): string {
  const rows = records.map((record) => {
    const { method, groups, window } = record;
    const plan = method === 'sequential' ? method : `${method}, window ${window}`;
    return [
      record.solver,
      record.samples,
      record.workers,
      groups > 1 ? `${plan}, ${groups} groups` : plan,
      formatDuration(record.autoMs),
      formatDuration(record.sideBySideMs),
      `${record.ratio.toFixed(3)}x`,
      formatDuration(record.idealMs),
    ];
  });
  return renderTable(columns, rows);
}
