/** The table and the pictures of `bench rounds`. */
import { formatScientific } from '../output/format.ts';
import { linePlot } from '../output/line-plot.ts';
import type { LinePlotOptions, Series } from '../output/line-plot.ts';
import { renderTable } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import type { Picture } from './files.ts';
import type { RoundsRecord } from './rounds.ts';
import { solverSpec } from './spec.ts';

const right = { align: 'right' } as const;

const columns: readonly Column[] = [
  { title: 'solver' },
  { title: 'method' },
  { title: 'window', ...right },
  { title: 'to 1e-2', ...right },
  { title: 'to 1e-3', ...right },
  { title: 'rounds', ...right },
  { title: 'worst', ...right },
  { title: 'calls', ...right },
  { title: 'error', ...right },
  { title: 'worst error', ...right },
  { title: 'over', ...right },
  { title: 'estimate', ...right },
  { title: 'bounds', ...right },
];

export function roundsTable(records: readonly RoundsRecord[]): string {
  const rows = records.map((record) => [
    record.solver,
    record.method,
    record.window,
    record.roundsTo1e2?.toFixed(2),
    record.roundsTo1e3?.toFixed(2),
    record.rounds.toFixed(1),
    record.roundsWorst,
    record.modelCalls.toFixed(0),
    formatScientific(record.errorMedian),
    formatScientific(record.errorWorst),
    `${record.overTolerance}/${record.seeds}`,
    formatScientific(record.estimateMedian),
    `${Math.round(record.estimateCoverage * record.seeds)}/${record.seeds}`,
  ]);
  return renderTable(columns, rows);
}

export function roundsPictures(model: string, records: readonly RoundsRecord[]): Picture[] {
  return [
    ...bars(model, records),
    ...errorCurves(model, records),
    ...roundsAgainstSteps(model, records),
  ];
}

function bars(model: string, records: readonly RoundsRecord[]): Picture[] {
  const solvers = distinct(records.map(({ solver }) => solver));
  const plot = (title: string, yLabel: string, of: (record: RoundsRecord) => number | null) =>
    linePlot({
      title: `${model}: ${title}`,
      kind: 'bar',
      xLabel: 'solver',
      yLabel,
      categories: solvers,
      series: byMethod(records, (record) => [
        solvers.indexOf(record.solver),
        of(record) ?? Number.NaN,
      ]),
    });
  const to = 'rounds until the final sample is within RMS 0.01 of the sequential one';
  const calls = (record: RoundsRecord) => record.modelCalls / solverSpec(record.solver).steps;
  return [
    { name: 'rounds-to-1e-2', plot: plot('rounds to RMS 0.01', to, (one) => one.roundsTo1e2) },
    { name: 'rounds', plot: plot('rounds', 'rounds until all rows froze', (one) => one.rounds) },
    { name: 'model-calls', plot: plot('work', 'model calls over sampling steps', calls) },
  ];
}

function errorCurves(model: string, records: readonly RoundsRecord[]): Picture[] {
  return distinct(records.map(({ solver }) => solver)).map((solver) => {
    const own = records.filter((record) => record.solver === solver);
    const series = own.map(({ method, errorByRound }) => ({
      name: method,
      points: errorByRound.map((error, k) => [k + 1, error ?? Number.NaN] as const),
    }));
    const seeds = own[0]?.seeds ?? 0;
    const options: LinePlotOptions = {
      title: `${model}, ${solver}: error of the final sample, median of ${seeds} seeds`,
      xLabel: 'round',
      yLabel: 'RMS against the sequential sample',
      logY: true,
      series,
    };
    return { name: `error-${solver}`, plot: linePlot(options) };
  });
}

/** One picture per solver that was run with several numbers of steps. */
function roundsAgainstSteps(model: string, records: readonly RoundsRecord[]): Picture[] {
  const named = records.map((record) => ({ ...record, spec: solverSpec(record.solver) }));
  return distinct(named.map(({ spec }) => spec.solver)).flatMap((solver): Picture[] => {
    const own = named.filter(({ spec }) => spec.solver === solver);
    if (distinct(own.map(({ spec }) => String(spec.steps))).length < 2) return [];
    const series = byMethod(own, ({ spec, rounds }) => [spec.steps, rounds]);
    const options: LinePlotOptions = {
      title: `${model}, ${solver}: rounds against the number of steps`,
      xLabel: 'sampling steps N',
      yLabel: 'rounds until all rows froze',
      logX: true,
      series: series.map((one) => ({ ...one, points: one.points.toSorted(([a], [b]) => a - b) })),
    };
    return [{ name: `rounds-by-steps-${solver}`, plot: linePlot(options) }];
  });
}

function byMethod<R extends RoundsRecord>(
  records: readonly R[],
  point: (record: R) => readonly [x: number, y: number],
): Series[] {
  return distinct(records.map(({ method }) => method)).map((name) => ({
    name,
    points: records.filter(({ method }) => method === name).map(point),
  }));
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
