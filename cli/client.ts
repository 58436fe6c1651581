/**
 * The client library, published as `isochron/client`:
 *
 *   using client = new Client({ coordinator: '127.0.0.1:7400' });
 *   const { samples, shape } = await client.sample(
 *     { model: 'fashion-unet', solver: 'ddim', steps: 50 },
 *     { onProgress: ({ frontier, residual }) => show(frontier, residual) },
 *   );
 *
 * or in steps, `submit`, `watch`, `result`. Every failure is a `SamplerError` with a stable `code`;
 * `retriable` says whether the very same call may work later. Of every call: UNREACHABLE within
 * `timeoutMs` where nobody answers, CANCELLED where its `signal` or `close` ended it.
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
import { isFinal, sampled } from './client/sample.ts';
import { submitTrajectory } from './client/upload.ts';
import type { Upload } from './client/upload.ts';
import type {
  AvailableModel,
  ClientOptions,
  CoordinatorLoad,
  Fleet,
  JobEvent,
  JobPlan,
  JobResult,
  JobsAsked,
  JobStatus,
  StartTrajectory,
  Submitted,
  SubmitRequest,
  WorkerInfo,
} from './client/types.ts';
import type {
  CallOptions,
  ResultOptions,
  SampleOptions,
  SubmitOptions,
  WatchOptions,
} from './client/options.ts';

export { SamplerError } from '../shared/protocol/errors.ts';
export type { ErrorCode, ErrorContext } from '../shared/protocol/errors.ts';
export { encodeNpy } from '../shared/protocol/npy.ts';
export type { NpyData } from '../shared/protocol/npy.ts';
export { isFinal } from './client/sample.ts';
export type {
  CallOptions,
  ResultOptions,
  SampleOptions,
  SubmitOptions,
  WatchOptions,
} from './client/options.ts';
export type {
  AvailableModel,
  Baseline,
  Certificate,
  ClientLoad,
  ClientOptions,
  ConditionDtype,
  ConditionInfo,
  CoordinatorLoad,
  Figures,
  Fleet,
  HeldBlock,
  ImageTensor,
  InputTensor,
  JobEvent,
  JobPlan,
  JobResult,
  JobState,
  JobsAsked,
  JobStatus,
  KeptTrajectory,
  LatencyCurve,
  ModelInfo,
  Picture,
  PlannedSetting,
  PlanSummary,
  Report,
  SpotChecks,
  StartTrajectory,
  Submitted,
  SubmitRequest,
  TimeSplit,
  TraceRound,
  WorkerInfo,
} from './client/types.ts';

const ENCODE_MS = 600_000;

/**
 * A connection to one coordinator. Made without waiting: the first call connects. `using` and
 * `await using` close it.
 */
export class Client {
  readonly #closing = new AbortController();
  readonly #connection: Connection;

  constructor(options: ClientOptions = {}) {
    const { coordinator = '127.0.0.1:7400', timeoutMs = 10_000, outageMs = timeoutMs } = options;
    const made = createStub(coordinator, options);
    const waits = { timeoutMs, outageMs, closed: this.#closing.signal };
    const once = { reached: false };
    this.#connection = { ...made, address: coordinator, once, ...waits };
  }

  /**
   * Submits a job, waits for it and fetches its result. If `signal` is set meanwhile the job is
   * cancelled, and this rejects with CANCELLED once the coordinator has confirmed it.
   *
   * @throws what `submit`, `watch` and `result` do; of a job that failed, its own code
   */
  async sample(request: SubmitRequest, options: SampleOptions = {}): Promise<JobResult> {
    return sampled(this, request, options);
  }

  /**
   * Queues a job, from a trajectory if one is given. Once this resolves the coordinator has it on
   * disk; if the answer was lost with the coordinator, it is the same job all the same. A call that
   * `signal` ended may have made the job: asked again under its `idempotencyKey`, it is that one.
   *
   * @throws INVALID_REQUEST, UNKNOWN_MODEL, and OVERLOADED or STORE_FULL where it is not taken
   */
  async submit(asked: SubmitRequest, options: SubmitOptions = {}): Promise<Submitted> {
    const { trajectory, signal } = options;
    const request = { ...asked, idempotencyKey: asked.idempotencyKey ?? randomUUID() };
    const connection = this.#endedBy(signal);
    if (trajectory !== undefined)
      return this.#upload(connection, { request, trajectory, verify: false });
    const message = toSubmitMessage(request);
    const reply = await insist(connection, () =>
      unary<SubmitReply__Output>(
        connection,
        (stub, options, callback) => stub.submit(message, options, callback),
        this.#patience(request),
      ),
    );
    return submitted(reply);
  }

  /**
   * What submitting the request would run, and what else was thought of. Nothing runs.
   *
   * @throws INVALID_REQUEST, UNKNOWN_MODEL
   */
  async plan(request: SubmitRequest, { signal }: CallOptions = {}): Promise<JobPlan> {
    const message = toSubmitMessage(request);
    const reply = await unary<PlanReply__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.plan(message, options, callback),
      this.#patience(request),
    );
    return toJobPlan(reply);
  }

  /**
   * Queues a job that samples nothing: one round over all rows of the trajectory. Its result has a
   * certificate and the residuals, and in place of samples what the scan makes of the last row.
   *
   * @throws as `submit`, and CORRUPTED where the states were damaged on their way
   */
  async verify(
    asked: SubmitRequest,
    trajectory: StartTrajectory,
    { signal }: CallOptions = {},
  ): Promise<Submitted> {
    const request = { ...asked, idempotencyKey: asked.idempotencyKey ?? randomUUID() };
    return this.#upload(this.#endedBy(signal), { request, trajectory, verify: true });
  }

  #endedBy(signal: AbortSignal | undefined): Connection {
    return { ...this.#connection, signal };
  }

  /** Prompts and a picture are encoded before the answer, by models that may have to be loaded. */
  #patience({ prompts = [], image }: SubmitRequest): number {
    const { timeoutMs } = this.#connection;
    const encodes = prompts.length > 0 || image !== undefined;
    return encodes ? Math.max(timeoutMs, ENCODE_MS) : timeoutMs;
  }

  async #upload(connection: Connection, upload: Upload): Promise<Submitted> {
    return submitted(await insist(connection, () => submitTrajectory(connection, upload)));
  }

  /**
   * A job's progress, from its current state to its last one: done, failed or cancelled. A slow
   * reader misses rounds, never states. If the coordinator goes away and is back within
   * `outageMs`, the iteration goes on. Leaving the loop early, by `break` or `signal`, ends the
   * call and leaves the job alone.
   *
   * @throws UNKNOWN_JOB. A job that fails is no failure of watching: its last status says why.
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
    const connection = this.#endedBy(signal);
    const leftMs = (deadline ?? performance.now() + connection.timeoutMs) - performance.now();
    const firstMsMax = Math.max(RETRY_PAUSE_MS, leftMs);
    await whenReady({ ...connection, timeoutMs: firstMsMax });
    const call = connection.stub.watch({ job, previews, trace });
    for await (const message of messages(connection, call, { firstMsMax }))
      yield toJobEvent(message);
  }

  /**
   * A finished job's figures, samples and convergence trace; if they are asked for, pictures of
   * latents, and the trajectory of a certified job.
   *
   * @throws UNKNOWN_JOB, also where the job is not over; of a job that failed, its own code
   */
  async result(job: string, options: ResultOptions = {}): Promise<JobResult> {
    const { signal, ...wanted } = options;
    const connection = this.#endedBy(signal);
    const silenceMsMax = connection.timeoutMs;
    return insist(connection, async () => {
      await whenReady(connection);
      const call = connection.stub.result({ job, ...wanted });
      return collectResult(messages(connection, call, { silenceMsMax }));
    });
  }

  /**
   * Stops a job; takes effect within one model call. Of a job that is over, nothing changes.
   *
   * @returns the status after it
   * @throws UNKNOWN_JOB
   */
  async cancel(job: string, { signal }: CallOptions = {}): Promise<JobStatus> {
    const status = await unary<JobStatus__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.cancel({ job }, options, callback),
    );
    return toJobStatus(status);
  }

  /**
   * A job as it stands now.
   *
   * @throws UNKNOWN_JOB
   */
  async job(job: string, { signal }: CallOptions = {}): Promise<JobStatus> {
    const status = await unary<JobStatus__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.getJob({ job }, options, callback),
    );
    return toJobStatus(status);
  }

  /** Jobs that the coordinator remembers, newest last: the newest 1000, or those asked for. */
  async jobs(asked: JobsAsked = {}, { signal }: CallOptions = {}): Promise<JobStatus[]> {
    const reply = await unary<ListJobsReply__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.listJobs(asked, options, callback),
    );
    return reply.jobs.map(toJobStatus);
  }

  /** What the coordinator holds right now, and what became of the jobs it was given. */
  async load({ signal }: CallOptions = {}): Promise<CoordinatorLoad> {
    return unary<LoadReply__Output>(this.#endedBy(signal), (stub, options, callback) =>
      stub.getLoad({}, options, callback),
    );
  }

  /** The workers that are registered. */
  async workers(options: CallOptions = {}): Promise<readonly WorkerInfo[]> {
    return (await this.fleet(options)).workers;
  }

  /** The workers, and how many replies of any worker were dropped as late or repeated. */
  async fleet({ signal }: CallOptions = {}): Promise<Fleet> {
    const { workers, staleReplies, insecure } = await unary<ListWorkersReply__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.listWorkers({}, options, callback),
    );
    return { workers: workers.map(toWorkerInfo), staleReplies, insecure };
  }

  /** The models that registered workers can run. */
  async models({ signal }: CallOptions = {}): Promise<AvailableModel[]> {
    const reply = await unary<ListModelsReply__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.listModels({}, options, callback),
    );
    return reply.models.map(toAvailableModel);
  }

  /**
   * Gives a worker, by id or name, no new blocks; it leaves when it holds none.
   *
   * @returns the blocks that it still holds
   * @throws INVALID_REQUEST where there is no such worker
   */
  async drain(worker: string, { signal }: CallOptions = {}): Promise<{ readonly blocks: number }> {
    const reply = await unary<DrainReply__Output>(
      this.#endedBy(signal),
      (stub, options, callback) => stub.drain({ worker }, options, callback),
    );
    return { blocks: reply.blocks };
  }

  /** Ends the connection and what waits for it; without it the process stays alive. */
  close(): void {
    this.#closing.abort();
    this.#connection.stub.close();
  }

  /** As `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** As `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function submitted({ job, waitingFor }: SubmitReply__Output): Submitted {
  return { job, waitingFor: waitingFor === '' ? undefined : waitingFor };
}
