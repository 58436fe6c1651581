/**
 * Does the cluster return the sequential sample, however the work is cut? Every method, solver,
 * partition and number of worker processes, with the bundled model, over real gRPC:
 *
 *   npm run bench:matrix -- --seeds 1..8 --json matrix.json
 *
 * For each it also runs tolerance 0 (exact mode) on one seed, and checks that partitions agree and
 * that one partition repeats its bits. Exit code 5 if anything is over its bound.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { JobResult, SubmitRequest } from '../cli/client.ts';
import { renderTable } from '../cli/output/table.ts';
import { methodNames } from '../shared/numerics/solver/method.ts';
import { rmsDifference } from '../shared/numerics/differences.ts';
import { realCluster, type RealCluster } from '../test/support/real-cluster.ts';

const CHECK_FAILED = 5;
const JOBS_AT_ONCE = 4;

interface Cell {
  readonly workers: number;
  readonly solver: string;
  readonly method: string;
  readonly blocks: number;
  readonly runs: number;
  readonly errorWorst: number;
  readonly overTolerance: number;
  readonly roundsMean: number;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'fashion-unet' },
    backend: { type: 'string', default: 'onnx' },
    seeds: { type: 'string', default: '1..8' },
    workers: { type: 'string', default: '1,2,3' },
    blocks: { type: 'string', default: '1,2,4' },
    tolerance: { type: 'string', default: '0.01' },
    guidance: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const tolerance = Number(values.tolerance);
const [first = 1, last = first] = values.seeds.split('..').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, k) => first + k);
const blockCounts = values.blocks.split(',').map(Number);
const cases = [
  { solver: 'ddim', steps: 50 },
  { solver: 'ddpm', steps: 100 },
];
const failures: string[] = [];

function requestFor(one: (typeof cases)[number], seed: number): SubmitRequest {
  const classOf = BigInt64Array.of(BigInt(seed % 6));
  const inputs = [{ name: 'class', dtype: 'int64' as const, shape: [], data: classOf }];
  return { model: values.model, ...one, seed, inputs, guidance: Number(values.guidance) };
}

function rms(a: Float32Array, b: Float32Array): number {
  return rmsDifference(a, 0, b, 0, a.length);
}

/** Runs requests a few at a time, as several users would. */
async function runAll(cluster: RealCluster, requests: readonly SubmitRequest[]) {
  const results: JobResult[] = [];
  for (let k = 0; k < requests.length; k += JOBS_AT_ONCE) {
    const some = requests.slice(k, k + JOBS_AT_ONCE);
    results.push(...(await Promise.all(some.map((request) => cluster.run(request)))));
  }
  return results;
}

/** The sequential sample of every seed, from the cluster's own sequential method. */
async function references(cluster: RealCluster, one: (typeof cases)[number]) {
  const requests = seeds.map((seed) => ({ ...requestFor(one, seed), method: 'sequential' }));
  return (await runAll(cluster, requests)).map(({ samples }) => samples);
}

async function measure(cluster: RealCluster, workers: number, known: Float32Array[][]) {
  const cells: Cell[] = [];
  for (const [c, one] of cases.entries()) {
    for (const method of methodNames) {
      for (const blocks of blockCounts) {
        const requests = seeds.map((seed) => ({
          ...requestFor(one, seed),
          method,
          blocks,
          tolerance,
        }));
        const results = await runAll(cluster, requests);
        const errors = results.map(({ samples }, k) => rms(samples, known[c]?.[k] ?? samples));
        const over = errors.filter((error) => !(error <= tolerance)).length;
        const rounds = results.reduce((sum, { report }) => sum + report.rounds, 0);
        const solver = `${one.solver}-${one.steps}`;
        const cell = {
          workers,
          solver,
          method,
          blocks,
          runs: results.length,
          errorWorst: Math.max(...errors),
          overTolerance: over,
          roundsMean: rounds / results.length,
        };
        cells.push(cell);
        if (over > 0) failures.push(`${over} of ${errors.length} over: ${JSON.stringify(cell)}`);
      }
      process.stderr.write(`${workers} workers: ${one.solver}-${one.steps} ${method}\n`);
    }
  }
  return cells;
}

/** Tolerance 0 returns the sequential sample in at most N rounds; a partition repeats its bits. */
async function exactAndRepeatable(cluster: RealCluster, known: Float32Array[][]): Promise<void> {
  for (const [c, one] of cases.entries()) {
    const reference = known[c]?.[0] ?? new Float32Array();
    for (const method of methodNames) {
      const base = { ...requestFor(one, first), method };
      const [exact] = await runAll(cluster, [{ ...base, tolerance: 0, blocks: 4 }]);
      const difference = exact ? rms(exact.samples, reference) : NaN;
      const rounds = exact?.report.rounds ?? NaN;
      if (!(difference <= 1e-4) || !(rounds <= one.steps)) {
        failures.push(`exact ${method} ${one.solver}: ${difference} in ${rounds} rounds`);
      }
      const tight = [4, 4, 1, 2].map((blocks) => ({ ...base, tolerance: 1e-5, blocks }));
      const [once, again, ...others] = await runAll(cluster, tight);
      if (!once || !again?.samples.every((value, e) => value === once.samples[e])) {
        failures.push(`${method} ${one.solver}: the same partition gave other bits`);
      }
      for (const { samples } of others) {
        const apart = once ? rms(samples, once.samples) : NaN;
        if (!(apart <= 1e-4)) failures.push(`${method} ${one.solver}: partitions ${apart} apart`);
      }
      process.stderr.write(
        `exact ${one.solver} ${method}: ${difference.toExponential(1)}, ${rounds} rounds\n`,
      );
    }
  }
}

function print(cells: readonly Cell[]): void {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'solver' },
    { title: 'method' },
    { title: 'workers', ...right },
    { title: 'blocks', ...right },
    { title: 'rounds', ...right },
    { title: 'worst error', ...right },
    { title: 'over', ...right },
  ];
  const rows = cells.map((cell) => [
    cell.solver,
    cell.method,
    String(cell.workers),
    String(cell.blocks),
    cell.roundsMean.toFixed(1),
    cell.errorWorst.toExponential(1),
    `${cell.overTolerance}/${cell.runs}`,
  ]);
  process.stdout.write(`${renderTable(columns, rows)}\n`);
}

const cluster = await realCluster();
const cells: Cell[] = [];
let known: Float32Array[][] = [];
let running = 0;
try {
  for (const workers of values.workers.split(',').map(Number)) {
    await cluster.addWorkers(workers - running, ['--backend', values.backend]);
    running = workers;
    if (known.length === 0) {
      known = [];
      for (const one of cases) known.push(await references(cluster, one));
    }
    cells.push(...(await measure(cluster, workers, known)));
  }
  await exactAndRepeatable(cluster, known);
} finally {
  await cluster.close();
}
print(cells);
const runs = cells.reduce((sum, cell) => sum + cell.runs, 0);
const worst = Math.max(...cells.map(({ errorWorst }) => errorWorst));
process.stdout.write(
  `${runs} runs, worst error ${worst.toExponential(2)}, tolerance ${tolerance}\n`,
);
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
if (values.json) await writeFile(values.json, `${JSON.stringify({ cells, failures }, null, 2)}\n`);
process.exitCode = failures.length > 0 ? CHECK_FAILED : 0;
