/** Jobs from submission to result: what the client-facing service and the engine share. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { Plan } from '../core/planner.ts';
import { waitingOf } from '../core/fair-queue.ts';
import { isOver, type JobPlan } from '../core/state.ts';
import type { Engine } from './engine.ts';
import { auditRequest, certificateOf, resolveRecord } from './certification.ts';
import { batchJitterOf, checkJitter } from './jitter-check.ts';
import {
  clientOf,
  createJobRecord,
  isAuto,
  type GivenTrajectory,
  type JobRecord,
} from './job-record.ts';
import { outcomeOf } from './job-outcome.ts';
import { gather, partRecords, partsOfPlan } from './job-parts.ts';
import type { PlanJob, Planner } from './planning.ts';
import type { ResultStore } from './result-store.ts';
import { checkRequest, resolveSubmission } from './submission.ts';
import { requireRoom, trajectoryElements } from './trajectory.ts';

export interface JobDesk {
  submit(request: SubmitRequest__Output, start?: StartingPoint): JobRecord;
  /** Bytes that the states of a trajectory must have; throws what can be known before them. */
  checkTrajectory(request: SubmitRequest__Output): number;
  /** Counts memory that an upload takes, until the function that it returns is called. */
  reserve(bytes: number): () => void;
  /** What submitting it would run. */
  plan(request: SubmitRequest__Output): Plan;
  find(job: string): JobRecord;
  /** Visible jobs, oldest first. */
  list(): JobRecord[];
  cancel(job: string): JobRecord;
  /** The engine's hooks. */
  resolve(job: string): void;
  /** The workers have been measured. */
  resolveWaiting(): void;
  ended(job: string): void;
}

/** A trajectory that came with a job. */
export interface StartingPoint {
  readonly given: GivenTrajectory;
  /** Sample nothing, verify it. */
  readonly verify: boolean;
}

export interface JobDeskOptions {
  readonly engine: () => Engine;
  readonly planner: Planner;
  /** Workers are being measured beside each other, for a moment. */
  readonly measuring: () => boolean;
  readonly results: ResultStore;
  readonly log: Logger;
}

export function createJobDesk(options: JobDeskOptions): JobDesk {
  const find = (job: string) => findJob(options.engine(), job);
  const uploads = new Set<{ readonly heldBytes: number }>();
  return {
    submit: (request, start) => submit(options, request, start),
    checkTrajectory: (request) => checkTrajectory(options, request),
    reserve(bytes) {
      const upload = { heldBytes: bytes };
      requireRoom([...options.engine().records.values(), ...uploads], bytes);
      uploads.add(upload);
      return () => void uploads.delete(upload);
    },
    plan: (request) => planOnly(options, request),
    resolve: (job) => resolve(options, job),
    resolveWaiting: () => options.engine().dispatch({ kind: 'figuresKnown' }),
    ended: (job) => ended(options, job),
    find,
    list: () => [...options.engine().records.values()].filter(({ hidden }) => !hidden),
    cancel(job) {
      const record = find(job);
      for (const id of [job, record.baseline, record.audit]) {
        if (id !== undefined) options.engine().dispatch({ kind: 'cancelRequested', job: id });
      }
      return record;
    },
  };
}

function submit(
  options: JobDeskOptions,
  asked: SubmitRequest__Output,
  start?: StartingPoint,
): JobRecord {
  const { log } = options;
  const engine = options.engine();
  const request = start?.verify ? auditRequest(asked) : asked;
  checkRequest(request);
  refuseOverload(engine, clientOf(request));
  const found = requireModel(engine, request.model)?.model;
  const given = start?.given;
  const audits = start?.verify ? { of: undefined } : undefined;
  // everything that can be wrong is found before anything is queued
  if (found) resolveChecked(engine, { request, given, audits }, found);
  const id = randomBytes(16).toString('hex');
  const compared = request.compareSequential && request.method !== 'sequential';
  const baseline = compared ? sequentialRecord(`${id}-sequential`, request) : undefined;
  const audit = request.certify ? auditRecord(`${id}-certificate`, id, request) : undefined;
  const record = createJobRecord(id, request, { baseline, given, audits, audit: audit?.id });
  reserve(engine, record, found);
  engine.records.set(id, record);
  if (baseline) queue(options, baseline);
  queue(options, record, { after: baseline?.id });
  if (audit) queue(options, audit, { after: id, needsRows: true });
  log.info({ job: id, model: request.model, method: request.method }, 'job accepted');
  return record;
}

/** The round that certifies a job, once all its rows are here. */
function auditRecord(id: string, of: string, request: SubmitRequest__Output): JobRecord {
  return createJobRecord(id, auditRequest(request), { audits: { of }, hidden: true });
}

/** Trajectories are held in memory for a while: not for more jobs than there is room for. */
function reserve(engine: Engine, record: JobRecord, model: RegisteredModel | undefined): void {
  const { certify } = record.request;
  if (certify && model) record.heldBytes += 4 * trajectoryElements(record.request, model);
  if (record.heldBytes === 0) return;
  const others = [...engine.records.values()].filter(({ id }) => id !== record.id);
  requireRoom(others, record.heldBytes);
}

function checkTrajectory(options: JobDeskOptions, request: SubmitRequest__Output): number {
  const engine = options.engine();
  checkRequest(request);
  refuseOverload(engine, clientOf(request));
  const found = requireModel(engine, request.model)?.model;
  if (!found) {
    const text = 'found no worker, expected one that has the model of the trajectory';
    throw new SamplerError('WORKER_LOST', text);
  }
  return 4 * trajectoryElements(request, found);
}

function planOnly({ engine, planner }: JobDeskOptions, request: SubmitRequest__Output): Plan {
  checkRequest(request);
  const found = requireModel(engine(), request.model);
  if (found) return resolveSubmission(request, found.model, planner.plan).planned.plan;
  throw new SamplerError('WORKER_LOST', 'found no worker, expected one that has the model');
}

/** The same request by the sequential sampler: the baseline of a comparison. */
function sequentialRecord(id: string, request: SubmitRequest__Output): JobRecord {
  const alone = { compareSequential: false, certify: false, stop: '' };
  const plain = { ...request, method: 'sequential', ...alone };
  delete plain.blocks;
  delete plain.order;
  delete plain.window;
  // it must not begin before the job that it is compared with can be planned
  return createJobRecord(id, plain, { hidden: true, waitsForFigures: isAuto(request) });
}

interface Queueing {
  readonly after?: string | undefined;
  readonly needsRows?: boolean;
}

function queue(
  options: JobDeskOptions,
  record: JobRecord,
  { after, needsRows }: Queueing = {},
): void {
  const { id: job, request } = record;
  options.engine().records.set(job, record);
  const { model, priority = 0 } = request;
  const client = clientOf(request);
  const whose = { client, priority: Number(priority) };
  // it is planned when its turn comes, for the load that there is then
  const submitted = {
    kind: 'jobSubmitted',
    job,
    model,
    plan: undefined,
    after,
    needsRows,
  } as const;
  options.engine().dispatch({ ...submitted, ...whose });
}

/** Resolves the request against its model, if a worker has it. */
function attachModel(options: JobDeskOptions, record: JobRecord): JobPlan | undefined {
  const { engine, planner } = options;
  const found = engine().workers.findModel(record.request.model);
  if (!found || (record.waitsForFigures && options.measuring())) return undefined;
  const { model } = found;
  const whole = record.given !== undefined || record.audits !== undefined;
  const planJob: PlanJob = (question) =>
    planner.plan({ ...question, separable: question.separable && !whole });
  const resolved = resolveChecked(engine(), record, model, planJob);
  const { spec, plan, guess, planned, table } = resolved;
  if (!record.resolved && record.heldBytes === 0) reserve(engine(), record, model);
  record.resolved = { spec: { ...spec, job: record.id }, model, table, guess, planned };
  return divided(engine(), record, plan);
}

/** Where samples run apart from each other, each group is a job of its own that nobody sees. */
function divided(engine: Engine, record: JobRecord, plan: JobPlan): JobPlan {
  const { groups = 1 } = record.resolved?.planned.plan.setting ?? {};
  if (groups <= 1) return plan;
  record.parts = partRecords(record, groups);
  for (const part of record.parts) engine.records.set(part.id, part);
  return { ...plan, parts: partsOfPlan(record.parts) };
}

/** Everything that a request can be wrong in, once its model is known. */
function resolveChecked(
  engine: Engine,
  record: Pick<JobRecord, 'request' | 'given' | 'audits'>,
  model: RegisteredModel,
  planJob?: Planner['plan'],
) {
  const submission = resolveRecord(record, model, planJob);
  const { spec } = submission;
  const table = stepTable({
    timestep: spec.timesteps,
    alphaBar: spec.alphaBars,
    noiseScale: spec.noiseScales,
    prediction: model.prediction,
  });
  if (spec.keepRows || record.given) trajectoryElements(record.request, model);
  // an audit runs one round, whatever it finds
  if (!record.audits) checkJitter(submission, table, model, batchJitterOf(engine.workers, model));
  return { ...submission, table };
}

/** The turn of a job has come: it is planned, and its request can be checked to the end. */
function resolve(options: JobDeskOptions, job: string): void {
  const engine = options.engine();
  try {
    const plan = attachModel(options, requireRecord(engine, job));
    if (plan) engine.dispatch({ kind: 'jobResolved', job, plan });
    else engine.dispatch({ kind: 'jobDeferred', job });
  } catch (error) {
    const { code, message } = SamplerError.from(error);
    engine.dispatch({ kind: 'jobRejected', job, failure: { code, message } });
  }
}

function ended({ engine: get, planner, results, log }: JobDeskOptions, job: string): void {
  const engine = get();
  const record = engine.records.get(job);
  if (!record || record.isPart) return;
  if (!record.audits) record.given = undefined;
  gather(record);
  for (const { id } of record.parts) engine.records.delete(id);
  const measured = outcomeOf(engine.state().jobs, record);
  if (measured && record.resolved) planner.learn(record.resolved.planned, measured);
  log.info({ job, phase: engine.state().jobs.get(job)?.phase }, 'job ended');
  const whole = record.audit === undefined || !passOn(engine, record);
  if (whole) void keep(results, settled(engine, record)).then((kept) => notifyAll(kept));
  forgetOldest(engine, results);
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

function notifyAll({ watchers }: JobRecord): void {
  watchers.forEach((notify) => notify());
}

async function keep(results: ResultStore, record: JobRecord): Promise<JobRecord> {
  const { id, samples, trajectory, residuals, certificate } = record;
  record.trajectory = undefined;
  record.residuals = undefined;
  try {
    if (!samples || record.hidden) return record;
    await results.write(id, 'samples', samples);
    if (certificate && residuals) await results.write(id, 'residuals', residuals);
    if (certificate && trajectory) await results.write(id, 'trajectory', trajectory);
    record.stored = true;
  } catch (error) {
    const { message } = SamplerError.from(error);
    record.failure = { code: 'STORE_FULL', message: `the result cannot be stored: ${message}` };
  } finally {
    record.heldBytes = 0;
  }
  return record;
}

function findJob(engine: Engine, job: string): JobRecord {
  const record = engine.records.get(job);
  if (record && !record.hidden) return record;
  throw new SamplerError('UNKNOWN_JOB', `job: found "${job}", expected the id of a job`);
}

function requireRecord(engine: Engine, job: string): JobRecord {
  const record = engine.records.get(job);
  if (!record) throw new SamplerError('UNKNOWN_JOB', `no job ${job}`);
  return record;
}

/** A model that no registered worker has is a mistake, unless there is no worker at all yet. */
function requireModel(engine: Engine, name: string) {
  const found = engine.workers.findModel(name);
  const workers = engine.workers.all();
  if (found || workers.length === 0) return found;
  const models = new Set(workers.flatMap(({ models: own }) => own.map((model) => model.name)));
  const known = [...models].sort().join(', ');
  const message = `model: found "${name}", expected one that a worker has: ${known}`;
  throw new SamplerError('UNKNOWN_MODEL', message, { context: { field: 'model' } });
}

function refuseOverload(engine: Engine, client: string): void {
  const { queue } = engine.state();
  const own = waitingOf(queue, client).length;
  refuseAbove('queue', queue.waiting, limits.jobsQueuedMax);
  refuseAbove(`queue of client ${client}`, own, limits.jobsQueuedPerClientMax);
}

function refuseAbove(field: string, found: number, most: number): void {
  if (found < most) return;
  const text = `${field}: found ${found} waiting jobs, at most ${most} may wait`;
  throw new SamplerError('OVERLOADED', `${text}: submit again when some of them have started`);
}

/** Finished jobs are kept for late readers up to a limit. */
function forgetOldest(engine: Engine, results: ResultStore): void {
  const whole = [...engine.state().jobs.values()].filter((job) => job.whole === undefined);
  const over = whole.filter(isOver);
  for (const { id } of over.slice(0, Math.max(0, over.length - limits.jobsKeptMax))) {
    engine.records.delete(id);
    engine.dispatch({ kind: 'jobForgotten', job: id });
    void results.remove(id);
  }
}
