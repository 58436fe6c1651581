/**
 * The client library, published as `isochron/client`:
 *
 *   const client = new Client({ coordinator: '127.0.0.1:7400' });
 *   const { job } = await client.submit({ model: 'fashion-unet', solver: 'ddim', steps: 50 });
 *   for await (const { status } of client.watch(job)) show(status.frontier, status.residual);
 *   const { report, samples, shape } = await client.result(job);
 *   client.close();
 *
 * Every failure is a `SamplerError` with a stable `code`. UNREACHABLE comes within `timeoutMs`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { DrainReply__Output } from '../proto/generated/isochron/v1/DrainReply.ts';
import type { JobStatus__Output } from '../proto/generated/isochron/v1/JobStatus.ts';
import type { ListJobsReply__Output } from '../proto/generated/isochron/v1/ListJobsReply.ts';
import type { ListModelsReply__Output } from '../proto/generated/isochron/v1/ListModelsReply.ts';
import type { ListWorkersReply__Output } from '../proto/generated/isochron/v1/ListWorkersReply.ts';
import type { LoadReply__Output } from '../proto/generated/isochron/v1/LoadReply.ts';
import type { PlanReply__Output } from '../proto/generated/isochron/v1/PlanReply.ts';
import type { SubmitReply__Output } from '../proto/generated/isochron/v1/SubmitReply.ts';
import { SamplerError } from '../shared/protocol/errors.ts';
import { messages, unary, whenReady } from './client/connection.ts';
import type { Connection } from './client/connection.ts';
import {
  toAvailableModel,
  toJobEvent,
  toJobPlan,
  toJobStatus,
  toSubmitMessage,
  toWorkerInfo,
} from './client/messages.ts';
import { insist, RETRY_PAUSE_MS } from './client/retry.ts';
import { createStub } from './client/stub.ts';
import { collectResult } from './client/result.ts';
import { submitTrajectory } from './client/upload.ts';
import type { Upload } from './client/upload.ts';
import type {
  AvailableModel,
  ClientOptions,
  CoordinatorLoad,
  JobEvent,
  JobPlan,
  JobResult,
  JobState,
  JobsAsked,
  JobStatus,
  StartTrajectory,
  Submitted,
  SubmitRequest,
  WorkerInfo,
} from './client/types.ts';

export { SamplerError } from '../shared/protocol/errors.ts';
export type { ErrorCode } from '../shared/protocol/errors.ts';
export type {
  AvailableModel,
  Baseline,
  Certificate,
  ClientOptions,
  ConditionInfo,
  CoordinatorLoad,
  HeldBlock,
  InputTensor,
  JobEvent,
  JobPlan,
  JobResult,
  JobState,
  JobsAsked,
  JobStatus,
  KeptTrajectory,
  ModelInfo,
  Picture,
  PlannedSetting,
  PlanSummary,
  Report,
  StartTrajectory,
  Submitted,
  SubmitRequest,
  TimeSplit,
  TraceRound,
  WorkerInfo,
} from './client/types.ts';

export interface WatchOptions {
  /** Also send the current estimate of the samples now and then. */
  readonly previews?: boolean;
  /** Also send the convergence trace and the blocks as they come. */
  readonly trace?: boolean;
  /** Ends the iteration, quietly; the job goes on. */
  readonly signal?: AbortSignal;
}

export interface ResultOptions {
  /** Of a certified job, every row. */
  readonly trajectory?: boolean;
  /** Of samples that are latents; a worker makes them, which may take its time. */
  readonly pictures?: boolean;
}

const ENCODE_MS = 600_000;

export class Client {
  readonly #closing = new AbortController();
  readonly #connection: Connection;

  constructor(options: ClientOptions = {}) {
    const { coordinator = '127.0.0.1:7400', timeoutMs = 10_000, outageMs = timeoutMs } = options;
    const waits = { timeoutMs, outageMs, closed: this.#closing.signal, reached: false };
    this.#connection = { stub: createStub(coordinator), address: coordinator, ...waits };
  }

  /**
   * Queues a job, from a trajectory if one is given. Once this resolves the coordinator has it on
   * disk; if the answer was lost with the coordinator, it is the same job all the same.
   */
  async submit(asked: SubmitRequest, trajectory?: StartTrajectory): Promise<Submitted> {
    const request = { ...asked, idempotencyKey: asked.idempotencyKey ?? randomUUID() };
    if (trajectory !== undefined) return this.#upload({ request, trajectory, verify: false });
    const message = toSubmitMessage(request);
    const reply = await insist(this.#connection, () =>
      unary<SubmitReply__Output>(
        this.#connection,
        (stub, options, callback) => stub.submit(message, options, callback),
        this.#patience(request),
      ),
    );
    return submitted(reply);
  }

  /** What submitting the request would run, and what else was thought of. Nothing runs. */
  async plan(request: SubmitRequest): Promise<JobPlan> {
    const message = toSubmitMessage(request);
    const reply = await unary<PlanReply__Output>(
      this.#connection,
      (stub, options, callback) => stub.plan(message, options, callback),
      this.#patience(request),
    );
    return toJobPlan(reply);
  }

  /**
   * Queues a job that samples nothing: one round over all rows of the trajectory. Its result has a
   * certificate and the residuals, and in place of samples what the scan makes of the last row.
   */
  async verify(asked: SubmitRequest, trajectory: StartTrajectory): Promise<Submitted> {
    const request = { ...asked, idempotencyKey: asked.idempotencyKey ?? randomUUID() };
    return this.#upload({ request, trajectory, verify: true });
  }

  /** Prompts and a picture are encoded before the answer, by models that may have to be loaded. */
  #patience({ prompts = [], image }: SubmitRequest): number {
    const { timeoutMs } = this.#connection;
    const encodes = prompts.length > 0 || image !== undefined;
    return encodes ? Math.max(timeoutMs, ENCODE_MS) : timeoutMs;
  }

  async #upload(upload: Upload): Promise<Submitted> {
    return submitted(
      await insist(this.#connection, () => submitTrajectory(this.#connection, upload)),
    );
  }

  /**
   * A job's progress, from its current state to its last one: done, failed or cancelled. A slow
   * reader misses rounds, never states. If the coordinator goes away and is back within
   * `outageMs`, the iteration goes on.
   */
  async *watch(job: string, options: WatchOptions = {}): AsyncGenerator<JobEvent> {
    const { timeoutMs, outageMs } = this.#connection;
    const left = (): boolean => options.signal?.aborted === true;
    let deadline: number | undefined = performance.now() + timeoutMs;
    while (!left()) {
      try {
        for await (const event of this.#events(job, options, deadline)) {
          deadline = undefined;
          yield event;
          if (isFinal(event.status.state)) return;
        }
        throw new SamplerError('UNREACHABLE', 'the coordinator stopped reporting on the job');
      } catch (error) {
        if (left()) return;
        const lost = SamplerError.from(error);
        deadline ??= performance.now() + outageMs;
        const tooLate = performance.now() + RETRY_PAUSE_MS > deadline;
        if (lost.code !== 'UNREACHABLE' || tooLate) throw lost;
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async *#events(
    job: string,
    { previews = false, trace = false, signal }: WatchOptions,
    deadline: number | undefined,
  ): AsyncGenerator<JobEvent> {
    const connection = this.#connection;
    const leftMs = (deadline ?? performance.now() + connection.timeoutMs) - performance.now();
    const firstMsMax = Math.max(RETRY_PAUSE_MS, leftMs);
    await whenReady({ ...connection, timeoutMs: firstMsMax });
    connection.reached = true;
    const call = connection.stub.watch({ job, previews, trace });
    const options = { firstMsMax, ...(signal === undefined ? {} : { signal }) };
    for await (const message of messages(connection, call, options)) yield toJobEvent(message);
  }

  /**
   * A finished job's figures, samples and convergence trace; if they are asked for, pictures of
   * latents, and the trajectory of a certified job.
   */
  async result(job: string, options: ResultOptions = {}): Promise<JobResult> {
    const silenceMsMax = this.#connection.timeoutMs;
    return insist(this.#connection, async () => {
      await whenReady(this.#connection);
      const call = this.#connection.stub.result({ job, ...options });
      return collectResult(messages(this.#connection, call, { silenceMsMax }));
    });
  }

  /** Stops a job; takes effect within one model call. */
  async cancel(job: string): Promise<JobStatus> {
    const status = await unary<JobStatus__Output>(this.#connection, (stub, options, callback) =>
      stub.cancel({ job }, options, callback),
    );
    return toJobStatus(status);
  }

  async job(job: string): Promise<JobStatus> {
    const status = await unary<JobStatus__Output>(this.#connection, (stub, options, callback) =>
      stub.getJob({ job }, options, callback),
    );
    return toJobStatus(status);
  }

  /** Jobs that the coordinator remembers, newest last: the newest 1000, or those asked for. */
  async jobs(asked: JobsAsked = {}): Promise<JobStatus[]> {
    const reply = await unary<ListJobsReply__Output>(this.#connection, (stub, options, callback) =>
      stub.listJobs(asked, options, callback),
    );
    return reply.jobs.map(toJobStatus);
  }

  /** What the coordinator holds right now, and what became of the jobs it was given. */
  async load(): Promise<CoordinatorLoad> {
    return unary<LoadReply__Output>(this.#connection, (stub, options, callback) =>
      stub.getLoad({}, options, callback),
    );
  }

  async workers(): Promise<WorkerInfo[]> {
    return (await this.fleet()).workers;
  }

  /** The workers, and how many replies of any worker were dropped as late or repeated. */
  async fleet(): Promise<{ workers: WorkerInfo[]; staleReplies: number }> {
    const { workers, staleReplies } = await unary<ListWorkersReply__Output>(
      this.#connection,
      (stub, options, callback) => stub.listWorkers({}, options, callback),
    );
    return { workers: workers.map(toWorkerInfo), staleReplies };
  }

  /** The models that registered workers can run. */
  async models(): Promise<AvailableModel[]> {
    const reply = await unary<ListModelsReply__Output>(
      this.#connection,
      (stub, options, callback) => stub.listModels({}, options, callback),
    );
    return reply.models.map(toAvailableModel);
  }

  /** Gives a worker, by id or name, no new blocks; it leaves when it holds none. */
  async drain(worker: string): Promise<{ blocks: number }> {
    const reply = await unary<DrainReply__Output>(this.#connection, (stub, options, callback) =>
      stub.drain({ worker }, options, callback),
    );
    return { blocks: reply.blocks };
  }

  /** Ends the connection and what waits for it; without it the process stays alive. */
  close(): void {
    this.#closing.abort();
    this.#connection.stub.close();
  }
}

function submitted({ job, waitingFor }: SubmitReply__Output): Submitted {
  return { job, waitingFor: waitingFor === '' ? undefined : waitingFor };
}

/** Whether a job can still change. */
export function isFinal(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
