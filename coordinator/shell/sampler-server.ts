/** What clients call, on the client port. */
import { performance } from 'node:perf_hooks';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { SamplerHandlers } from '../../proto/generated/isochron/v1/Sampler.ts';
import type { Worker } from '../../proto/generated/isochron/v1/Worker.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { encodeModel } from '../../shared/protocol/model-wire.ts';
import { toServiceError } from '../../shared/protocol/status.ts';
import type { Engine } from './engine.ts';
import type { JobDesk } from './job-desk.ts';
import type { JobStore } from './job-store.ts';
import { loadReply } from './load.ts';
import type { PipelineCalls } from './pipeline-calls.ts';
import { planReply } from './plan-reply.ts';
import { statusOf } from './report.ts';
import { sendResult } from './result-stream.ts';
import { receiveTrajectory } from './trajectory-upload.ts';
import { watchJob } from './watch.ts';
import type { WorkerSession } from './worker-session.ts';

export interface SamplerOptions {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly store: JobStore;
  readonly pipelines: PipelineCalls;
}

export function samplerHandlers(options: SamplerOptions): SamplerHandlers {
  const { engine, desk, store, pipelines } = options;
  return {
    Submit: unary((request) => desk.submit(request)),
    SubmitTrajectory: (call, reply) => {
      receiveTrajectory(call, desk).then(
        (submitted) => reply(null, submitted),
        (error: unknown) => reply(toServiceError(error)),
      );
    },
    Plan: unary(async (request) => planReply(await desk.plan(request))),
    GetJob: unary(({ job }) => desk.status(job)),
    Cancel: unary(({ job }) => desk.cancel(job)),
    ListJobs: unary((request) => desk.list(request)),
    GetLoad: unary(() => loadReply(engine, desk.totals)),
    ListWorkers: unary(() => ({
      workers: [
        ...engine.workers.all().map((session) => workerOf(engine, session)),
        ...quarantined(engine),
      ],
      staleReplies: engine.state().staleReplies,
    })),
    ListModels: unary(() => ({ models: availableModels(engine) })),
    Drain: unary(({ worker }) => drain(engine, worker)),
    Watch: (call) =>
      streaming(call, () => {
        const { job } = call.request;
        const record = desk.find(job);
        if (record) return watchJob(call, record, () => statusOf(engine, record));
        call.write({ status: desk.status(job) });
        call.end();
      }),
    Result: (call) => {
      const from = { store, pipelines };
      const sent = (async () => sendResult(call, from, desk.result(call.request.job)))();
      sent.catch((error: unknown) => fail(call, error));
    },
  };
}

function unary<Request, Reply>(handle: (request: Request) => Reply | Promise<Reply>) {
  return (call: ServerUnaryCall<Request, Reply>, reply: sendUnaryData<Reply>): void => {
    const answered = (async () => handle(call.request))();
    answered.then(
      (answer) => reply(null, answer),
      (error: unknown) => reply(toServiceError(error)),
    );
  };
}

/** The status of an error is sent where it is emitted, and none where a stream is destroyed. */
function fail(call: { emit(event: 'error', error: Error): unknown }, error: unknown): void {
  call.emit('error', toServiceError(error));
}

function streaming(call: Parameters<typeof fail>[0], serve: () => void): void {
  try {
    serve();
  } catch (error) {
    fail(call, error);
  }
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
