/** From an accepted request to a plan, once a worker has its model. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { Checkpoint, JobPlan } from '../core/state.ts';
import { resolveRecord } from './certification.ts';
import type { Engine } from './engine.ts';
import type { JobDeskOptions } from './desk-options.ts';
import { batchJitterOf, checkJitter } from './jitter-check.ts';
import type { JobRecord } from './job-record.ts';
import { partRecords, partsOfPlan } from './job-parts.ts';
import type { PlanJob, Planner } from './planning.ts';
import type { Setting } from './earlier.ts';
import { fits } from './stored-checkpoint.ts';
import { requireRoom, trajectoryElements } from './trajectory.ts';

/** Everything that a request can be wrong in, once its model is known. */
export function resolveChecked(
  engine: Engine,
  record: Pick<JobRecord, 'request' | 'given' | 'audits'>,
  model: RegisteredModel,
  planJob?: Planner['plan'],
) {
  const submission = resolveRecord(record, model, planJob);
  const { spec, table } = submission;
  if (spec.keepRows || record.given) trajectoryElements(record.request, model);
  // an audit runs one round, whatever it finds
  if (!record.audits) checkJitter(submission, table, model, batchJitterOf(engine.workers, model));
  return submission;
}

/** Trajectories are held in memory for a while: not for more jobs than there is room for. */
export function reserve(
  engine: Engine,
  record: JobRecord,
  model: RegisteredModel | undefined,
): void {
  const { certify } = record.request;
  if (certify && model) record.heldBytes += 4 * trajectoryElements(record.request, model);
  if (record.heldBytes === 0) return;
  const others = [...engine.records.values()].filter(({ id }) => id !== record.id);
  requireRoom(others, record.heldBytes);
}

/** Resolves the request against its model, if a worker has it. */
export function attachModel(
  options: JobDeskOptions,
  record: JobRecord,
  jobs: number,
): JobPlan | undefined {
  const { engine, planner } = options;
  const found = engine().workers.findModel(record.request.model);
  if (!found || (record.waitsForFigures && options.measuring())) return undefined;
  const { model } = found;
  const whole = record.given !== undefined || record.audits !== undefined;
  const planJob: PlanJob = (question) =>
    planner.plan({ ...question, jobs, separable: question.separable && !whole });
  const before = settingOf(record);
  const plan: PlanJob = before ? (question) => planAgain(planJob, question, before) : planJob;
  const resolved = resolveChecked(engine(), record, model, plan);
  const { spec, guess, start, planned, table, sampler } = resolved;
  if (!record.resolved && record.heldBytes === 0) reserve(engine(), record, model);
  const named = { ...spec, job: record.id };
  record.resolved = { spec: named, model, table, guess, start, planned, sampler };
  return divided(options, record, resolved.plan);
}

/** How an earlier process had planned the job, or the parts of it. */
function settingOf({ id, earlier }: JobRecord): Setting | undefined {
  for (const [job, { setting }] of earlier) {
    if (job === id || job.startsWith(`${id}-part-`)) return setting;
  }
  return undefined;
}

/** Samples that ran apart go on apart, and the report says one method of the whole job. */
function planAgain(
  planJob: PlanJob,
  question: Parameters<PlanJob>[0],
  { method, window, blocks, groups }: Setting,
): ReturnType<PlanJob> {
  const { plan, ...planned } = planJob({ ...question, fixed: { method, window, blocks } });
  const setting = { ...plan.setting, window, blocks, groups };
  const reason = 'it goes on as it was planned before the coordinator started anew';
  return { ...planned, plan: { ...plan, setting, reason } };
}

/** Where samples run apart from each other, each group is a job of its own that nobody sees. */
function divided(options: JobDeskOptions, record: JobRecord, plan: JobPlan): JobPlan {
  const { records } = options.engine();
  const { groups = 1 } = record.resolved?.planned.plan.setting ?? {};
  if (groups <= 1) return plan;
  record.parts = partRecords(record, groups);
  for (const part of record.parts) records.set(part.id, part);
  return { ...plan, parts: partsOfPlan(record.parts, (part) => checkpointOf(options, part)) };
}

/** Where an earlier process left the job, if it can go on from there. */
export function checkpointOf(
  { engine, ledger, log }: JobDeskOptions,
  record: JobRecord,
): Checkpoint | undefined {
  const { id, earlier } = record;
  const found = earlier.get(id);
  if (!found) return undefined;
  if (!fits(found, record)) {
    log.warn({ job: id }, 'the job starts over: its model is another one than before');
    return undefined;
  }
  const { checkpoint, trace, bytes, coordinatorMs } = found;
  for (const round of trace) record.trace.add(round);
  // parts count together, and each of them has kept what all had
  record.bytes.toWorkers = Math.max(record.bytes.toWorkers, bytes.toWorkers);
  record.bytes.fromWorkers = Math.max(record.bytes.fromWorkers, bytes.fromWorkers);
  record.coordinatorMs += coordinatorMs;
  ledger.resumed(record, checkpoint.row);
  log.info({ job: id, row: checkpoint.row }, 'job goes on');
  return { ...checkpoint, state: engine().hold(`${id}/earlier`, checkpoint.state) };
}

/** The turn of a job has come: it is planned, and its request can be checked to the end. */
export function resolve(options: JobDeskOptions, job: string, jobs: number): void {
  const engine = options.engine();
  try {
    const record = engine.records.get(job);
    if (!record) throw new SamplerError('UNKNOWN_JOB', `no job ${job}`);
    const plan = attachModel(options, record, jobs);
    // a job in parts goes on in each of them
    const checkpoint = plan && !plan.parts ? checkpointOf(options, record) : undefined;
    if (plan) engine.dispatch({ kind: 'jobResolved', job, plan, checkpoint });
    else engine.dispatch({ kind: 'jobDeferred', job });
  } catch (error) {
    const { code, message } = SamplerError.from(error);
    engine.dispatch({ kind: 'jobRejected', job, failure: { code, message } });
  }
}
