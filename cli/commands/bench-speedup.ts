import { availableParallelism } from 'node:os';

import type { Command } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { integer, number } from '../arguments.ts';
import { machineShapes, withBenchClusters } from '../bench/bench-cluster.ts';
import type { BenchCluster, Shape } from '../bench/bench-cluster.ts';
import { benchInputs } from '../bench/bench-inputs.ts';
import { prepareOutput, writeOutput } from '../bench/files.ts';
import { findModel, folderOf, workerBackend } from '../bench/model-source.ts';
import { describeSource } from '../bench/model-source.ts';
import { speedupNotes, speedupPictures, speedupTable } from '../bench/speedup-report.ts';
import { measureSpeedup } from '../bench/speedup.ts';
import type { SpeedupRecord } from '../bench/speedup.ts';
import { solverList } from '../bench/spec.ts';
import type { SolverSpec } from '../bench/spec.ts';
import { exitCode } from '../exit-codes.ts';
import { wrap } from '../terminal.ts';
import { addBenchOptions, listOption, toleranceOption } from './bench-options.ts';
import type { BenchOptions } from './bench-options.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface BenchSpeedupOptions extends BenchOptions {
  readonly solver: readonly SolverSpec[];
  readonly repeats: number;
  readonly samples: number;
  readonly seed: number;
  readonly method: string;
  readonly tolerance?: number;
  readonly everyRow: boolean;
  readonly window?: number;
  readonly workers?: number;
  readonly threads?: number;
  readonly atLeast?: number;
}

const TEXT_WIDTH_MAX = 100;

const notes = `
Every repeat runs the sequential sampler on one worker with all cores and on one with a single core,
and the parallel side, all with the same seed; the sequential one with the lower median counts. The
parallel side runs on one worker with all cores or on a worker for every core, whichever a few runs
of each before the measurement find faster, or as --workers and --threads say. One warm-up run of
everything comes first. Several solvers give { "records": [...] } instead of one document.`;

export function registerBenchSpeedup(bench: Command, context: Context): void {
  const command = bench
    .command('speedup')
    .description('wall clock against the best sequential sampler of this machine');
  addBenchOptions(command)
    .addOption(listOption('--solver <list>', 'NAME-STEPS', solverList, 'ddpm-100'))
    .option('--repeats <n>', 'runs of each side', integer, 5)
    .option('--samples <n>', 'samples of each job', integer, 1)
    .option('--seed <n>', 'seed of the first repeat', integer, 1)
    .option('--method <name>', 'of the parallel side', 'auto')
    .addOption(toleranceOption())
    .option('--every-row', 'leave no row out: see submit', false)
    .option('--window <rows>', "most rows live at once (default: the planner's choice)", integer)
    .option('--workers <n>', 'worker processes of the parallel side', integer)
    .option('--threads <n>', 'threads of a model call there (default: 1)', integer)
    .option('--at-least <x>', 'end with exit code 5 if a speedup is below this', number)
    .addHelpText('after', notes)
    .action(async (options: BenchSpeedupOptions) => {
      await guarded(context, 'text', () => benchSpeedup(context, options));
    });
}

async function benchSpeedup(context: Context, options: BenchSpeedupOptions): Promise<void> {
  const { terminal, exit } = context;
  if (options.repeats < 1) throw badOption('repeats', options.repeats, 'at least 1');
  await prepareOutput(options);
  const source = await findModel(options.model, options.models);
  const inputs = await benchInputs(describeSource(source), folderOf(source));
  const backend = workerBackend(source);
  const fixed = fixedShape(options);
  const shapes = distinctShapes([...machineShapes(), ...(fixed === undefined ? [] : [fixed])]);
  const say = (text: string): void => terminal.err(`${text}\n`);
  const { models, solver: solvers, atLeast } = options;
  const records = await withBenchClusters(shapes, { backend, models }, async (clusters) => {
    const sequentialOn = machineShapes().flatMap((shape) => clustersOf(clusters, shape));
    const parallelOn = fixed === undefined ? sequentialOn : clustersOf(clusters, fixed);
    const measured: SpeedupRecord[] = [];
    for (const solver of solvers) {
      say(solver.label);
      const given = { ...options, solver, inputs, sequentialOn, parallelOn };
      measured.push(await measureSpeedup(given, say));
    }
    return measured;
  });
  const width = Math.min(terminal.width(), TEXT_WIDTH_MAX);
  const notes = speedupNotes(records).map((note) => wrap(note, width));
  terminal.out(`${[speedupTable(records), ...notes].join('\n\n')}\n`);
  const document = records.length === 1 ? (records[0] ?? {}) : { records };
  await writeOutput(options, document, () => speedupPictures(options.model, records));
  const below = records.filter(({ speedup }) => !(speedup >= (atLeast ?? 0)));
  for (const { solver, speedup } of below) {
    terminal.err(`isochron: ${solver}: speedup ${speedup.toFixed(2)}, expected ${atLeast}\n`);
  }
  exit(below.length > 0 ? exitCode.checkFailed : exitCode.done);
}

function fixedShape({ workers, threads }: BenchSpeedupOptions): Shape | undefined {
  if (workers === undefined && threads === undefined) return undefined;
  const shape = { workers: workers ?? 1, threads: threads ?? 1 };
  if (!(shape.workers >= 1)) throw badOption('workers', shape.workers, 'at least 1');
  if (!(shape.threads >= 1)) throw badOption('threads', shape.threads, 'at least 1');
  const threadsAlone = Math.max(shape.threads, availableParallelism());
  return shape.workers > 1 ? { ...shape, threadsAlone } : shape;
}

function badOption(name: string, found: number, expected: string): SamplerError {
  return new SamplerError('INVALID_REQUEST', `--${name}: found ${found}, expected ${expected}`);
}

function distinctShapes(shapes: readonly Shape[]): Shape[] {
  return shapes.filter((shape, k) => shapes.findIndex((other) => same(other, shape)) === k);
}

function clustersOf(clusters: readonly BenchCluster[], shape: Shape): BenchCluster[] {
  return clusters.filter((cluster) => same(cluster.shape, shape));
}

function same(a: Shape, b: Shape): boolean {
  return a.workers === b.workers && a.threads === b.threads;
}
