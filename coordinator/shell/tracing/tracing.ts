/**
 * OpenTelemetry spans of jobs, made at the edge of the engine:
 *
 *   isochron.job                from the submission to the result on disk
 *     isochron.submit           until the job is on disk
 *     isochron.plan             its method and window are chosen
 *     isochron.run              of the job, each part of it, its baseline, its certificate
 *       isochron.round          in which its blocks work side by side
 *         isochron.sweep        of one block on one worker; absorb and correct likewise
 *           isochron.model      as the worker timed it
 *         isochron.compose      of boundaries
 *       isochron.advance        rounds of a worker that has the whole window to itself
 *     isochron.store            the result is written
 *
 * Where nothing listens there is no `Tracing`, and nothing of this runs.
 */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { SubmitRequest__Output } from '../../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { JobState } from '../../core/state.ts';
import type { JobRecord } from '../job-record.ts';
import type { EndedJob } from '../job-store.ts';
import type { EngineObserver, Happening } from '../observer.ts';
import { openTracer, type OpenTracer } from './open-tracer.ts';
import { RunSpans } from './run-spans.ts';
import { describe, JobSpans, type Failed } from './spans.ts';
import { currentTraceParent, parseTraceParent } from './trace-parent.ts';

export interface Tracing {
  readonly observer: EngineObserver;
  submitted<Reply extends { readonly job: string }>(
    request: SubmitRequest__Output,
    submit: () => Promise<Reply>,
  ): Promise<Reply>;
  planned(job: string, plan: () => void): void;
  /** The end of a job is being written. */
  stored(ended: EndedJob, writing: Promise<void>): Promise<void>;
  /** The id of the job's trace, while it has one. */
  traceOf(job: string): string | undefined;
  close(): Promise<void>;
}

interface Tracer extends OpenTracer {
  readonly recordOf: (job: string) => JobRecord | undefined;
  /** By the job that clients see. */
  readonly traced: Map<string, JobSpans>;
  /** By the job that runs, until it has ended. */
  readonly runs: Map<string, RunSpans>;
  readonly failures: Map<string, Failed>;
}

/** Undefined where nobody asked for traces. */
export async function createTracing(
  env: Readonly<Record<string, string | undefined>>,
  log: Logger,
  recordOf: (job: string) => JobRecord | undefined,
): Promise<Tracing | undefined> {
  const opened = await openTracer(env, log);
  if (!opened) return undefined;
  const own = { recordOf, traced: new Map(), runs: new Map(), failures: new Map() };
  const tracer: Tracer = { ...opened, ...own };
  return {
    observer: observerOf(tracer),
    submitted: (request, submit) => submitted(tracer, request, submit),
    planned: (job, plan) => planned(tracer, job, plan),
    stored: (ended, writing) => stored(tracer, ended, writing),
    traceOf: (job) => spansOf(tracer, job)?.traceId,
    async close() {
      for (const spans of tracer.traced.values()) spans.close(performance.now());
      tracer.traced.clear();
      await opened.close();
    },
  };
}

function spansOf({ recordOf, traced }: Tracer, job: string): JobSpans | undefined {
  return traced.get(job) ?? traced.get(recordOf(job)?.whole ?? job);
}

async function submitted<Reply extends { readonly job: string }>(
  { tracer, traced }: Tracer,
  request: SubmitRequest__Output,
  submit: () => Promise<Reply>,
): Promise<Reply> {
  if (traced.size >= limits.tracedJobsMax) return submit();
  const startMs = performance.now();
  const spans = new JobSpans(tracer, parseTraceParent(currentTraceParent()), startMs);
  describe(spans.root, attributesOf(request));
  const span = spans.begin('isochron.submit', spans.root, startMs);
  try {
    const reply = await submit();
    const endMs = performance.now();
    if (span) spans.end(span, endMs);
    describe(spans.root, { 'isochron.job': reply.job });
    // a request that came twice is one job, with the trace of the first
    if (traced.has(reply.job)) spans.close(endMs);
    else traced.set(reply.job, spans);
    return reply;
  } catch (error) {
    const endMs = performance.now();
    const failed = SamplerError.from(error);
    if (span) spans.end(span, endMs, failed);
    spans.close(endMs, failed);
    throw error;
  }
}

/** Sizes and choices; never inputs, prompts or who asks. */
function attributesOf(request: SubmitRequest__Output) {
  return {
    'isochron.model': request.model,
    'isochron.method.asked': request.method === '' ? 'auto' : request.method,
    'isochron.solver': request.solver,
    'isochron.samples': request.samples ?? 1,
  };
}

function planned(tracer: Tracer, job: string, plan: () => void): void {
  const spans = spansOf(tracer, job);
  if (!spans) return plan();
  const span = spans.begin('isochron.plan', spans.root, performance.now());
  plan();
  const { setting, reason } = tracer.recordOf(job)?.resolved?.planned.plan ?? {};
  describe(span, { 'isochron.run': job });
  if (setting) describe(span, { 'isochron.method': setting.method, 'isochron.reason': reason });
  if (span) spans.end(span, performance.now());
}

async function stored(
  tracer: Tracer,
  { job, end }: EndedJob,
  writing: Promise<void>,
): Promise<void> {
  const spans = tracer.traced.get(job);
  if (!spans) return writing;
  const span = spans.begin('isochron.store', spans.root, performance.now());
  describe(spans.root, { 'isochron.state': end });
  const failure = tracer.failures.get(job);
  const finish = (failed?: Failed): void => {
    tracer.traced.delete(job);
    tracer.failures.delete(job);
    const endMs = performance.now();
    if (span) spans.end(span, endMs, failed);
    spans.close(endMs, failed ?? failure);
  };
  try {
    await writing;
    finish();
  } catch (error) {
    finish(SamplerError.from(error));
    throw error;
  }
}

function observerOf(tracer: Tracer): EngineObserver {
  const { runs } = tracer;
  return {
    happened: (happening) => losses(tracer, happening),
    ordered(worker, message, atMs) {
      if (!('fence' in message)) return;
      const { job } = message.fence;
      (runs.get(job) ?? beginRun(tracer, job, atMs))?.ordered(worker, message, atMs);
    },
    replied: ({ worker, message, startedMs: atMs, stale }) =>
      runs.get(message.fence.job)?.replied(worker, message, { atMs, stale }),
    composed: (job, startMs, endMs) => runs.get(job)?.composed({ startMs, endMs }),
    ended: (job) => endRun(tracer, job),
  };
}

function beginRun(tracer: Tracer, job: string, atMs: number): RunSpans | undefined {
  const spans = spansOf(tracer, job);
  const open = spans?.begin('isochron.run', spans.root, atMs);
  if (!spans || !open) return undefined;
  const { spec, table } = tracer.recordOf(job)?.resolved ?? {};
  describe(open, { 'isochron.run': job });
  if (spec && table) {
    const { model, method, window, samples } = spec;
    const sizes = { 'isochron.window': window, 'isochron.samples': samples };
    const names = { 'isochron.model': model, 'isochron.method': method };
    describe(open, { ...names, ...sizes, 'isochron.steps': table.steps });
  }
  const run = new RunSpans(spans, open);
  tracer.runs.set(job, run);
  return run;
}

function endRun(tracer: Tracer, { id, failure, tally, endedMs }: JobState): void {
  const run = tracer.runs.get(id);
  tracer.runs.delete(id);
  if (failure && tracer.traced.has(id)) tracer.failures.set(id, failure);
  if (!run) return;
  describe(run.open, {
    'isochron.rounds': tally.rounds,
    'isochron.model.calls': tally.modelCalls,
  });
  run.end(endedMs, failure);
}

function losses({ runs }: Tracer, { event, commands }: Happening): void {
  const gone = event.kind === 'workerLost' ? [event.worker] : [];
  for (const command of commands) if (command.kind === 'dropWorker') gone.push(command.worker);
  for (const worker of gone) for (const run of runs.values()) run.lost(worker, event.atMs);
}
