/** The table and the picture of `bench frontier`. */
import { formatDuration, formatScientific } from '../output/format.ts';
import { linePlot } from '../output/line-plot.ts';
import type { LinePlotOptions, Series } from '../output/line-plot.ts';
import { renderTable } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { shapeName } from './bench-cluster.ts';
import type { Picture } from './files.ts';
import type { FrontierRecord } from './frontier.ts';

const right = { align: 'right' } as const;

const columns: readonly Column[] = [
  { title: 'solver' },
  { title: 'sampler' },
  { title: 'ran as' },
  { title: 'on' },
  { title: 'wall clock', ...right },
  { title: 'rounds', ...right },
  { title: 'calls', ...right },
  { title: 'error', ...right },
  { title: 'worst error', ...right },
  { title: 'beaten by' },
];

export function frontierTable(records: readonly FrontierRecord[]): string {
  const rows = records.map((record) => [
    record.solver,
    record.label,
    record.method === 'sequential' ? 'sequential' : `${record.method}, window ${record.window}`,
    shapeName(record, record.workersUsed),
    formatDuration(record.wallMs),
    record.rounds.toFixed(1),
    record.modelCalls.toFixed(0),
    formatScientific(record.errorMedian),
    formatScientific(record.errorWorst),
    record.beatenBy ?? '',
  ]);
  return renderTable(columns, rows);
}

export function frontierNotes(records: readonly FrontierRecord[]): string[] {
  const notes = [
    'Errors: RMS against the sequential sample with all steps, worst sample of a seed, median ' +
      'over the seeds; with fewer steps of ddpm on the summed noise of the steps left out. Wall ' +
      'clock: medians on the fastest shape, after one warm-up.',
  ];
  const parallel = records.filter(
    ({ kind, method }) => kind === 'parallel' && method !== 'sequential',
  );
  const beaten = parallel.filter((record) => record.beatenBy !== null).length;
  const verdict = 'a plain sampler is at least as near and at least as quick (beaten by)';
  if (beaten > 0) notes.push(`In ${beaten} of ${parallel.length} parallel runs ${verdict}.`);
  return notes;
}

/** One picture per solver: error over time, the reference a line at its own time. */
export function frontierPictures(model: string, records: readonly FrontierRecord[]): Picture[] {
  const solvers = [...new Set(records.map(({ solver }) => solver))];
  return solvers.map((solver) => {
    const own = records.filter((record) => record.solver === solver);
    const options: LinePlotOptions = {
      title: `${model}, ${solver}: error against latency`,
      xLabel: 'wall clock in ms',
      yLabel: `RMS against the sequential sample of ${solver}, median`,
      logX: true,
      logY: true,
      series: [fewSteps(own), ...parallelSeries(own), reference(own)],
    };
    return { name: `frontier-${solver}`, plot: linePlot(options) };
  });
}

function fewSteps(records: readonly FrontierRecord[]): Series {
  const own = records
    .filter(({ kind }) => kind === 'few-steps')
    .toSorted((a, b) => a.steps - b.steps);
  return {
    name: 'fewer steps',
    points: own.map(({ wallMs, errorMedian }) => [wallMs, errorMedian] as const),
    labels: own.map(({ steps }) => String(steps)),
  };
}

function parallelSeries(records: readonly FrontierRecord[]): Series[] {
  const own = records.filter(({ kind }) => kind === 'parallel');
  const nameOf = ({ label }: FrontierRecord): string => label.slice(0, label.lastIndexOf(','));
  return [...new Set(own.map(nameOf))].map((name) => {
    const points = own.filter((record) => nameOf(record) === name);
    return {
      name,
      points: points.map(({ wallMs, errorMedian }) => [wallMs, errorMedian] as const),
      labels: points.map(({ tolerance }) => String(tolerance ?? '')),
    };
  });
}

/** The sequential sampler has no error: an upright line where the others' errors are. */
function reference(records: readonly FrontierRecord[]): Series {
  const wallMs = records.find(({ kind }) => kind === 'sequential')?.wallMs ?? NaN;
  const errors = records.map(({ errorMedian }) => errorMedian).filter((error) => error > 0);
  const points = [
    [wallMs, Math.min(...errors)],
    [wallMs, Math.max(...errors)],
  ] as const;
  return { name: 'sequential', points, dashed: true };
}
