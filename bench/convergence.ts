/**
 * How many rounds and model calls do the methods take on a model? Writes `convergence.json` beside
 * the model, which the planner predicts with.
 *
 *   npm run bench:convergence -- --model fashion-unet [--quick] [--fresh] [--seeds 1..4]
 *
 * In one process, at tolerance 0.01; what it writes is a property of model and method, so it may
 * run on a busy machine. A setting that the file has with enough seeds is not run again: an
 * interrupted run goes on where it was, and a second one changes nothing. After a change of the
 * method or the freezing rule run it with --fresh. --quick leaves out the long grids.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchInputs } from '../cli/bench/bench-inputs.ts';
import { contractionSeeds, measureContraction } from '../cli/bench/contraction.ts';
import { openLocalModel } from '../cli/bench/local-job.ts';
import { seedList } from '../cli/bench/spec.ts';
import { mean } from '../cli/bench/statistics.ts';
import { renderTable } from '../cli/output/table.ts';
import {
  convergenceFile,
  convergenceSchema,
  type ConvergenceFile,
} from '../shared/protocol/convergence-file.ts';
import type { ConvergenceTable } from '../shared/kernel/convergence.ts';
import { courseOf, type RunOptions, type Setting } from './support/convergence-runs.ts';

type Entry = ConvergenceFile['entries'][number];

const TOLERANCE = 0.01;
const ladder = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 125, 250];
const quickLadder = [2, 4, 8, 16, 32, 125];
const grids = { ddim: [10, 25, 50, 100, 250], ddpm: [25, 50, 100, 250, 1000] } as const;
/** Methods that only a user chooses: enough to say what they would cost. */
const others = ['picard', 'picard-eps', 'parataa', 'parareal'] as const;
const otherGrids = { ddim: [50, 100], ddpm: [100] } as const;
const otherWindows = [8, 32];

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'fashion-unet' },
    seeds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    threads: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});

function windowsOf(steps: number, from: readonly number[]): number[] {
  return [...from.filter((window) => window < steps), steps];
}

function settings(guidable: boolean): Setting[] {
  const guided = guidable ? [false, true] : [false];
  return guided.flatMap((own) => [
    ...grid('secant', own, grids, values.quick ? quickLadder : ladder),
    ...(values.quick
      ? []
      : others.flatMap((method) =>
          grid(method, own, otherGrids, method === 'parareal' ? [] : otherWindows),
        )),
  ]);
}

function grid(
  method: string,
  guided: boolean,
  of: Readonly<Record<'ddim' | 'ddpm', readonly number[]>>,
  windows: readonly number[],
): Setting[] {
  return (['ddim', 'ddpm'] as const).flatMap((solver) =>
    of[solver]
      .filter((steps) => !values.quick || steps <= (guided ? 100 : 250))
      .flatMap((steps) =>
        windowsOf(steps, windows).map((window) => ({ method, solver, steps, window, guided })),
      ),
  );
}

type Key = Pick<Entry, 'method' | 'solver' | 'steps' | 'window' | 'guided'>;

function keyOf({ method, solver, steps, window, guided }: Key): string {
  return [method, solver, steps, window, guided].join(' ');
}

/** What an earlier run left, if it measured the same model file. */
async function known(file: string, modelSha256: string): Promise<ConvergenceFile | undefined> {
  const text = values.fresh ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const found = convergenceSchema.parse(JSON.parse(text));
  return found.modelSha256 === modelSha256 ? found : undefined;
}

/** One entry a line, in a fixed order: a diff shows what changed. */
async function write(
  file: string,
  table: ConvergenceTable & { modelSha256: string },
): Promise<void> {
  const { entries, contraction = [], ...head } = convergenceSchema.parse(table);
  const listed = (name: string, items: readonly object[]) => {
    const lines = items.map((item) => `    ${JSON.stringify(item)}`);
    return `,\n  "${name}": [\n${lines.join(',\n')}\n  ]`;
  };
  const text = JSON.stringify(head, null, 2).replace(/\n}$/, '');
  const lists = listed('contraction', contraction) + listed('entries', [...entries].sort(inOrder));
  await writeFile(`${file}.new`, `${text}${lists}\n}\n`);
  await rename(`${file}.new`, file);
}

function inOrder(a: Entry, b: Entry): number {
  const text = (entry: Entry) => `${entry.method} ${entry.solver} ${entry.guided}`;
  return text(a).localeCompare(text(b)) || a.steps - b.steps || a.window - b.window;
}

const probes = [
  { method: 'secant', solver: 'ddim', steps: 50, window: 8, guided: false },
  { method: 'secant', solver: 'ddim', steps: 50, window: 50, guided: false },
  { method: 'secant', solver: 'ddpm', steps: 100, window: 16, guided: false },
  { method: 'secant', solver: 'ddpm', steps: 100, window: 100, guided: false },
] as const satisfies Setting[];

/** How rounds grow with a smaller tolerance and with more samples, relative to their number. */
async function slopes(options: RunOptions) {
  const perDecade: number[] = [];
  const perLog: number[] = [];
  for (const probe of probes) {
    const { rounds } = await courseOf(options, probe);
    const loose = await courseOf({ ...options, tolerance: 10 * TOLERANCE }, probe);
    const tight = await courseOf({ ...options, tolerance: TOLERANCE / 10 }, probe);
    const many = await courseOf({ ...options, samples: 4 }, probe);
    perDecade.push((tight.rounds - loose.rounds) / (2 * rounds));
    perLog.push((many.rounds / rounds - 1) / Math.log(4));
  }
  const kept = (slope: number) => Math.max(0, Number(slope.toFixed(4)));
  return { toleranceSlope: kept(mean(perDecade)), samplesSlope: kept(mean(perLog)) };
}

const local = await openLocalModel(values.model, Number(values.threads));
const { model, folder } = local;
const file = values.out ?? (folder === undefined ? undefined : join(folder, convergenceFile));
if (file === undefined) throw new Error(`${values.model} has no folder: say --out FILE`);
const inputs = await benchInputs(model, folder);
const seeds = seedList(values.seeds ?? (values.quick ? '1' : '1..4'));
const options: RunOptions = { local, inputs, seeds, tolerance: TOLERANCE };
const before = await known(file, model.sha256);
const entries = new Map((before?.entries ?? []).map((entry) => [keyOf(entry), entry]));
const wanted = settings(model.guidance > 0 && model.guidance !== 1);
const missing = wanted.filter((one) => !((entries.get(keyOf(one))?.seeds ?? 0) >= seeds.length));
const { toleranceSlope, samplesSlope } = before ?? (await slopes(options));
const contraction =
  before?.contraction ?? (await measureContraction(local, inputs, contractionSeeds));
const slope = { toleranceSlope, samplesSlope };
const head = { modelSha256: model.sha256, tolerance: TOLERANCE, ...slope, contraction };
for (const [done, setting] of missing.entries()) {
  process.stderr.write(`${done} of ${missing.length}: ${keyOf(setting)}\n`);
  const { rounds, calls, frontier, rows } = await courseOf(options, setting);
  entries.set(keyOf(setting), {
    ...setting,
    rounds: Number(rounds.toFixed(2)),
    calls: Math.round(calls),
    frontier: [...frontier],
    rows: [...rows],
    seeds: seeds.length,
  });
  await write(file, { ...head, entries: [...entries.values()] });
}
if (missing.length === 0) await write(file, { ...head, entries: [...entries.values()] });
const columns = ['setting', 'rounds', 'calls', 'steps/rounds', 'calls/steps'].map((title) => ({
  title,
}));
const lines = wanted.flatMap((setting) => {
  const entry = entries.get(keyOf(setting));
  if (!entry) return [];
  const { rounds, calls, steps } = entry;
  const ratio = (value: number) => Number(value.toFixed(2));
  return [[keyOf(setting), rounds, calls, ratio(steps / rounds), ratio(calls / steps)]];
});
process.stdout.write(`${renderTable(columns, lines)}\n`);
await local.close();
