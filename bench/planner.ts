/**
 * Are the planner's predictions true, and is its choice a good one? Runs a grid of 24 settings on
 * real local clusters, one worker with two threads and two workers with one each, and compares the
 * wall clock of every job with what its plan said when it was submitted.
 *
 *   npm run bench:planner -- --models fashion-unet,maze-planner --repeats 5 --json planner.json
 *
 * The settings take turns, so that a moment in which the machine is busy touches each of them once.
 * `cold` is the prediction before the first job, from the measured curves alone; the others have
 * learned from the jobs before them, as they do in a cluster that is in use. `auto` is compared
 * with the best setting of the grid that has the same model, solver and cluster. Run it on an idle
 * machine: it measures.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { benchInputs, type BenchInputs } from '../cli/bench/bench-inputs.ts';
import { median } from '../cli/bench/statistics.ts';
import { bundledModels } from '../cli/local/models.ts';
import { renderTable } from '../cli/output/table.ts';
import type { SubmitRequest } from '../cli/client.ts';
import { realCluster, type RealCluster } from '../test/support/real-cluster.ts';

interface Cluster {
  readonly workers: number;
  readonly threads: number;
}

interface Cell extends Cluster {
  readonly model: string;
  readonly solver: string;
  readonly steps: number;
  readonly method: 'sequential' | 'secant' | 'auto';
  readonly window: number;
}

interface Run {
  readonly predictedMs: number;
  readonly wallMs: number;
  readonly chosen: string;
}

interface Record extends Cell {
  readonly coldMs: number;
  readonly predictedMs: number;
  readonly wallMs: number;
  /** Predicted over measured, less one. */
  readonly error: number;
  readonly coldError: number;
  readonly chosen: string;
}

const GRID = 24;
const WITHIN = 0.25;
const CHOICE_WITHIN = 0.15;
/** The workers are measured side by side when the last one has joined. */
const CALIBRATION_MS = 4_000;
const FIRST_SEED = 700;
const clusters: readonly Cluster[] = [
  { workers: 1, threads: 2 },
  { workers: 2, threads: 1 },
];
const oneModel = [
  ['ddim', 50],
  ['ddim', 100],
  ['ddpm', 250],
] as const;
const twoModels = [
  ['ddim', 100],
  ['ddpm', 100],
] as const;

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'fashion-unet' },
    repeats: { type: 'string', default: '3' },
    guidance: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const models = values.models.split(',');
const repeats = Number(values.repeats);

/** 24 settings and `auto` for every model, solver and cluster. */
function cellsOf(cluster: Cluster): Cell[] {
  const solvers = models.length === 1 ? oneModel : twoModels;
  const each = GRID / clusters.length / models.length / solvers.length;
  return models.flatMap((model) =>
    solvers.flatMap(([solver, steps]): Cell[] => {
      const base = { ...cluster, model, solver, steps };
      const windows = [8, steps, 4].slice(0, each - 1);
      return [
        { ...base, method: 'sequential', window: 1 },
        ...windows.map((window) => ({ ...base, method: 'secant' as const, window })),
        { ...base, method: 'auto', window: 0 },
      ];
    }),
  );
}

function requestOf(cell: Cell, inputs: BenchInputs, seed: number): SubmitRequest {
  const { model, solver, steps, method, window } = cell;
  return {
    model,
    solver,
    steps,
    seed,
    method,
    guidance: Number(values.guidance),
    inputs: inputs(seed, 1),
    ...(method === 'secant' && { window }),
  };
}

async function inputsOf(cluster: RealCluster): Promise<Map<string, BenchInputs>> {
  const known = await cluster.client.models();
  const found = new Map<string, BenchInputs>();
  for (const name of models) {
    const model = known.find((candidate) => candidate.name === name);
    if (!model) throw new Error(`--models: no model ${name} in ${bundledModels()}`);
    found.set(name, await benchInputs(model, join(bundledModels(), name)));
  }
  return found;
}

async function measure({ workers, threads }: Cluster): Promise<Record[]> {
  const cluster = await realCluster();
  try {
    await cluster.addWorkers(workers, ['--backend', 'onnx', '--threads', String(threads)]);
    await sleep(CALIBRATION_MS);
    const inputs = await inputsOf(cluster);
    const cells = cellsOf({ workers, threads });
    const requests = (seed: number) =>
      cells.map((cell) => requestOf(cell, inputs.get(cell.model) ?? (() => []), seed));
    const cold: number[] = [];
    for (const request of requests(FIRST_SEED)) {
      cold.push((await cluster.client.plan(request)).plan.predictedMs ?? NaN);
    }
    const runs: Run[][] = cells.map(() => []);
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const [k, request] of requests(FIRST_SEED + repeat).entries()) {
        const { report } = await cluster.run(request);
        const { method, window, workers: used, plan } = report;
        const chosen = `${method} ${window} on ${used}`;
        const predictedMs = plan?.predictedMs ?? NaN;
        runs[k]?.push({ predictedMs, wallMs: report.wallMs, chosen });
        process.stderr.write(`${workers} x ${threads}: ${repeat + 1}/${repeats}, ${k + 1}\r`);
      }
    }
    return cells.map((cell, k) => recordOf(cell, cold[k] ?? NaN, runs[k] ?? []));
  } finally {
    await cluster.close();
  }
}

function recordOf(cell: Cell, coldMs: number, runs: readonly Run[]): Record {
  const predictedMs = median(runs.map((run) => run.predictedMs));
  const wallMs = median(runs.map((run) => run.wallMs));
  const [error, coldError] = [predictedMs / wallMs - 1, coldMs / wallMs - 1];
  const chosen = runs.at(-1)?.chosen ?? '';
  return { ...cell, coldMs, predictedMs, wallMs, error, coldError, chosen };
}

interface Choice extends Omit<Cell, 'method' | 'window'> {
  readonly chosen: string;
  readonly autoMs: number;
  readonly bestMs: number;
  /** Wall clock of the choice over that of the best setting of the grid, less one. */
  readonly excess: number;
}

function choices(records: readonly Record[]): Choice[] {
  return records
    .filter(({ method }) => method === 'auto')
    .map(({ model, solver, steps, workers, threads, chosen, wallMs: autoMs }) => {
      const same = records.filter(
        (one) =>
          one.method !== 'auto' &&
          one.model === model &&
          one.solver === solver &&
          one.steps === steps &&
          one.workers === workers,
      );
      const bestMs = Math.min(...same.map(({ wallMs }) => wallMs));
      const excess = autoMs / bestMs - 1;
      return { model, solver, steps, workers, threads, chosen, autoMs, bestMs, excess };
    });
}

function share(errors: readonly number[]): number {
  return errors.filter((error) => Math.abs(error) <= WITHIN).length / errors.length;
}

const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
const ms = (value: number) => value.toFixed(0);
const right = (title: string) => ({ title, align: 'right' as const });

const records: Record[] = [];
for (const cluster of clusters) records.push(...(await measure(cluster)));
process.stderr.write('\n');
const grid = records.filter(({ method }) => method !== 'auto');
const columns = [
  { title: 'model' },
  { title: 'solver' },
  { title: 'workers' },
  { title: 'method' },
  ...['window', 'cold ms', 'predicted ms', 'measured ms', 'cold error', 'error'].map(right),
];
const lines = grid.map((one) => [
  one.model,
  `${one.solver}-${one.steps}`,
  `${one.workers} x ${one.threads}`,
  one.method,
  String(one.window),
  ms(one.coldMs),
  ms(one.predictedMs),
  ms(one.wallMs),
  percent(one.coldError),
  percent(one.error),
]);
process.stdout.write(`${renderTable(columns, lines)}\n`);
const made = choices(records);
const titles = [{ title: 'model' }, { title: 'solver' }, { title: 'workers' }, { title: 'auto' }];
process.stdout.write(
  `\n${renderTable(
    [...titles, ...['measured ms', 'best of grid ms', 'excess'].map(right)],
    made.map((one) => [
      one.model,
      `${one.solver}-${one.steps}`,
      `${one.workers} x ${one.threads}`,
      one.chosen,
      ms(one.autoMs),
      ms(one.bestMs),
      percent(one.excess),
    ]),
  )}\n`,
);
const within = share(grid.map(({ error }) => error));
const coldWithin = share(grid.map(({ coldError }) => coldError));
const good = made.filter(({ excess }) => excess <= CHOICE_WITHIN).length / made.length;
process.stdout.write(
  `${grid.length} settings, ${percent(within)} predicted within ${percent(WITHIN)} ` +
    `(${percent(coldWithin)} before the first job); ` +
    `auto within ${percent(CHOICE_WITHIN)} of the best of the grid: ${percent(good)}\n`,
);
if (values.json) {
  const summary = { within, coldWithin, choiceWithin: good };
  const document = { repeats, ...summary, records, choices: made };
  await writeFile(values.json, `${JSON.stringify(document, null, 2)}\n`);
}
