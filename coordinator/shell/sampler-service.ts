/**
 * What clients can ask for, whatever carries the question: every function says who asks, and is
 * refused where that caller may not. gRPC and HTTP are translations of it.
 */
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
import { encodeModel } from '../../shared/protocol/model-wire.ts';
import type { Picture } from '../../shared/protocol/pipeline-wire.ts';
import type { Activity } from './activity.ts';
import { authorize, ownerOf, rpcScopes, sees, type Rpc } from './auth/policy.ts';
import type { Principal } from './auth/principal.ts';
import type { Engine } from './engine.ts';
import type { JobDesk, Submitted } from './job-desk.ts';
import type { Page } from './job-list.ts';
import type { JobStore } from './job-store.ts';
import { loadReply } from './load.ts';
import type { PipelineCalls } from './pipeline-calls.ts';
import { planReply } from './plan-reply.ts';
import { drain, workersFor } from './worker-list.ts';
import { unknownJob } from './unknown-job.ts';
import { resultChunks } from './result-stream.ts';
import { samplePicture } from './sample-picture.ts';
import { decodeRequest } from './stored-job.ts';
import { receiveTrajectory, type UploadCall } from './trajectory-upload.ts';
import { lastEvent, watchedJob } from './watched-job.ts';
import { watchJob, type WatchOptions } from './watch.ts';
import { recentActivity, type WorkerActivity } from './worker-activity.ts';

export interface ServiceOptions {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly store: JobStore;
  readonly pipelines: PipelineCalls;
  readonly activity: Activity;
  /** Said to all who ask for the workers. */
  readonly insecure: boolean;
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
  const rules = rulesOf(options);
  return { ...jobCalls(options, rules), ...resultCalls(options, rules), ...clusterCalls(options) };
}

interface Rules {
  /** Of somebody else's job not even that it exists is told. @throws UNKNOWN_JOB as well */
  readonly mayOf: (caller: Principal, rpc: Rpc, job: string) => void;
}

/** @throws SamplerError FORBIDDEN */
function may(caller: Principal, rpc: Rpc): void {
  authorize(caller, rpcScopes[rpc], rpc);
}

function rulesOf({ desk }: ServiceOptions): Rules {
  return {
    mayOf: (caller, rpc, job) => {
      may(caller, rpc);
      if (!sees(caller, desk.tenantOf(job))) throw unknownJob(job);
    },
  };
}

/** Whatever the request itself says of it. */
function owned(caller: Principal, request: SubmitRequest__Output): SubmitRequest__Output {
  return { ...request, tenant: ownerOf(caller) };
}

type JobCalls =
  'submit' | 'submitTrajectory' | 'plan' | 'job' | 'jobs' | 'watch' | 'cancel' | 'request';

function jobCalls(
  { engine, desk, store }: ServiceOptions,
  { mayOf }: Rules,
): Pick<SamplerService, JobCalls> {
  return {
    async submit(caller, request) {
      may(caller, 'Submit');
      return desk.submit(owned(caller, request));
    },
    async submitTrajectory(caller, call) {
      may(caller, 'SubmitTrajectory');
      return receiveTrajectory(call, desk, { tenant: ownerOf(caller) });
    },
    async plan(caller, request) {
      may(caller, 'Plan');
      return planReply(await desk.plan(owned(caller, request)));
    },
    job(caller, job) {
      mayOf(caller, 'GetJob', job);
      return desk.status(job);
    },
    jobs(caller, asked) {
      may(caller, 'ListJobs');
      return desk.list(asked, (tenant) => sees(caller, tenant));
    },
    watch(caller, job, watching) {
      mayOf(caller, 'Watch', job);
      const record = desk.find(job);
      if (record) return watchJob(watchedJob(engine, record), watching);
      return lastEvent({ store }, desk.status(job), watching);
    },
    async cancel(caller, job) {
      mayOf(caller, 'Cancel', job);
      return desk.cancel(job);
    },
    request(caller, job) {
      mayOf(caller, 'GetJob', job);
      const record = desk.find(job);
      return record ? record.request : decodeRequest(store.find(job)?.request ?? noBytes);
    },
  };
}

function resultCalls(
  { desk, store, pipelines }: ServiceOptions,
  { mayOf }: Rules,
): Pick<SamplerService, 'result' | 'picture'> {
  return {
    result(caller, wants) {
      mayOf(caller, 'Result', wants.job);
      return resultChunks({ store, pipelines }, desk.result(wants.job), wants);
    },
    async picture(caller, job, sample) {
      mayOf(caller, 'Result', job);
      return samplePicture({ store, pipelines }, desk.result(job), sample);
    },
  };
}

type ClusterCalls = 'load' | 'workers' | 'models' | 'drain' | 'activity';

function clusterCalls({
  engine,
  desk,
  activity,
  insecure,
}: ServiceOptions): Pick<SamplerService, ClusterCalls> {
  return {
    load(caller) {
      may(caller, 'GetLoad');
      return loadReply(engine, desk, caller);
    },
    workers(caller) {
      may(caller, 'ListWorkers');
      return { ...workersFor(engine, caller), insecure };
    },
    models(caller) {
      may(caller, 'ListModels');
      return { models: availableModels(engine) };
    },
    drain(caller, worker) {
      may(caller, 'Drain');
      return drain(engine, worker);
    },
    activity(caller, after) {
      may(caller, 'ListWorkers');
      return recentActivity(activity, after, (job) => sees(caller, desk.tenantOf(job)));
    },
  };
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
