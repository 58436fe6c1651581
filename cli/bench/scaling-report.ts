/** What `bench scaling` says to people; every table and chart says that devices are emulated. */
import { formatBytes, formatDuration, formatScientific } from '../output/format.ts';
import { linePlot } from '../output/line-plot.ts';
import { renderTable } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import type { Picture } from './files.ts';
import type { ScalingRecord } from './scaling.ts';

/** Above this the host and not the software may be what is measured. */
const BUSY_MAX = 0.9;

const right = { align: 'right' } as const;

const columns: readonly Column[] = [
  { title: 'solver' },
  { title: 'emulated workers', ...right },
  { title: 'plan' },
  { title: 'dilation', ...right },
  { title: 'wall clock', ...right },
  { title: 'ideal', ...right },
  { title: 'overhead', ...right },
  { title: 'speedup', ...right },
  { title: 'rounds', ...right },
  { title: 'calls / N', ...right },
  { title: 'a round moves', ...right },
  { title: 'host busy', ...right },
  { title: 'late', ...right },
  { title: 'worst error', ...right },
];

export function scalingTable(records: readonly ScalingRecord[]): string {
  const rows = records.map((record) => [
    record.solver,
    record.workers,
    planOf(record),
    `${record.dilation}x`,
    formatDuration(record.wallMs),
    formatDuration(record.idealMs),
    `${record.overhead.toFixed(3)}x`,
    `${record.speedup.toFixed(2)}x`,
    record.rounds,
    record.work.toFixed(2),
    formatBytes(record.bytesPerRound),
    `${Math.round(100 * record.hostBusy)} %`,
    formatDuration(record.hostLateMs),
    formatScientific(record.errorWorst),
  ]);
  return renderTable(columns, rows);
}

function planOf({ method, window, workers, workersUsed }: ScalingRecord): string {
  const name = method === 'sequential' ? method : `${method}, window ${window}`;
  return workersUsed < workers ? `${name}, on ${workersUsed}` : name;
}

export function scalingNotes(profile: string, records: readonly ScalingRecord[]): string[] {
  const notes = [
    `Emulated: a model call takes as long as on the described device of profile ${profile}, ` +
      'asleep; outputs, messages, scans and clocks are real. Ideal is the sum over the rounds of ' +
      "the slowest worker's model time, speedup that over the sequential sampler on one device.",
  ];
  if (records.some(({ dilation }) => dilation > 1)) {
    notes.push(
      'Dilation: where workers outnumber the cores of this host, all devices run as many times ' +
        'slower than life, the sequential one too, so that every worker gets the time of a core.',
    );
  }
  const baselines = new Map(records.map((one) => [`${one.solver} ${one.dilation}`, one]));
  const sequential = [...baselines.values()].map(
    ({ solver, sequentialMs, sequentialOverhead: over, dilation }) =>
      `${solver} ${formatDuration(sequentialMs)} (${over.toFixed(3)}x of the device's time` +
      `${dilation > 1 ? `, dilated ${dilation}x` : ''})`,
  );
  notes.push(`Sequential on one device: ${sequential.join(', ')}.`);
  if (records.some(({ hostBusy }) => hostBusy > BUSY_MAX)) {
    notes.push(
      'The cores of this host, which all emulated workers share, were busy: a cluster has a ' +
        'host for every few devices. An idle or larger machine shows what the software adds.',
    );
  }
  return notes;
}

export function scalingPictures(profile: string, records: readonly ScalingRecord[]): Picture[] {
  const solvers = [...new Set(records.map(({ solver }) => solver))];
  const series = (value: (record: ScalingRecord) => number) =>
    solvers.map((solver) => ({
      name: solver,
      points: records
        .filter((record) => record.solver === solver)
        .map((record) => [record.workers, value(record)] as const),
    }));
  const common = { xLabel: 'emulated workers', logX: true };
  return [
    {
      name: 'scaling-speedup',
      plot: linePlot({
        ...common,
        title: `emulated ${profile}: speedup over one such device`,
        yLabel: 'sequential wall clock over wall clock',
        logY: true,
        series: series(({ speedup }) => speedup),
      }),
    },
    {
      name: 'scaling-overhead',
      plot: linePlot({
        ...common,
        title: `emulated ${profile}: wall clock over the time of the devices`,
        yLabel: 'wall clock over ideal',
        series: series(({ overhead }) => overhead),
      }),
    },
  ];
}
