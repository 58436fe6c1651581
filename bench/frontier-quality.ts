/**
 * Quality against latency: what a judge of the model says of the samples of every choice that
 * `isochron bench frontier` timed. With fewer steps the samples are other ones, not worse copies
 * of the same; how good they are is what this asks.
 *
 *   npm run isochron -- bench frontier --solver ddpm-1000 --json frontier.json
 *   npm run bench:frontier-quality -- --frontier frontier.json --plots plots --json quality.json
 *
 * Latencies are those of the file, for one sample on an idle machine; the samples to judge are
 * drawn here, many at a time, on any machine.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FrontierRecord } from '../cli/bench/frontier.ts';
import { solverSpec } from '../cli/bench/spec.ts';
import { prepareFolder } from '../cli/folder.ts';
import { formatDuration } from '../cli/output/format.ts';
import { linePlot } from '../cli/output/line-plot.ts';
import { renderTable } from '../cli/output/table.ts';
import { packageRoot } from '../shared/protocol/package-root.ts';
import { realCluster, type RealCluster } from '../test/support/real-cluster.ts';
import { judgeOf } from './support/judges.ts';

interface Frontier {
  readonly model: string;
  readonly guidance: number;
  readonly records: readonly FrontierRecord[];
}

interface Judged extends FrontierRecord {
  /** The part of the samples that are good. */
  readonly share: number;
}

const { values } = parseArgs({
  options: {
    frontier: { type: 'string', default: 'frontier.json' },
    samples: { type: 'string', default: '500' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
    plots: { type: 'string' },
  },
});

/** `auto` that fell back is the sequential sampler: the same samples are judged once. */
function keyOf({ solver, method, steps, window, tolerance }: FrontierRecord): string {
  const plain = method === 'sequential';
  return JSON.stringify([
    solverSpec(solver).solver,
    steps,
    method,
    ...(plain ? [] : [window, tolerance]),
  ]);
}

async function shareOf(cluster: RealCluster, frontier: Frontier, record: FrontierRecord) {
  const { model, guidance } = frontier;
  const { method, steps, window, tolerance } = record;
  const parallel = method === 'sequential' ? {} : { window, tolerance: tolerance ?? undefined };
  const solver = solverSpec(record.solver).solver;
  const quality = await judgeOf(model)(
    join(packageRoot(), 'models', model),
    async (job) => {
      const request = { ...job, model, solver, steps, guidance, method, ...parallel };
      return (await cluster.run(request)).samples;
    },
    Number(values.samples),
  );
  return quality.share;
}

async function judgeAll(frontier: Frontier): Promise<Judged[]> {
  const cluster = await realCluster();
  const shares = new Map<string, number>();
  try {
    const folder = join(packageRoot(), 'models', frontier.model);
    await cluster.addWorkers(Number(values.workers), ['--backend', 'onnx', '--models', folder]);
    for (const record of frontier.records) {
      const key = keyOf(record);
      if (!shares.has(key)) shares.set(key, await shareOf(cluster, frontier, record));
    }
  } finally {
    await cluster.close();
  }
  return frontier.records.map((record) => ({ ...record, share: shares.get(keyOf(record)) ?? NaN }));
}

function print(judged: readonly Judged[]): void {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'solver' },
    { title: 'sampler' },
    { title: 'wall clock', ...right },
    { title: 'good', ...right },
  ];
  const rows = judged.map(({ solver, label, wallMs, share }) => [
    solver,
    label,
    formatDuration(wallMs),
    `${(100 * share).toFixed(1)} %`,
  ]);
  process.stdout.write(`\n${renderTable(columns, rows)}\n`);
}

function seriesOf({ kind, label }: FrontierRecord): string {
  if (kind === 'parallel') return label.slice(0, label.lastIndexOf(','));
  return kind === 'sequential' ? 'all steps' : 'fewer steps';
}

function pictureOf(model: string, solver: string, judged: readonly Judged[]) {
  const own = judged.filter((record) => record.solver === solver);
  const series = [...new Set(own.map(seriesOf))].map((name) => {
    const some = own.filter((record) => seriesOf(record) === name);
    return {
      name,
      points: some.map(({ wallMs, share }) => [wallMs, 100 * share] as const),
      labels: some.map(({ tolerance, steps }) => String(tolerance ?? steps)),
    };
  });
  return linePlot({
    title: `${model}, ${solver}: quality against latency`,
    xLabel: 'wall clock in ms',
    yLabel: 'good samples in %',
    logX: true,
    series,
  });
}

const frontier = JSON.parse(await readFile(values.frontier, 'utf8')) as Frontier;
if (values.plots !== undefined) await prepareFolder('--plots', values.plots);
const judged = await judgeAll(frontier);
print(judged);
const { model } = frontier;
if (values.json) {
  await writeFile(values.json, `${JSON.stringify({ model, records: judged }, null, 2)}\n`);
}
for (const solver of values.plots ? new Set(judged.map((record) => record.solver)) : []) {
  const { svg, png } = pictureOf(model, solver, judged);
  const stem = join(values.plots ?? '', `quality-${solver}`);
  await writeFile(`${stem}.svg`, svg);
  await writeFile(`${stem}.png`, png);
}
