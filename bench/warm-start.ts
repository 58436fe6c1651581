/**
 * Does it pay to start from the trajectory of an earlier job? Runs the same job cold and from the
 * results of jobs that differ in one thing, on worker processes, through isochron itself:
 *
 *   npm run bench:warm-start -- --seeds 1..8 --json warm-start.json
 *
 * The job has guidance 2 and class seed mod 10. Errors are true ones, against `sequential`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JobResult, SubmitRequest } from '../cli/client.ts';
import { renderTable } from '../cli/output/table.ts';
import { packageRoot } from '../shared/protocol/package-root.ts';
import { rmsDifference } from '../shared/numerics/differences.ts';
import { realCluster } from '../test/support/real-cluster.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'fashion-unet' },
    cases: { type: 'string', default: 'ddim-50,ddim-50/8,ddpm-100,ddpm-100/16' },
    seeds: { type: 'string', default: '1..4' },
    tolerance: { type: 'string', default: '0.01' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});

const CLASSES = 10;

function classOf(value: number): SubmitRequest['inputs'] {
  const data = BigInt64Array.of(BigInt(value % CLASSES));
  return [{ name: 'class', dtype: 'int64', shape: [], data }];
}

/** SOLVER-STEPS or SOLVER-STEPS/WINDOW */
function requestOf(text: string, seed: number): SubmitRequest {
  const [, solver, steps, window] = /^(ddim|ddpm)-(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (solver === undefined) throw new Error(`--cases: found "${text}"`);
  return {
    model: values.model,
    solver,
    steps: Number(steps),
    window: window === undefined ? undefined : Number(window),
    method: 'secant',
    seed,
    inputs: classOf(seed),
    guidance: 2,
    tolerance: Number(values.tolerance),
  };
}

/** What the earlier job did otherwise. */
const earlier: Readonly<Record<string, (seed: number) => Partial<SubmitRequest>>> = {
  'guidance 2.2': () => ({ guidance: 2.2 }),
  'guidance 3': () => ({ guidance: 3 }),
  'guidance 1': () => ({ guidance: 1 }),
  'another class': (seed) => ({ inputs: classOf(seed + 3) }),
  'another seed': (seed) => ({ seed: seed + 1000 }),
};

const cluster = await realCluster();

async function certified(request: SubmitRequest): Promise<Float32Array> {
  const { job } = await cluster.client.submit({ ...request, certify: true });
  for await (const { status } of cluster.client.watch(job)) {
    if (status.state === 'failed') throw new Error(status.message);
  }
  const { kept } = await cluster.client.result(job, { trajectory: true });
  if (kept === null) throw new Error(`job ${job} kept no trajectory`);
  return kept.states;
}

interface Run {
  readonly rounds: number;
  readonly modelCalls: number;
  readonly error: number;
}

async function runSeed(text: string, seed: number): Promise<Map<string, Run>> {
  const request = requestOf(text, seed);
  const exact = await cluster.run({ ...request, method: 'sequential', window: undefined });
  const runOf = ({ report, samples }: JobResult): Run => ({
    rounds: report.rounds,
    modelCalls: report.modelCalls,
    error: rmsDifference(samples, 0, exact.samples, 0, samples.length),
  });
  const runs = new Map([['nothing', runOf(await cluster.run(request))]]);
  for (const [name, change] of Object.entries(earlier)) {
    const source = { ...request, ...change(seed) };
    // whatever window the earlier job had, its trajectory is the same
    const states = await certified({ ...source, window: undefined });
    const { job } = await cluster.client.submit(request, { trajectory: { states, source } });
    for await (const { status } of cluster.client.watch(job)) {
      if (status.state === 'failed') throw new Error(status.message);
    }
    runs.set(name, runOf(await cluster.client.result(job)));
  }
  return runs;
}

function summarize(text: string, start: string, runs: readonly Run[]) {
  const mean = (of: (run: Run) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    solver: text,
    start,
    seeds: runs.length,
    rounds: mean(({ rounds }) => rounds),
    modelCalls: mean(({ modelCalls }) => modelCalls),
    errorWorst: Math.max(...runs.map(({ error }) => error)),
  };
}

function tableOf(records: readonly ReturnType<typeof summarize>[]): string {
  const columns = ['solver', 'started from', 'rounds', 'model calls', 'worst error'];
  const rows = records.map(({ solver, start, rounds, modelCalls, errorWorst }) => [
    ...[solver, start, rounds.toFixed(1), modelCalls.toFixed(0), errorWorst.toExponential(1)],
  ]);
  const titles = columns.map((title) => ({ title }));
  return renderTable(titles, rows);
}

try {
  const folder = join(packageRoot(), 'models', values.model);
  await cluster.addWorkers(Number(values.workers), ['--backend', 'onnx', '--models', folder]);
  const [first = 1, last = first] = values.seeds.split('..').map(Number);
  const records: ReturnType<typeof summarize>[] = [];
  for (const text of values.cases.split(',')) {
    const runs: Map<string, Run>[] = [];
    for (let seed = first; seed <= last; seed++) {
      runs.push(await runSeed(text, seed));
      process.stderr.write(`${text}: seed ${seed} of ${first}..${last}\r`);
    }
    const starts = ['nothing', ...Object.keys(earlier)];
    const own = starts.map((start) =>
      summarize(
        text,
        start,
        runs.flatMap((seed) => seed.get(start) ?? []),
      ),
    );
    records.push(...own);
    process.stdout.write(`\n${tableOf(own)}\n`);
  }
  if (values.json) await writeFile(values.json, `${JSON.stringify({ records }, null, 2)}\n`);
} finally {
  await cluster.close();
}
