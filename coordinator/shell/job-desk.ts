/** Jobs from submission to result: what the client-facing service and the engine share. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { isOver, type JobPlan } from '../core/state.ts';
import type { Engine } from './engine.ts';
import { createJobRecord, type JobRecord } from './job-record.ts';
import type { ResultStore } from './result-store.ts';
import { checkRequest, resolveSubmission } from './submission.ts';

export interface JobDesk {
  submit(request: SubmitRequest__Output): JobRecord;
  find(job: string): JobRecord;
  /** Visible jobs, oldest first. */
  list(): JobRecord[];
  cancel(job: string): JobRecord;
  /** The engine's hooks. */
  resolve(job: string): void;
  ended(job: string): void;
}

export interface JobDeskOptions {
  readonly engine: () => Engine;
  readonly results: ResultStore;
  readonly log: Logger;
}

export function createJobDesk(options: JobDeskOptions): JobDesk {
  const find = (job: string) => findJob(options.engine(), job);
  return {
    submit: (request) => submit(options, request),
    resolve: (job) => resolve(options.engine(), job),
    ended: (job) => ended(options, job),
    find,
    list: () => [...options.engine().records.values()].filter(({ hidden }) => !hidden),
    cancel(job) {
      const record = find(job);
      for (const id of [job, record.baseline]) {
        if (id !== undefined) options.engine().dispatch({ kind: 'cancelRequested', job: id });
      }
      return record;
    },
  };
}

function submit({ engine: get, log }: JobDeskOptions, request: SubmitRequest__Output): JobRecord {
  const engine = get();
  checkRequest(request);
  refuseOverload(engine);
  const found = requireModel(engine, request.model);
  // everything that can be wrong is found before anything is queued
  if (found) resolveSubmission(request, found.model, found.workers);
  const id = randomBytes(16).toString('hex');
  const compared = request.compareSequential && request.method !== 'sequential';
  const baseline = compared ? sequentialRecord(`${id}-sequential`, request) : undefined;
  const record = createJobRecord(id, request, baseline && { baseline });
  engine.records.set(id, record);
  if (baseline) queue(engine, baseline, undefined);
  queue(engine, record, baseline?.id);
  log.info({ job: id, model: request.model, method: request.method }, 'job accepted');
  return record;
}

/** The same request by the sequential sampler: the baseline of a comparison. */
function sequentialRecord(id: string, request: SubmitRequest__Output): JobRecord {
  const plain = { ...request, method: 'sequential', compareSequential: false };
  delete plain.blocks;
  delete plain.window;
  return { ...createJobRecord(id, plain), hidden: true };
}

function queue(engine: Engine, record: JobRecord, after: string | undefined): void {
  const { id: job, request } = record;
  engine.records.set(job, record);
  const plan = attachModel(engine, record);
  engine.dispatch({ kind: 'jobSubmitted', job, model: request.model, plan, after });
}

/** Resolves the request against its model, if a worker has it. */
function attachModel(engine: Engine, record: JobRecord): JobPlan | undefined {
  const found = engine.workers.findModel(record.request.model);
  if (!found) return undefined;
  const { model, workers } = found;
  const { plan, spec, guess } = resolveSubmission(record.request, model, workers);
  const grid = {
    timestep: spec.timesteps,
    alphaBar: spec.alphaBars,
    noiseScale: spec.noiseScales,
    prediction: model.prediction,
  };
  const own = { ...spec, job: record.id };
  record.resolved = { spec: own, model, table: stepTable(grid), guess };
  return plan;
}

/** The model of a waiting job is here: the request can be checked to the end. */
function resolve(engine: Engine, job: string): void {
  try {
    const plan = attachModel(engine, requireRecord(engine, job));
    if (plan) engine.dispatch({ kind: 'jobResolved', job, plan });
  } catch (error) {
    const { code, message } = SamplerError.from(error);
    engine.dispatch({ kind: 'jobRejected', job, failure: { code, message } });
  }
}

function ended({ engine: get, results, log }: JobDeskOptions, job: string): void {
  const engine = get();
  const record = engine.records.get(job);
  if (!record) return;
  log.info({ job, phase: engine.state().jobs.get(job)?.phase }, 'job ended');
  void keep(results, record).then(() => record.watchers.forEach((notify) => notify()));
  forgetOldest(engine, results);
}

async function keep(results: ResultStore, record: JobRecord): Promise<void> {
  if (!record.samples || record.hidden) return;
  try {
    await results.write(record.id, record.samples);
    record.stored = true;
  } catch (error) {
    const { message } = SamplerError.from(error);
    record.failure = { code: 'STORE_FULL', message: `the result cannot be stored: ${message}` };
  }
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

function refuseOverload(engine: Engine): void {
  let queued = 0;
  for (const { phase } of engine.state().jobs.values()) if (phase === 'queued') queued++;
  if (queued < limits.jobsQueuedMax) return;
  const most = limits.jobsQueuedMax;
  const message = `${queued} jobs are queued, at most ${most} may be: try again later`;
  throw new SamplerError('OVERLOADED', message);
}

/** Finished jobs are kept for late readers up to a limit. */
function forgetOldest(engine: Engine, results: ResultStore): void {
  const over = [...engine.state().jobs.values()].filter(isOver);
  for (const { id } of over.slice(0, Math.max(0, over.length - limits.jobsKeptMax))) {
    engine.records.delete(id);
    engine.dispatch({ kind: 'jobForgotten', job: id });
    void results.remove(id);
  }
}
