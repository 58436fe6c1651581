/** What clients read of a job: its status while it runs, its report when it is over. */
import { performance } from 'node:perf_hooks';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { Report } from '../../proto/generated/isochron/v1/Report.ts';
import { assert } from '../../shared/kernel/assert.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { maxDifference } from '../../shared/numerics/vector.ts';
import { waitingOf } from '../core/fair-queue.ts';
import { isOver, type JobPhase, type JobState } from '../core/state.ts';
import type { Engine } from './engine.ts';
import type { JobRecord } from './job-record.ts';
import { clientOf } from './share.ts';
import { halfError } from './wire-precision.ts';
import { planSummary } from './plan-reply.ts';

const states = {
  queued: 'QUEUED',
  running: 'RUNNING',
  done: 'DONE',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
} as const satisfies Record<JobPhase, string>;

export function statusOf(engine: Engine, record: JobRecord): JobStatus {
  const job = jobOf(engine, record.id);
  // how it ended can be read once it cannot be forgotten any more
  const state = isOver(job) && !record.stored ? 'RUNNING' : states[job.phase];
  return { ...finalStatusOf(engine, record), state };
}

/** As the job will be once that is on disk. */
export function finalStatusOf(engine: Engine, record: JobRecord): JobStatus {
  const job = jobOf(engine, record.id);
  const { failure } = job;
  const baseline = record.baseline ? engine.state().jobs.get(record.baseline) : undefined;
  return {
    job: record.id,
    state: states[job.phase],
    model: record.request.model,
    solver: record.resolved?.sampler.solver ?? record.request.solver,
    method: record.resolved?.spec.method ?? record.request.method,
    steps: record.request.steps,
    rows: record.resolved?.table.steps ?? 0,
    samples: record.request.samples ?? 1,
    rounds: job.tally.rounds,
    frontier: Math.min(...job.frontier),
    windowEnd: job.windowEnd,
    modelCalls: job.tally.modelCalls,
    residual: Number.isFinite(job.tally.residual) ? job.tally.residual : 0,
    elapsedMs: elapsed(job),
    message: failure?.message ?? waitingFor(engine, record),
    errorCode: failure?.code ?? '',
    client: clientOf(record.request),
    tenant: record.request.tenant,
    priority: record.request.priority ?? 0,
    baselineRounds: job.phase === 'queued' ? (baseline?.tally.rounds ?? 0) : 0,
  };
}

function jobOf(engine: Engine, id: string): JobState {
  const job = engine.state().jobs.get(id);
  assert(job, `no state for job ${id}`);
  return job;
}

function elapsed({ startedMs, endedMs }: JobState): number {
  if (startedMs === 0) return 0;
  return (endedMs === 0 ? performance.now() : endedMs) - startedMs;
}

/** Why a job is not moving, for people; empty where it is. */
export function waitingFor(engine: Engine, { id, request, baseline }: JobRecord): string {
  const job = jobOf(engine, id);
  const parts = (job.plan?.parts ?? []).flatMap(
    ({ job: part }) => engine.state().jobs.get(part) ?? [],
  );
  const held = [job, ...parts].flatMap(({ blocks }) => blocks);
  const stranded = job.phase === 'running' && held.some(({ worker }) => worker === '');
  if (job.phase !== 'queued' && !stranded) return '';
  const before = baseline === undefined ? undefined : engine.state().jobs.get(baseline);
  if (before?.phase === 'running') return 'the sequential baseline runs first';
  const able = [...engine.state().workers.values()].filter(
    ({ draining, models }) => !draining && models.some(({ name }) => name === request.model),
  );
  if (able.length === 0) return `no worker has model ${request.model}`;
  return job.deferred ? 'the workers are being measured' : turnOf(engine, job);
}

function turnOf(engine: Engine, { id, client }: JobState): string {
  if (engine.state().resolving === id) return '';
  const own = waitingOf(engine.state().queue, client);
  const before = own.findIndex(({ job }) => job === id);
  return before > 0 ? `${before} jobs of ${client} are before it` : 'other jobs are running';
}

export function reportOf(engine: Engine, record: JobRecord): Report {
  const job = jobOf(engine, record.id);
  const { resolved, request, bytes, certificate, audits } = record;
  assert(resolved && record.samples, `job ${record.id} has no result`);
  const { spec, model, table } = resolved;
  const { tally } = job;
  const wallMs = job.settledMs - job.startedMs;
  const from = job.partition[0]?.begin ?? 0;
  const live = job.partition.filter(({ begin }) => begin - from < spec.window).length;
  const sequential = baselineOf(engine, record);
  const errorEstimate = Math.max(tally.errorEstimate, Number(certificate?.errorEstimate ?? 0));
  return {
    job: record.id,
    model: spec.model,
    modelSha256: spec.modelSha256,
    method: spec.method,
    solver: resolved.sampler.solver,
    steps: request.steps,
    rows: table.steps,
    latentsPerRow: table.parts,
    samples: spec.samples,
    seed: spec.seed,
    tolerance: spec.tolerance,
    stop: spec.stop,
    window: spec.window,
    blocks: spec.method === 'sequential' ? 1 : live,
    workers: record.workersUsed.size,
    rounds: tally.rounds,
    staleRounds: tally.staleRounds,
    modelCalls: tally.modelCalls,
    forwardPasses: tally.forwardPasses,
    sequentialCalls: tally.sequentialCalls,
    wallMs,
    timeMs: timeSplit(job, record, wallMs),
    bytesToWorkers: bytes.toWorkers,
    bytesFromWorkers: bytes.fromWorkers,
    residualMax: tally.residualMax,
    errorEstimate: errorEstimate + (spec.half ? halfError(cutsOf(job)) : 0),
    emulated: isEmulated(engine, record),
    ...(sequential && { sequential }),
    guidance: spec.guidance,
    // an audit samples nothing that could converge
    outcome: audits ? 'verified' : (job.outcome ?? 'converged'),
    sampleShape: [...model.sampleShape],
    valueMinimum: model.valueRange[0],
    valueMaximum: model.valueRange[1],
    ...(certificate && { certificate }),
    idealMs: tally.idealMs,
    hostLateMs: tally.lateMs,
    wire: spec.half ? 'float16' : 'float32',
    plan: planSummary(resolved.planned.plan),
    resumedFrom: resumedFrom(engine, record),
    spotChecks: spotChecksOf(engine, record),
    latents: model.decodesLatents ?? false,
  };
}

/** Boundaries that latents crossed on the wire; where a job went on, its checkpoint is one. */
function cutsOf({ partition, resumedFrom }: JobState): number {
  return partition.length + (resumedFrom > 0 ? 1 : 0);
}

/** Some of what ran it was emulated, in this process or before. */
export function isEmulated(engine: Engine, { workersUsed, earlier }: JobRecord): boolean {
  if ([...earlier.values()].some(({ emulated }) => emulated)) return true;
  return [...workersUsed].some((worker) => engine.workers.get(worker)?.emulated);
}

/** Where samples ran apart, the first row that any of them went on from. */
function resumedFrom(engine: Engine, { id, parts }: JobRecord): number {
  const { jobs } = engine.state();
  const ids = parts.length > 0 ? parts.map((part) => part.id) : [id];
  return Math.min(...ids.map((one) => jobs.get(one)?.resumedFrom ?? 0));
}

/** Of all that its samples ran in. */
function spotChecksOf(engine: Engine, { id, parts }: JobRecord) {
  const sum = { made: 0, dropped: 0, startedOver: 0 };
  for (const { id: one } of [{ id }, ...parts]) {
    const { checks } = jobOf(engine, one);
    sum.made += checks.made;
    sum.dropped += checks.dropped.length;
    sum.startedOver += checks.startedOver;
  }
  return sum;
}

/** What is neither model, queue, scan nor this process is the messages. */
function timeSplit(job: JobState, record: JobRecord, wallMs: number) {
  const { modelMs: model, queueMs: queue, scanMs: scan } = job.tally;
  const coordinator = record.coordinatorMs;
  const network = Math.max(0, wallMs - model - queue - scan - coordinator);
  return { model, queue, network, coordinator, scan };
}

/** The true error: the worst sample's RMS, and the largest difference of any element. */
function baselineOf(engine: Engine, record: JobRecord) {
  const baseline = record.baseline === undefined ? undefined : engine.records.get(record.baseline);
  if (!baseline?.samples || !record.samples || !record.resolved) return undefined;
  const job = jobOf(engine, baseline.id);
  const { samples, dim } = record.resolved.spec;
  const [ours, theirs] = [record.samples, baseline.samples];
  const errors = Array.from({ length: samples }, (_, m) =>
    rmsDifference(ours, m * dim, theirs, m * dim, dim),
  );
  return {
    wallMs: job.settledMs - job.startedMs,
    rmsError: Math.max(...errors),
    maxAbsError: maxDifference(ours, 0, theirs, 0, ours.length),
  };
}
