/** What becomes of a job that is over: its result is written down, and then nobody holds it. */
import { assert } from '../../shared/kernel/assert.ts';
import { bytesOf } from '../../shared/protocol/latents.ts';
import { isOver, type JobState } from '../core/state.ts';
import { certificateOf } from './certification.ts';
import type { HeldCheckpoint } from './earlier.ts';
import type { Engine } from './engine.ts';
import type { JobDeskOptions } from './desk-options.ts';
import { outcomeOf } from './job-outcome.ts';
import { gather } from './job-parts.ts';
import type { JobRecord } from './job-record.ts';
import type { Blob, JobEnd } from './job-store.ts';
import { finalStatusOf, isEmulated, reportOf } from './report.ts';
import type { Earlier } from './earlier.ts';
import { encodeReport, encodeStatus, encodeTrace } from './stored-job.ts';

export function ended(options: JobDeskOptions, job: string): void {
  const engine = options.engine();
  const record = engine.records.get(job);
  if (!record) return;
  if (record.isPart) return keepEnd(options, record);
  if (!record.audits) record.given = undefined;
  gather(record);
  for (const { id } of record.parts) engine.records.delete(id);
  learn(options, record);
  logEnd(options, job);
  if (record.audit !== undefined && passOn(engine, record)) return;
  const subject = settled(engine, record);
  if (subject.hidden) keepEnd(options, subject);
  else void writeDown(options, subject);
}

function logEnd({ engine, log }: JobDeskOptions, job: string): void {
  const state = engine().state().jobs.get(job);
  if (!state) return;
  const { phase, failure, outcome, startedMs, endedMs, tally } = state;
  const { rounds, modelCalls, errorEstimate } = tally;
  const figures = { rounds, modelCalls, errorEstimate, wallMs: Math.round(endedMs - startedMs) };
  const failed = failure && { code: failure.code, why: failure.message };
  log.info({ job, phase, outcome, ...figures, ...failed }, 'job ended');
}

function learn({ engine, planner, busy }: JobDeskOptions, record: JobRecord): void {
  const measured = outcomeOf(engine().state().jobs, record, busy.untilMs);
  if (measured && record.resolved) planner.learn(record.resolved.planned, measured);
}

/** Gives the rows of a finished job to its audit; false where there is none to wait for. */
function passOn(engine: Engine, record: JobRecord): boolean {
  const { audit: id, trajectory: states, resolved } = record;
  const audit = id === undefined ? undefined : engine.records.get(id);
  if (!audit || !resolved) return false;
  const { seed } = resolved.spec;
  if (states) audit.given = { states, seed, sameConditions: true };
  return record.samples !== undefined;
}

/** The job whose result is complete now: that of an audit is the job that it certifies. */
function settled(engine: Engine, record: JobRecord): JobRecord {
  if (!record.audits) return record;
  const { jobs } = engine.state();
  const { of = record.id } = record.audits;
  const [subject, job] = [engine.records.get(of), jobs.get(record.id)];
  if (!subject || !job) return record;
  // a certificate begins where its job has settled, a verification by itself
  const sinceMs = of === record.id ? job.startedMs : (jobs.get(of)?.settledMs ?? job.startedMs);
  subject.certificate = certificateOf({ workers: engine.workers, record, job, sinceMs });
  subject.residuals = record.residuals;
  record.given = undefined;
  return subject;
}

/** A part or a baseline that is done is not run again: it ends where it ended. */
function keepEnd(options: JobDeskOptions, record: JobRecord): void {
  const { jobs } = options.engine().state();
  const [job, whole] = [jobs.get(record.id), jobs.get(record.whole)];
  const { samples, audits } = record;
  if (!job || !whole || isOver(whole) || !samples || audits || job.phase !== 'done') return;
  const { errors, restarts, roundsLost, tally, outcome, settledMs, startedMs } = job;
  const elapsedMs = settledMs - startedMs;
  const row = record.resolved?.table.steps ?? 0;
  const end = { row, state: samples, errors, restarts, roundsLost, tally, elapsedMs, outcome };
  writeCheckpoint(options, record, end);
}

export function writeCheckpoint(
  options: JobDeskOptions,
  record: JobRecord,
  checkpoint: HeldCheckpoint,
): void {
  const { resolved, trace, bytes, coordinatorMs } = record;
  assert(resolved, `job ${record.id} has a checkpoint before it is resolved`);
  const { spec, table, planned } = resolved;
  const { method, window, blocks, groups } = planned.plan.setting;
  const figures: Omit<Earlier, 'checkpoint'> = {
    setting: { method, window, blocks, groups },
    modelSha256: spec.modelSha256,
    steps: table.steps,
    trace: trace.rounds(),
    bytes: { ...bytes },
    coordinatorMs,
    emulated: isEmulated(options.engine(), record),
  };
  options.ledger.checkpoint(record, figures, checkpoint);
}

async function writeDown(options: JobDeskOptions, record: JobRecord): Promise<void> {
  // an audit that ends after its job has failed has nothing to add
  if (record.closing) return;
  record.closing = true;
  const engine = options.engine();
  const job = engine.state().jobs.get(record.id);
  assert(job, `no state for job ${record.id}`);
  const { id } = record;
  const done = job.phase === 'done' && record.samples !== undefined;
  const status = encodeStatus(finalStatusOf(engine, record));
  const report = done ? encodeReport(reportOf(engine, record)) : undefined;
  try {
    const blobs = done ? await writeResult(options, record) : [];
    await options.ledger.end({ job: id, end: endOf(job), status, report, blobs });
  } catch (error) {
    // it is still in the store as it was accepted: the next process runs it again
    options.log.error({ job: id, error: String(error) }, 'the end of the job was not written');
    return;
  }
  record.stored = true;
  record.watchers.forEach((notify) => notify());
  forget(options, record);
  await options.ledger.sweep();
}

function endOf({ phase, id }: JobState): JobEnd {
  assert(phase === 'done' || phase === 'failed' || phase === 'cancelled', `${id} is ${phase}`);
  return phase;
}

async function writeResult(options: JobDeskOptions, record: JobRecord): Promise<Blob[]> {
  const { id, samples, trajectory, residuals, certificate, trace } = record;
  record.trajectory = undefined;
  record.residuals = undefined;
  const parts: [string, Uint8Array | undefined][] = [
    ['samples', samples && bytesOf(samples)],
    ['trace', encodeTrace(trace.rounds())],
    ['residuals', certificate && residuals && bytesOf(residuals)],
    ['trajectory', certificate && trajectory && bytesOf(trajectory)],
  ];
  const blobs: Blob[] = [];
  for (const [part, bytes] of parts) {
    if (bytes) blobs.push(await options.ledger.keep(`${id}.${part}`, bytes));
  }
  return blobs;
}

/** From here on the store answers for it. */
function forget({ engine: get, busy }: JobDeskOptions, record: JobRecord): void {
  const engine = get();
  for (const id of [record.id, record.baseline, record.audit]) {
    if (id === undefined) continue;
    busy.untilMs = Math.max(busy.untilMs, engine.state().jobs.get(id)?.endedMs ?? 0);
    engine.records.delete(id);
    engine.dispatch({ kind: 'jobForgotten', job: id });
  }
}
