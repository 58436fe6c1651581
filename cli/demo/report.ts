/** What the demo prints at its end, for people and for programs. */
import { formatDuration } from '../output/format.ts';
import { wrap } from '../terminal.ts';
import { demoWorkers as workers } from './plan.ts';
import type { DemoPlan } from './plan.ts';
import { demoNotes, demoTable } from './table.ts';
import type { DemoResults } from './table.ts';

export function describePlan({ model, steps, samples, tolerance }: DemoPlan): string {
  const guided = model.guidance > 1 ? `, guidance ${model.guidance}` : '';
  const job = `${samples} samples of ${model.name}, ddim ${steps} steps${guided}`;
  return `${job}, tolerance ${tolerance}`;
}

export function textOf(
  plan: DemoPlan,
  results: DemoResults,
  { totalMs, width }: { readonly totalMs: number; readonly width: number },
): string {
  const parts = [
    describePlan(plan),
    demoTable(results.outcomes),
    ...demoNotes(plan, results).map((note) => wrap(note, width)),
    `Pictures are in ${plan.folder}. The demo took ${formatDuration(totalMs)}.`,
  ];
  return `\n${parts.join('\n\n')}\n`;
}

export function jsonOf(
  plan: DemoPlan,
  { outcomes, leftOut }: DemoResults,
  totalMs: number,
): string {
  const { model, steps, samples, tolerance, folder } = plan;
  const runs = outcomes.map(({ run, document, rmsError, speedup }) => ({
    name: run.name,
    ...document,
    rmsError,
    speedup,
  }));
  const head = { model: model.name, steps, samples, tolerance, folder, workers };
  const names = leftOut.map(({ name }) => name);
  return `${JSON.stringify({ ...head, totalMs, runs, leftOut: names })}\n`;
}
