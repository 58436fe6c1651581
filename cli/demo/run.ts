import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SamplerError } from '../../shared/protocol/errors.ts';
import type { Client, JobResult } from '../client.ts';
import { follow, resultOf } from '../job/follow.ts';
import { sampleLabels } from '../job/labels.ts';
import type { Progress } from '../job/progress.ts';
import { resultDocument } from '../job/result-document.ts';
import { convergencePicture, samplesPicture } from '../job/result-folder.ts';
import { workersOf } from './plan.ts';
import type { DemoPlan, DemoRun } from './plan.ts';
import { worstRms } from './table.ts';
import type { DemoOutcome, DemoResults } from './table.ts';

export interface DemoRunOptions {
  readonly signal: AbortSignal;
  /** By performance.now(): a run that is likely to end later is not begun. */
  readonly endMs: number;
  readonly progress: (run: DemoRun) => Progress;
  readonly done: (outcome: DemoOutcome) => void;
}

/** The cheap runs first: the promised time then goes as far as it can. */
export async function runDemo(
  client: Client,
  plan: DemoPlan,
  options: DemoRunOptions,
): Promise<DemoResults> {
  const outcomes = new Map<DemoRun, DemoOutcome>();
  let baseline: JobResult | undefined;
  let msPerWork = 0;
  for (const run of plan.runs.toSorted((a, b) => a.work - b.work)) {
    if (performance.now() + (msPerWork * run.work) / workersOf(run) > options.endMs) continue;
    const { outcome, result } = await runOne(client, plan, run, { ...options, baseline });
    msPerWork = Math.max(msPerWork, (workersOf(run) * outcome.document.wallMs) / run.work);
    baseline ??= result;
    outcomes.set(run, outcome);
    options.done(outcome);
  }
  return {
    outcomes: plan.runs.flatMap((run) => outcomes.get(run) ?? []),
    leftOut: plan.runs.filter((run) => !outcomes.has(run)),
  };
}

/** One row of the table, with its pictures; `baseline` is the sequential result. */
async function runOne(
  client: Client,
  plan: DemoPlan,
  run: DemoRun,
  options: DemoRunOptions & { readonly baseline: JobResult | undefined },
): Promise<{ readonly outcome: DemoOutcome; readonly result: JobResult }> {
  const { model, steps, samples, inputs, tolerance } = plan;
  const { method, window, blocks } = run;
  const submitted = await client.submit({
    model: model.name,
    solver: 'ddim',
    steps,
    samples,
    inputs,
    tolerance,
    method,
    window,
    blocks,
  });
  const last = await follow(client, submitted.job, options.progress(run), options.signal);
  if (last === undefined) {
    await client.cancel(submitted.job);
    throw new SamplerError('CANCELLED', 'the demo was interrupted');
  }
  const result = await resultOf(client, last);
  const images = await writePictures(plan, run, result);
  const document = resultDocument(result, { samplesFile: null, images });
  const { baseline } = options;
  const outcome: DemoOutcome = {
    run,
    document,
    rmsError: baseline === undefined ? null : worstRms(result.samples, baseline.samples, samples),
    speedup: baseline === undefined ? null : baseline.report.wallMs / document.wallMs,
  };
  return { outcome, result };
}

async function writePictures(plan: DemoPlan, run: DemoRun, result: JobResult): Promise<string[]> {
  const stem = run.name.replace(/[^a-z0-9-]+/g, '-');
  const labels = sampleLabels(plan.inputs, plan.model.conditions, plan.samples);
  const pictures = [
    [`${stem}.png`, samplesPicture(result, labels)],
    [`${stem}-convergence.png`, convergencePicture(result)],
  ] as const;
  const written: string[] = [];
  for (const [name, png] of pictures) {
    if (png === undefined) continue;
    await writeFile(join(plan.folder, name), png);
    written.push(name);
  }
  return written;
}
