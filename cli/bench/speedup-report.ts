/** What `bench speedup` says to people. */
import { shapeName } from './bench-cluster.ts';
import { formatDuration, formatScientific } from '../output/format.ts';
import { linePlot } from '../output/line-plot.ts';
import { renderTable } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import type { Picture } from './files.ts';
import type { Side, SpeedupRecord } from './speedup.ts';

/** More than float noise between two sequential runs of the same seed. */
const SPREAD_MAX = 1e-4;
const LOAD_MAX = 0.5;

const right = { align: 'right' } as const;

const columns: readonly Column[] = [
  { title: 'solver' },
  { title: 'side' },
  { title: 'on' },
  { title: 'wall clock', ...right },
  { title: 'least', ...right },
  { title: 'most', ...right },
  { title: 'with client', ...right },
  { title: 'speedup', ...right },
  { title: 'rounds', ...right },
  { title: 'calls', ...right },
  { title: 'worst error', ...right },
];

export function speedupTable(records: readonly SpeedupRecord[]): string {
  const rows = records.flatMap((record) => {
    const { plan, sequential, parallel, otherSequential } = record;
    const windowed = plan.method === 'sequential' ? '' : `, window ${plan.window}`;
    return [
      [record.solver, 'sequential', ...cells(sequential)],
      ...otherSequential.map((side) => [record.solver, 'sequential', ...cells(side)]),
      [
        record.solver,
        `${plan.method}${windowed}`,
        ...cells(parallel),
        `${record.speedup.toFixed(2)}x`,
        record.rounds,
        record.modelCalls,
        formatScientific(record.errorWorst),
      ],
    ];
  });
  return renderTable(columns, rows);
}

function cells(side: Side): string[] {
  const { medianMs, minMs, maxMs, totalMs, workersUsed } = side;
  return [
    shapeName(side, workersUsed),
    ...[medianMs, minMs, maxMs, totalMs].map((ms) => formatDuration(ms)),
  ];
}

/** What the figures do not say by themselves. */
export function speedupNotes(records: readonly SpeedupRecord[]): string[] {
  const [first] = records;
  if (first === undefined) return [];
  const notes = [
    `Medians of ${first.repeats} repeats after one warm-up, model loading not counted. Wall ` +
      'clock is what the job reports, from the first dispatch to the last frozen row.',
  ];
  for (const { solver, calibration } of records) {
    if (calibration.length < 2) continue;
    const tried = calibration.map(
      (one) => `${shapeName(one)} ${formatDuration(one.wallMs)} (${one.method})`,
    );
    notes.push(`${solver}: calibrated on ${tried.join(', ')}.`);
  }
  for (const { solver, plan, parallelMs } of records) {
    if (plan.predictedMs === null) continue;
    const [predicted, took] = [plan.predictedMs, parallelMs].map((ms) => formatDuration(ms));
    notes.push(`${solver}: the planner predicted ${predicted}, it took ${took}.`);
  }
  for (const { solver, sequentialSpread } of records) {
    if (sequentialSpread <= SPREAD_MAX) continue;
    const apart = formatScientific(sequentialSpread);
    notes.push(`${solver}: the sequential samples of different thread counts are ${apart} apart.`);
  }
  const load = Math.max(...records.map(({ loadBefore }) => loadBefore));
  if (load > LOAD_MAX) {
    notes.push(
      `The machine was busy before the run (load ${load.toFixed(1)}): the times are not its best.`,
    );
  }
  return notes;
}

export function speedupPictures(model: string, records: readonly SpeedupRecord[]): Picture[] {
  const plot = linePlot({
    title: `${model}: speedup over the best sequential sampler of the same machine`,
    kind: 'bar',
    xLabel: 'solver',
    yLabel: 'sequential wall clock over parallel',
    categories: records.map(({ solver }) => solver),
    series: [{ name: '', points: records.map(({ speedup }, k) => [k, speedup] as const) }],
  });
  return [{ name: 'speedup', plot }];
}
