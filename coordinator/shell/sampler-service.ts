/**
 * What clients can ask for, whatever carries the question: every function says who asks, and is
 * refused where that caller may not. gRPC and HTTP are translations of it.
 */
import { performance } from 'node:perf_hooks';
import type { DrainReply } from '../../proto/generated/isochron/v1/DrainReply.ts';
import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { JobRequest__Output } from '../../proto/generated/isochron/v1/JobRequest.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { ListJobsRequest__Output } from '../../proto/generated/isochron/v1/ListJobsRequest.ts';
import type { ListModelsReply } from '../../proto/generated/isochron/v1/ListModelsReply.ts';
import type { ListWorkersReply } from '../../proto/generated/isochron/v1/ListWorkersReply.ts';
import type { LoadReply } from '../../proto/generated/isochron/v1/LoadReply.ts';
import type { PlanReply } from '../../proto/generated/isochron/v1/PlanReply.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { Worker } from '../../proto/generated/isochron/v1/Worker.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { encodeModel } from '../../shared/protocol/model-wire.ts';
import type { Picture } from '../../shared/protocol/pipeline-wire.ts';
import type { Activity, Interval } from './activity.ts';
import { authorize, rpcScopes, type Rpc } from './auth/policy.ts';
import type { Principal } from './auth/principal.ts';
import type { Engine } from './engine.ts';
import type { JobDesk, Submitted } from './job-desk.ts';
import type { Page } from './job-list.ts';
import type { JobStore } from './job-store.ts';
import { loadReply } from './load.ts';
import type { PipelineCalls } from './pipeline-calls.ts';
import { planReply } from './plan-reply.ts';
import { resultChunks } from './result-stream.ts';
import { samplePicture } from './sample-picture.ts';
import { decodeRequest } from './stored-job.ts';
import { receiveTrajectory, type UploadCall } from './trajectory-upload.ts';
import { lastEvent, watchedJob } from './watched-job.ts';
import { watchJob, type WatchOptions } from './watch.ts';
import type { WorkerSession } from './worker-session.ts';

export interface ServiceOptions {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly store: JobStore;
  readonly pipelines: PipelineCalls;
  readonly activity: Activity;
}

export interface WorkerActivity {
  /** On the clock of the intervals. */
  readonly nowMs: number;
  /** Jobs of others have no id: an empty one. */
  readonly intervals: readonly Interval[];
}

const noBytes = new Uint8Array();

export interface SamplerService {
  /** Resolves once the job is on disk. */
  submit(caller: Principal, request: SubmitRequest__Output): Promise<Submitted>;
  submitTrajectory(caller: Principal, call: UploadCall): Promise<Submitted>;
  plan(caller: Principal, request: SubmitRequest__Output): Promise<PlanReply>;
  job(caller: Principal, job: string): JobStatus;
  jobs(caller: Principal, asked: ListJobsRequest__Output): Page;
  /** From the job's current state to its last one. */
  watch(caller: Principal, job: string, options: WatchOptions): AsyncIterable<JobEvent>;
  /** Resolves once the job has ended. */
  cancel(caller: Principal, job: string): Promise<JobStatus>;
  result(caller: Principal, wants: JobRequest__Output): AsyncIterable<ResultChunk>;
  load(caller: Principal): LoadReply;
  workers(caller: Principal): ListWorkersReply;
  models(caller: Principal): ListModelsReply;
  drain(caller: Principal, worker: string): DrainReply;
  /** As the job was submitted, with what the coordinator made of its prompts and its picture. */
  request(caller: Principal, job: string): SubmitRequest__Output;
  /** One sample of a job that is done. */
  picture(caller: Principal, job: string, sample: number): Promise<Picture>;
  /** What the workers did after the interval of that number, for the last minute. */
  activity(caller: Principal, after: number): WorkerActivity;
}

export function createSamplerService(options: ServiceOptions): SamplerService {
  const { engine, desk, store, pipelines, activity } = options;
  const may = (caller: Principal, rpc: Rpc): void => authorize(caller, rpcScopes[rpc], rpc);
  return {
    async submit(caller, request) {
      may(caller, 'Submit');
      return desk.submit(request);
    },
    async submitTrajectory(caller, call) {
      may(caller, 'SubmitTrajectory');
      return receiveTrajectory(call, desk);
    },
    async plan(caller, request) {
      may(caller, 'Plan');
      return planReply(await desk.plan(request));
    },
    job(caller, job) {
      may(caller, 'GetJob');
      return desk.status(job);
    },
    jobs(caller, asked) {
      may(caller, 'ListJobs');
      return desk.list(asked);
    },
    watch(caller, job, watching) {
      may(caller, 'Watch');
      const record = desk.find(job);
      if (record) return watchJob(watchedJob(engine, record), watching);
      return lastEvent({ store }, desk.status(job), watching);
    },
    async cancel(caller, job) {
      may(caller, 'Cancel');
      return desk.cancel(job);
    },
    result(caller, wants) {
      may(caller, 'Result');
      return resultChunks({ store, pipelines }, desk.result(wants.job), wants);
    },
    load(caller) {
      may(caller, 'GetLoad');
      return loadReply(engine, desk.totals);
    },
    workers(caller) {
      may(caller, 'ListWorkers');
      return listWorkers(engine);
    },
    models(caller) {
      may(caller, 'ListModels');
      return { models: availableModels(engine) };
    },
    drain(caller, worker) {
      may(caller, 'Drain');
      return drain(engine, worker);
    },
    request(caller, job) {
      may(caller, 'GetJob');
      const record = desk.find(job);
      return record ? record.request : decodeRequest(store.find(job)?.request ?? noBytes);
    },
    async picture(caller, job, sample) {
      may(caller, 'Result');
      return samplePicture({ store, pipelines }, desk.result(job), sample);
    },
    activity(caller, after) {
      may(caller, 'ListWorkers');
      return recentActivity(activity, after, (job) => void desk.status(job));
    },
  };
}

/** @param look throws where the job is not the caller's to see */
function recentActivity(
  activity: Activity,
  after: number,
  look: (job: string) => void,
): WorkerActivity {
  const nowMs = activity.nowMs();
  const names = new Map<string, string>();
  const intervals = activity.after(after, nowMs - limits.activityMs).map((interval) => {
    const name = names.get(interval.job) ?? visible(interval.job, look);
    names.set(interval.job, name);
    return name === interval.job ? interval : { ...interval, job: name };
  });
  return { nowMs, intervals };
}

function visible(job: string, look: (job: string) => void): string {
  try {
    look(job);
    return job;
  } catch {
    return '';
  }
}

function listWorkers(engine: Engine): ListWorkersReply {
  const registered = engine.workers.all().map((session) => workerOf(engine, session));
  const { staleReplies } = engine.state();
  return { workers: [...registered, ...quarantined(engine)], staleReplies };
}

function workerOf(engine: Engine, session: WorkerSession): Worker {
  const state = engine.state().workers.get(session.id);
  const { running, jobs } = engine.state();
  const held = running.flatMap((id) => jobs.get(id)?.blocks ?? []);
  return {
    id: session.id,
    name: session.name,
    backend: session.backend,
    state: state === undefined ? 'connecting' : state.draining ? 'draining' : 'ready',
    blocks: held.filter(({ worker }) => worker === session.id).length,
    modelCalls: session.modelCalls,
    models: session.models.map(encodeModel),
    progressAgeMs: session.progressAgeMs,
    heldBlocks: session.holds.blocks,
    openJobs: session.holds.jobs,
    lastError: session.lastError,
    emulated: session.emulated,
  };
}

/** Who is out for a while, and why. */
function quarantined(engine: Engine): Worker[] {
  const nowMs = performance.now();
  return [...engine.state().trust]
    .filter(([, { untilMs }]) => untilMs > nowMs)
    .map(([name, { untilMs, why }]) => {
      const seconds = Math.ceil((untilMs - nowMs) / 1000);
      return { name, state: 'quarantined', lastError: `for another ${seconds} s: ${why}` };
    });
}

function availableModels(engine: Engine) {
  const names = new Set(
    engine.workers.all().flatMap(({ models }) => models.map(({ name }) => name)),
  );
  return [...names].sort().flatMap((name) => {
    const found = engine.workers.findModel(name);
    return found ? [{ model: encodeModel(found.model), workers: found.workers }] : [];
  });
}

function drain(engine: Engine, wanted: string) {
  const session = engine.workers.all().find(({ id, name }) => id === wanted || name === wanted);
  if (!session) {
    const message = `worker: found "${wanted}", expected the id or name of a registered worker`;
    throw new SamplerError('INVALID_REQUEST', message);
  }
  engine.dispatch({ kind: 'drainRequested', worker: session.id });
  return { blocks: workerOf(engine, session).blocks ?? 0 };
}
