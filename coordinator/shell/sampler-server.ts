/** What clients call, on the client port. */
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import type { JobRequest__Output } from '../../proto/generated/isochron/v1/JobRequest.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import type { SamplerHandlers } from '../../proto/generated/isochron/v1/Sampler.ts';
import type { Worker } from '../../proto/generated/isochron/v1/Worker.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { encodeModel } from '../../shared/protocol/model-wire.ts';
import { toServiceError } from '../../shared/protocol/status.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import type { Engine } from './engine.ts';
import type { JobDesk } from './job-desk.ts';
import type { JobRecord } from './job-record.ts';
import { planReply } from './plan-reply.ts';
import { reportOf, statusOf, waitingFor } from './report.ts';
import type { ResultStore } from './result-store.ts';
import { receiveTrajectory } from './trajectory-upload.ts';
import { watchJob } from './watch.ts';
import type { WorkerSession } from './worker-session.ts';

export interface SamplerOptions {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly results: ResultStore;
}

export function samplerHandlers(options: SamplerOptions): SamplerHandlers {
  const { engine, desk } = options;
  return {
    Submit: unary((request) => {
      const record = desk.submit(request);
      return { job: record.id, waitingFor: waitingFor(engine, record) };
    }),
    SubmitTrajectory: (call, reply) => {
      receiveTrajectory(call, desk).then(
        (record) => reply(null, { job: record.id, waitingFor: waitingFor(engine, record) }),
        (error: unknown) => reply(toServiceError(error)),
      );
    },
    Plan: unary((request) => planReply(desk.plan(request))),
    GetJob: unary(({ job }) => statusOf(engine, desk.find(job))),
    Cancel: unary(({ job }) => statusOf(engine, desk.cancel(job))),
    ListJobs: unary(() => ({ jobs: desk.list().map((record) => statusOf(engine, record)) })),
    ListWorkers: unary(() => ({
      workers: engine.workers.all().map((session) => workerOf(engine, session)),
      staleReplies: engine.state().staleReplies,
    })),
    ListModels: unary(() => ({ models: availableModels(engine) })),
    Drain: unary(({ worker }) => drain(engine, worker)),
    Watch: (call) =>
      streaming(call, () => {
        const record = desk.find(call.request.job);
        watchJob(call, record, () => statusOf(engine, record));
      }),
    Result: (call) => void sendResult(call, options),
  };
}

function unary<Request, Reply>(handle: (request: Request) => Reply) {
  return (call: ServerUnaryCall<Request, Reply>, reply: sendUnaryData<Reply>): void => {
    let answer: Reply;
    try {
      answer = handle(call.request);
    } catch (error) {
      reply(toServiceError(error));
      return;
    }
    reply(null, answer);
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

async function sendResult(
  call: ServerWritableStream<JobRequest__Output, ResultChunk>,
  { engine, desk, results }: SamplerOptions,
): Promise<void> {
  try {
    const record = desk.find(call.request.job);
    if (!record.stored) throw noResult(engine, desk, record.id);
    const writer = new OrderedWriter<ResultChunk>(call);
    await writer.write([{ report: reportOf(engine, record) }]);
    for await (const samples of results.read(record.id, 'samples')) {
      if (!(await writer.write([{ samples }]))) return;
    }
    for (const { round, frontier, firstStep, codes } of record.trace.rounds()) {
      const residualCodes = Buffer.from(codes);
      if (!(await writer.write([{ round: { round, frontier, firstStep, residualCodes } }]))) return;
    }
    if (record.certificate?.increments) {
      if (!(await sendCertified(writer, record, results, call.request.trajectory))) return;
    }
    call.end();
  } catch (error) {
    fail(call, error);
  }
}

/** What a certificate speaks of; false where nobody reads it any more. */
async function sendCertified(
  writer: OrderedWriter<ResultChunk>,
  { id, request, audits }: JobRecord,
  results: ResultStore,
  wantsTrajectory: boolean,
): Promise<boolean> {
  for await (const residuals of results.read(id, 'residuals')) {
    if (!(await writer.write([{ residuals }]))) return false;
  }
  for (const input of request.inputs) if (!(await writer.write([{ input }]))) return false;
  // who asked for a verification has the trajectory
  if (!wantsTrajectory || audits) return true;
  for await (const trajectory of results.read(id, 'trajectory')) {
    if (!(await writer.write([{ trajectory }]))) return false;
  }
  return true;
}

function noResult(engine: Engine, desk: JobDesk, job: string): SamplerError {
  const { state, message, errorCode } = statusOf(engine, desk.find(job));
  const why = message ? `: ${message}` : '';
  const text = `job ${job} has no result, it is ${String(state).toLowerCase()}${why}`;
  const failed = state === 'FAILED' || state === 'CANCELLED';
  return new SamplerError(failed ? codeOf(errorCode) : 'UNKNOWN_JOB', text);
}

function codeOf(found: string | undefined): 'CANCELLED' | 'NON_FINITE' | 'DIVERGED' | 'INTERNAL' {
  return found === 'CANCELLED' || found === 'NON_FINITE' || found === 'DIVERGED'
    ? found
    : 'INTERNAL';
}

function workerOf(engine: Engine, session: WorkerSession): Worker {
  const state = engine.state().workers.get(session.id);
  const held = [...engine.state().jobs.values()].flatMap(({ blocks }) => blocks);
  return {
    id: session.id,
    name: session.name,
    backend: session.backend,
    state: state === undefined ? 'connecting' : state.draining ? 'draining' : 'ready',
    blocks: held.filter(({ worker }) => worker === session.id).length,
    modelCalls: session.modelCalls,
    models: session.models.map(encodeModel),
    progressAgeMs: session.progressAgeMs,
    lastError: session.lastError,
    emulated: session.emulated,
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

function drain(engine: Engine, wanted: string) {
  const session = engine.workers.all().find(({ id, name }) => id === wanted || name === wanted);
  if (!session) {
    const message = `worker: found "${wanted}", expected the id or name of a registered worker`;
    throw new SamplerError('INVALID_REQUEST', message);
  }
  engine.dispatch({ kind: 'drainRequested', worker: session.id });
  return { blocks: workerOf(engine, session).blocks ?? 0 };
}
