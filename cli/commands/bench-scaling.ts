import { cpus } from 'node:os';

import type { Command } from 'commander';
import { Option } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { integer, number } from '../arguments.ts';
import { withBenchClusters } from '../bench/bench-cluster.ts';
import { prepareOutput, writeOutput } from '../bench/files.ts';
import type { OutputOptions } from '../bench/files.ts';
import { scalingNotes, scalingPictures, scalingTable } from '../bench/scaling-report.ts';
import { measureScaling, measureSequential } from '../bench/scaling.ts';
import type { ScalingRecord } from '../bench/scaling.ts';
import { integerList, solverList } from '../bench/spec.ts';
import type { SolverSpec } from '../bench/spec.ts';
import { exitCode } from '../exit-codes.ts';
import { bundledModels } from '../local/models.ts';
import { wrap } from '../terminal.ts';
import { listOption, toleranceOption } from './bench-options.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface BenchScalingOptions extends OutputOptions {
  readonly profile: string;
  readonly workers: readonly number[];
  readonly sampleBytes?: number;
  readonly solvers: readonly SolverSpec[];
  readonly method: string;
  readonly window?: number;
  readonly tolerance?: number;
  readonly everyRow: boolean;
  readonly repeats: number;
  readonly seed: number;
  readonly perProcess: number;
  readonly dilate?: boolean;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const TEXT_WIDTH_MAX = 100;

const notes = `
Emulated devices in real clusters: outputs, messages, scans and clocks are real, and a model call
takes as long as the described device would (models/profiles, with the source of each figure).
Nothing here is a measurement of a device, and everything says emulated. All workers share the cores
of this machine, where a cluster has a host for every few devices: the share of them that was busy
is in the table, and no time is taken off for it. With --dilate K workers on C cores get the time
of a core each: where K is above C all device time runs K/C times slower, of the sequential run that
they are compared with as well, so ratios are those of a cluster whose hosts have a core a device.`;

export function registerBenchScaling(bench: Command, context: Context): void {
  bench
    .command('scaling')
    .description('wall clock against the time of the devices alone, on emulated ones')
    .addOption(new Option('--profile <name>', 'described device').default('h100-sd15-unet'))
    .addOption(listOption('--workers <list>', 'cluster sizes', integerList, '1,2,4,8'))
    .option('--sample-bytes <n>', "of a float32 latent (default: the profile's own)", integer)
    .addOption(listOption('--solvers <list>', 'NAME-STEPS', solverList, 'ddpm-1000,ddim-50'))
    .option('--method <name>', 'of the parallel side', 'auto')
    .option('--window <rows>', "most rows live at once (default: the planner's choice)", integer)
    .addOption(toleranceOption())
    .option('--every-row', 'leave no row out: see submit', false)
    .option('--repeats <n>', 'runs of each', integer, 3)
    .option('--seed <n>', 'seed of the first repeat', integer, 1)
    .option('--per-process <n>', 'emulated workers that share a process', integer, 1)
    .option('--dilate', 'slow the devices down where workers outnumber the cores', false)
    .option('--at-most <x>', 'end with exit code 5 if an overhead is above this', number)
    .option('--at-least <x>', 'end with 5 if the best speedup of all records is below this', number)
    .option('--json <file>', 'write the figures there')
    .option('--plots <dir>', 'write the plots there, as SVG and PNG')
    .addHelpText('after', notes)
    .action(async (options: BenchScalingOptions) => {
      await guarded(context, 'text', () => benchScaling(context, options));
    });
}

async function benchScaling(context: Context, options: BenchScalingOptions): Promise<void> {
  const { terminal } = context;
  await prepareOutput(options);
  const { profile, repeats } = options;
  if (repeats < 1) {
    throw new SamplerError('INVALID_REQUEST', `--repeats: found ${repeats}, expected at least 1`);
  }
  const records = await measureAll(options, (text) => terminal.err(`${text}\n`));
  const width = Math.min(terminal.width(), TEXT_WIDTH_MAX);
  const paragraphs = scalingNotes(profile, records).map((note) => wrap(note, width));
  terminal.out(`${[scalingTable(records), ...paragraphs].join('\n\n')}\n`);
  const { sampleBytes = null, perProcess } = options;
  const document = { emulated: true, profile, sampleBytes, repeats, perProcess, records };
  await writeOutput(options, document, () => scalingPictures(profile, records));
  judge(context, options, records);
}

async function measureAll(
  options: BenchScalingOptions,
  say: (text: string) => void,
): Promise<ScalingRecord[]> {
  const records: ScalingRecord[] = [];
  // one device is what all are compared with
  const sizes = [...new Set([1, ...options.workers])].sort((a, b) => a - b);
  const { perProcess } = options;
  const common = { models: bundledModels(), perProcess };
  const model = modelOf(options);
  const baselines = new Map<string, Awaited<ReturnType<typeof measureSequential>>>();
  for (const workers of sizes) {
    const shape = { workers, threads: 1 };
    const dilation = dilationOf(options, workers);
    const backend = backendOf(options, dilation);
    await withBenchClusters([shape], { ...common, backend }, async ([cluster]) => {
      if (cluster === undefined) return;
      for (const solver of options.solvers) {
        const each = { ...options, model, solver, dilation };
        const key = `${solver.label} ${dilation}`;
        const known = baselines.get(key) ?? (await measureSequential(cluster, each));
        baselines.set(key, known);
        if (!options.workers.includes(workers)) continue;
        say(`${solver.label} on ${workers}`);
        records.push(await measureScaling(cluster, each, known));
      }
    });
  }
  return records.sort((a, b) => a.solver.localeCompare(b.solver) || a.workers - b.workers);
}

/** How many times slower than life the devices run. */
function dilationOf({ dilate }: BenchScalingOptions, workers: number): number {
  return dilate ? Math.max(1, workers / cpus().length) : 1;
}

function backendOf({ profile, sampleBytes }: BenchScalingOptions, dilation: number): string {
  const options = new URLSearchParams();
  if (sampleBytes !== undefined) options.set('bytes', String(sampleBytes));
  if (dilation > 1) options.set('slow', String(dilation));
  return `emulated:${profile}${options.size === 0 ? '' : `?${options.toString()}`}`;
}

/** As worker/backend/emulated names the analytic model of a profile. */
function modelOf({ profile, sampleBytes }: BenchScalingOptions): string {
  return sampleBytes === undefined ? profile : `${profile}-${sampleBytes}b`;
}

function judge(
  { terminal, exit }: Context,
  { atMost, atLeast }: BenchScalingOptions,
  records: readonly ScalingRecord[],
): void {
  const slow = records.filter(({ overhead }) => !(overhead <= (atMost ?? Infinity)));
  for (const { solver, workers, overhead } of slow) {
    const what = `overhead ${overhead.toFixed(3)}, expected at most ${atMost}`;
    terminal.err(`isochron: ${solver} on ${workers} emulated workers: ${what}\n`);
  }
  const best = Math.max(...records.map(({ speedup }) => speedup));
  const isSlow = !(best >= (atLeast ?? 0));
  if (isSlow) {
    terminal.err(`isochron: best speedup ${best.toFixed(2)}, expected at least ${atLeast}\n`);
  }
  exit(slow.length > 0 || isSlow ? exitCode.checkFailed : exitCode.done);
}
