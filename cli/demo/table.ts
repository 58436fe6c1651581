import type { ResultDocument } from '../job/result-document.ts';
import { formatDuration, formatScientific } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Cell, Column } from '../output/table.ts';
import { demoWorkers } from './plan.ts';
import type { DemoPlan, DemoRun } from './plan.ts';

export interface DemoOutcome {
  readonly run: DemoRun;
  readonly document: ResultDocument;
  /** Against the sequential run, of the worst sample; null for that run itself. */
  readonly rmsError: number | null;
  readonly speedup: number | null;
}

export interface DemoResults {
  /** In the order of the plan. */
  readonly outcomes: readonly DemoOutcome[];
  readonly leftOut: readonly DemoRun[];
}

const columns: readonly Column[] = [
  { title: 'method' },
  { title: 'window', align: 'right' },
  { title: 'rounds', align: 'right' },
  { title: 'model calls', align: 'right' },
  { title: 'wall clock', align: 'right' },
  { title: 'speedup', align: 'right' },
  { title: 'RMS to sequential', align: 'right' },
];

export function demoTable(outcomes: readonly DemoOutcome[]): string {
  return renderTable(columns, outcomes.map(row));
}

function row({ run, document, rmsError, speedup }: DemoOutcome): readonly Cell[] {
  const { converged, outcome, window, rounds, modelCalls, wallMs } = document;
  return [
    converged ? run.method : `${run.method} (${outcome})`,
    window,
    rounds,
    modelCalls,
    formatDuration(wallMs),
    speedup === null ? null : `${speedup.toFixed(2)}x`,
    rmsError === null ? null : formatScientific(rmsError),
  ];
}

/** RMS difference of the sample that differs most. */
export function worstRms(a: Float32Array, b: Float32Array, samples: number): number {
  const size = a.length / samples;
  let worst = 0;
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0;
    for (let element = sample * size; element < (sample + 1) * size; element++) {
      sum += ((a[element] ?? 0) - (b[element] ?? 0)) ** 2;
    }
    worst = Math.max(worst, Math.sqrt(sum / size));
  }
  return worst;
}

/** What the columns do and do not say about a machine like this one, a paragraph each. */
export function demoNotes(plan: DemoPlan, { outcomes, leftOut }: DemoResults): string[] {
  const computeBound = plan.model.backend === 'onnx';
  const notes = [`Wall clock: ${computeBound ? wallClockNote : wallClockOfNothingNote}`];
  notes.push(`Rounds: ${roundsNote(plan)}`);
  const above = outcomes.filter(({ rmsError }) => rmsError !== null && rmsError > plan.tolerance);
  if (above.length > 0) {
    const names = above.map(
      ({ run, rmsError }) => `${run.name} ${formatScientific(rmsError ?? 0)}`,
    );
    notes.push(`Above the tolerance of ${plan.tolerance} in their worst sample: ${list(names)}.`);
  }
  if (leftOut.length > 0) {
    const names = list(leftOut.map(({ name }) => name));
    notes.push(`Left out, to end within three minutes on this machine: ${names}.`);
  }
  return notes;
}

const cores = `sequential uses one worker, so one core; the others ${demoWorkers} such workers.`;
const wallClockNote =
  `${cores} This model keeps a core busy, so k times the model calls take about ` +
  `k/${demoWorkers} times as long here, or longer where busy cores share a memory: ` +
  'time-parallelism is for accelerators that would stand idle.';
const wallClockOfNothingNote =
  `${cores} This model costs next to nothing: the times are messages and say nothing about a ` +
  'real one.';

function roundsNote({ steps, runs }: DemoPlan): string {
  const parareal = runs.find(({ method }) => method === 'parareal');
  const chain = Math.ceil(steps / (parareal?.blocks ?? 1));
  const exception =
    parareal === undefined ? '' : `; a round of parareal is a chain of ${chain}, one per fine step`;
  return `what a cluster with enough devices waits for, one model call each${exception}.`;
}

function list(names: readonly string[]): string {
  return names.join('; ');
}
