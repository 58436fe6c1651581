/** Jobs from submission to result: what the client-facing service and the engine share. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { isOver } from '../core/state.ts';
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

export function createJobDesk(options: {
  readonly engine: () => Engine;
  readonly results: ResultStore;
  readonly log: Logger;
}): JobDesk {
  const { results, log } = options;

  function submit(request: SubmitRequest__Output): JobRecord {
    const engine = options.engine();
    checkRequest(request);
    refuseOverload(engine);
    const id = randomBytes(16).toString('hex');
    const compared = request.compareSequential && request.method !== 'sequential';
    const baseline = compared ? `${id}-sequential` : undefined;
    const found = requireModel(engine, request.model);
    const plan = found && resolveSubmission(request, found.model, found.workers).plan;
    if (baseline !== undefined) {
      const plain = { ...request, method: 'sequential', compareSequential: false };
      delete plain.blocks;
      delete plain.window;
      engine.records.set(baseline, createJobRecord(baseline, plain, { hidden: true }));
    }
    const record = createJobRecord(id, request, baseline === undefined ? {} : { baseline });
    engine.records.set(id, record);
    for (const job of [baseline, id]) if (job !== undefined && found) attachModel(engine, job);
    for (const job of [baseline, id]) {
      if (job === undefined) continue;
      const own = engine.records.get(job)?.resolved ? planOf(engine, job) : plan;
      const after = job === id ? baseline : undefined;
      engine.dispatch({ kind: 'jobSubmitted', job, model: request.model, plan: own, after });
    }
    log.info({ job: id, model: request.model, method: request.method }, 'job accepted');
    return record;
  }

  function attachModel(engine: Engine, job: string): void {
    const record = requireRecord(engine, job);
    const found = engine.workers.findModel(record.request.model);
    if (!found) return;
    const { spec } = resolveSubmission(record.request, found.model, found.workers);
    const grid = {
      timestep: spec.timesteps,
      alphaBar: spec.alphaBars,
      noiseScale: spec.noiseScales,
      prediction: found.model.prediction,
    };
    record.resolved = { spec: { ...spec, job }, model: found.model, table: stepTable(grid) };
  }

  function planOf(engine: Engine, job: string) {
    const record = requireRecord(engine, job);
    const found = engine.workers.findModel(record.request.model);
    return found && resolveSubmission(record.request, found.model, found.workers).plan;
  }

  /** The model of a waiting job is here: the request can be checked to the end. */
  function resolve(job: string): void {
    const engine = options.engine();
    try {
      attachModel(engine, job);
      const plan = planOf(engine, job);
      if (plan) engine.dispatch({ kind: 'jobResolved', job, plan });
    } catch (error) {
      const { code, message } = SamplerError.from(error);
      engine.dispatch({ kind: 'jobRejected', job, failure: { code, message } });
    }
  }

  function ended(job: string): void {
    const engine = options.engine();
    const record = engine.records.get(job);
    if (!record) return;
    log.info({ job, phase: engine.state().jobs.get(job)?.phase }, 'job ended');
    void keep(record).then(() => record.watchers.forEach((notify) => notify()));
    forgetOldest(engine, results);
  }

  async function keep(record: JobRecord): Promise<void> {
    if (!record.samples || record.hidden) return;
    try {
      await results.write(record.id, record.samples);
      record.stored = true;
    } catch (error) {
      const { message } = SamplerError.from(error);
      record.failure = { code: 'STORE_FULL', message: `the result cannot be stored: ${message}` };
    }
  }

  return {
    submit,
    resolve,
    ended,
    find: (job) => {
      const record = options.engine().records.get(job);
      if (!record || record.hidden) {
        throw new SamplerError('UNKNOWN_JOB', `job: found "${job}", expected the id of a job`);
      }
      return record;
    },
    list: () => [...options.engine().records.values()].filter(({ hidden }) => !hidden),
    cancel(job) {
      const engine = options.engine();
      const record = this.find(job);
      engine.dispatch({ kind: 'cancelRequested', job });
      if (record.baseline !== undefined) {
        engine.dispatch({ kind: 'cancelRequested', job: record.baseline });
      }
      return record;
    },
  };
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
