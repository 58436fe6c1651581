/** Jobs from submission to result: what the client-facing service and the engine share. */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { ListJobsRequest__Output } from '../../proto/generated/isochron/v1/ListJobsRequest.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { bytesOf } from '../../shared/protocol/latents.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { waitingOf } from '../core/fair-queue.ts';
import type { Plan } from '../core/planner.ts';
import { auditRequest } from './certification.ts';
import type { JobDeskOptions } from './desk-options.ts';
import type { HeldCheckpoint } from './earlier.ts';
import type { Engine } from './engine.ts';
import { failureCode } from './failure-code.ts';
import { batchJitterOf } from './jitter-check.ts';
import { ended, writeCheckpoint } from './job-ending.ts';
import { invalid } from './invalid.ts';
import { pageOf, type Page } from './job-list.ts';
import { familyOf, queueFamily, restoreJobs } from './job-queueing.ts';
import type { StartingPoint, StoredStart } from './job-queueing.ts';
import type { JobRecord } from './job-record.ts';
import { shareOf } from './share.ts';
import { reserve, resolve, resolveChecked } from './job-resolution.ts';
import type { StoredJob } from './job-store.ts';
import { planLater } from './planning.ts';
import { withEncoded } from './prompts.ts';
import { statusOf, waitingFor } from './report.ts';
import { withImage } from './start-image.ts';
import { decodeStatus } from './stored-job.ts';
import { unknownJob } from './unknown-job.ts';
import { checkRequest, resolveSubmission } from './submission.ts';
import { newTotals, type Totals } from './totals.ts';
import { requireRoom, trajectoryElements } from './trajectory.ts';

export interface Submitted {
  readonly job: string;
  /** Why it cannot start yet; empty if it can. */
  readonly waitingFor: string;
}

export interface JobDesk {
  /** Resolves once the job is on disk. */
  submit(request: SubmitRequest__Output, start?: StartingPoint): Promise<Submitted>;
  /** Bytes that the states of a trajectory must have; throws what can be known before them. */
  checkTrajectory(request: SubmitRequest__Output): number;
  /** Counts memory that an upload takes, until the function that it returns is called. */
  reserve(bytes: number): () => void;
  /** What submitting it would run. */
  plan(request: SubmitRequest__Output): Promise<Plan>;
  /** A visible job that has not ended; undefined for one that has. */
  find(job: string): JobRecord | undefined;
  status(job: string): JobStatus;
  /** Whose job it is, as its request names the tenant. @throws SamplerError UNKNOWN_JOB */
  tenantOf(job: string): string;
  /**
   * Of visible jobs: those that have ended, then the others, the oldest first; a page of them.
   *
   * @param sees of which tenants
   */
  list(asked: ListJobsRequest__Output, sees: (tenant: string) => boolean): Page;
  /** Of all tenants. */
  readonly totals: Totals;
  totalsOf(tenant: string): Totals;
  /** A job that is done; throws why there is no result. */
  result(job: string): StoredJob;
  /** Resolves once the job has ended for good. */
  cancel(job: string): Promise<JobStatus>;
  /** Jobs of an earlier process. */
  restore(): Promise<void>;
  /** The engine's hooks. */
  resolve(job: string, jobs: number): void;
  checkpoint(job: string, checkpoint: HeldCheckpoint | undefined): void;
  /** The workers have been measured. */
  resolveWaiting(): void;
  ended(job: string): void;
}

interface Desk extends JobDeskOptions {
  /** Memory of trajectories that no record holds yet. */
  readonly uploads: Set<{ readonly heldBytes: number }>;
  readonly totals: Totals;
  readonly totalsByTenant: Map<string, Totals>;
}

function totalsOf({ totalsByTenant }: Desk, tenant: string): Totals {
  const known = totalsByTenant.get(tenant) ?? newTotals();
  totalsByTenant.set(tenant, known);
  return known;
}

function countEnd(desk: Desk, job: string): void {
  const { records, state } = desk.engine();
  const record = records.get(job);
  const phase = state().jobs.get(job)?.phase;
  if (record?.hidden !== false || record.isPart) return;
  if (phase !== 'done' && phase !== 'failed' && phase !== 'cancelled') return;
  desk.totals.ended[phase]++;
  totalsOf(desk, record.request.tenant).ended[phase]++;
}

export function createJobDesk(options: JobDeskOptions): JobDesk {
  const desk: Desk = {
    ...options,
    uploads: new Set(),
    totals: newTotals(),
    totalsByTenant: new Map(),
  };
  return {
    totals: desk.totals,
    totalsOf: (tenant) => totalsOf(desk, tenant),
    submit: (request, start) => submit(desk, request, start),
    checkTrajectory: (request) => checkTrajectory(desk, request),
    reserve: (bytes) => reserveBytes(desk, bytes),
    plan: (request) => planOnly(desk, request),
    resolve: (job, jobs) => resolve(desk, job, jobs),
    resolveWaiting: () => desk.engine().dispatch({ kind: 'figuresKnown' }),
    ended: (job) => {
      countEnd(desk, job);
      ended(desk, job);
    },
    checkpoint: (job, at) => checkpoint(desk, job, at),
    find: (job) => findJob(desk, job),
    status: (job) => statusOfJob(desk, job),
    tenantOf: (job) => findJob(desk, job)?.request.tenant ?? lastStatus(desk, job).tenant ?? '',
    list: (asked, sees) => {
      const here = [...desk.engine().records.values()]
        .filter(({ hidden, stored, request }) => !hidden && !stored && sees(request.tenant))
        .map((record) => statusOf(desk.engine(), record));
      const over = desk.ledger.endedStatuses().filter(({ tenant = '' }) => sees(tenant));
      return pageOf([...over, ...here], asked);
    },
    result: (job) => resultOf(desk, job),
    cancel: (job) => cancel(desk, job),
    restore: () => restoreJobs(desk),
  };
}

function reserveBytes({ engine, uploads }: Desk, bytes: number): () => void {
  const upload = { heldBytes: bytes };
  requireRoom([...engine().records.values(), ...uploads], bytes);
  uploads.add(upload);
  return () => void uploads.delete(upload);
}

async function submit(
  desk: Desk,
  asked: SubmitRequest__Output,
  start?: StartingPoint,
): Promise<Submitted> {
  const { log, ledger } = desk;
  const engine = desk.engine();
  const plain = start?.verify ? auditRequest(asked) : asked;
  checkRequest(plain);
  const stored = start && storedStart(start);
  const before = ledger.earlier(plain, stored);
  if (before) return submitted(desk, await before);
  refuseOverload(engine, shareOf(plain));
  const found = requireModel(engine, plain.model)?.model;
  if (start && plain.image) throw invalid('image', 'one beside a trajectory', 'one of them');
  const request = await encodedRequest(desk, plain, found);
  // the same request may have come again while its prompts were encoded
  const meanwhile = ledger.earlier(plain, stored);
  if (meanwhile) return submitted(desk, await meanwhile);
  const id = randomBytes(16).toString('hex');
  const family = familyOf(id, request, start);
  const { record } = family;
  // everything that can be wrong is found before anything is queued
  if (found) {
    // what a tolerance can be depends on the plan only where outputs depend on the batch
    const planJob = batchJitterOf(engine.workers, found) > 0 ? undefined : planLater;
    resolveChecked(engine, record, found, planJob);
  }
  reserve(engine, record, found);
  const release = record.heldBytes > 0 ? reserveBytes(desk, record.heldBytes) : undefined;
  try {
    const given = start && bytesOf(start.given.states);
    const accepted = { id, request, start: stored, given };
    await ledger.accept(accepted, () => queueFamily(desk, family));
    desk.totals.submitted++;
    totalsOf(desk, request.tenant).submitted++;
  } finally {
    release?.();
  }
  log.info({ job: id, model: request.model, method: request.method }, 'job accepted');
  return submitted(desk, id);
}

/** With conditions and a latent in place of prompts and a picture. */
async function encodedRequest(
  { pipelines }: Pick<Desk, 'pipelines'>,
  asked: SubmitRequest__Output,
  model: RegisteredModel | undefined,
): Promise<SubmitRequest__Output> {
  const request = await withEncoded(asked, model, pipelines);
  return withImage(request, model, pipelines);
}

/** Equal for the same start, so that a request can be known again. */
function storedStart({ given, verify }: StartingPoint): string {
  const { states, seed, sameConditions } = given;
  const start: StoredStart = { seed, sameConditions, verify, crc32: crc32(bytesOf(states)) };
  return JSON.stringify(start);
}

function submitted(desk: Desk, job: string): Submitted {
  const record = findJob(desk, job);
  return { job, waitingFor: record ? waitingFor(desk.engine(), record) : '' };
}

function checkTrajectory(desk: Desk, request: SubmitRequest__Output): number {
  const engine = desk.engine();
  checkRequest(request);
  refuseOverload(engine, shareOf(request));
  const found = requireModel(engine, request.model)?.model;
  if (!found) {
    const text = 'found no worker, expected one that has the model of the trajectory';
    throw new SamplerError('WORKER_LOST', text);
  }
  return 4 * trajectoryElements(request, found);
}

async function planOnly(
  { engine, planner, pipelines }: Desk,
  asked: SubmitRequest__Output,
): Promise<Plan> {
  checkRequest(asked);
  const found = requireModel(engine(), asked.model);
  if (found) {
    const request = await encodedRequest({ pipelines }, asked, found.model);
    return resolveSubmission(request, found.model, planner.plan).planned.plan;
  }
  throw new SamplerError('WORKER_LOST', 'found no worker, expected one that has the model');
}

function checkpoint(desk: Desk, job: string, at: HeldCheckpoint | undefined): void {
  const record = desk.engine().records.get(job);
  if (!record) return;
  if (at) writeCheckpoint(desk, record, at);
  else desk.ledger.noCheckpoint(record);
}

function findJob({ engine, ledger }: Desk, job: string): JobRecord | undefined {
  const record = engine().records.get(job);
  if (record && !record.hidden) return record;
  if (ledger.ended(job)) return undefined;
  throw unknownJob(job);
}

function statusOfJob(desk: Desk, job: string): JobStatus {
  const record = findJob(desk, job);
  return record ? statusOf(desk.engine(), record) : lastStatus(desk, job);
}

function lastStatus({ ledger }: Desk, job: string): JobStatus {
  return decodeStatus(ledger.ended(job)?.status ?? new Uint8Array());
}

function resultOf(desk: Desk, job: string): StoredJob {
  const stored = desk.ledger.ended(job);
  if (stored?.end === 'done') return stored;
  const { state, message, errorCode } = statusOfJob(desk, job);
  const why = message ? `: ${message}` : '';
  const text = `job ${job} has no result, it is ${String(state).toLowerCase()}${why}`;
  throw new SamplerError(stored ? failureCode(errorCode) : 'UNKNOWN_JOB', text);
}

async function cancel(desk: Desk, job: string): Promise<JobStatus> {
  const record = findJob(desk, job);
  if (!record) return lastStatus(desk, job);
  const over = new Promise<void>((resolve) => {
    const look = (): void => {
      if (!record.stored) return;
      record.watchers.delete(look);
      resolve();
    };
    record.watchers.add(look);
  });
  for (const id of [job, record.baseline, record.audit]) {
    if (id !== undefined) desk.engine().dispatch({ kind: 'cancelRequested', job: id });
  }
  await over;
  return lastStatus(desk, job);
}

/** A model that no registered worker has is a mistake, unless there is no worker at all yet. */
function requireModel(engine: Engine, name: string) {
  const found = engine.workers.findModel(name);
  const workers = engine.workers.all();
  if (found || workers.length === 0) return found;
  const models = new Set(workers.flatMap(({ models: own }) => own.map((model) => model.name)));
  // a worker that has it is about to attach: the job waits for that
  if (models.has(name)) return undefined;
  const known = [...models].sort().join(', ');
  const message = `model: found "${name}", expected one that a worker has: ${known}`;
  throw new SamplerError('UNKNOWN_MODEL', message, { context: { field: 'model' } });
}

function refuseOverload(engine: Engine, client: string): void {
  const { queue } = engine.state();
  const own = waitingOf(queue, client).length;
  refuseAbove('queue', queue.waiting, limits.jobsQueuedMax);
  refuseAbove(`queue of client ${client}`, own, limits.jobsQueuedPerClientMax);
}

function refuseAbove(field: string, found: number, most: number): void {
  if (found < most) return;
  const text = `${field}: found ${found} waiting jobs, at most ${most} may wait`;
  throw new SamplerError('OVERLOADED', `${text}: submit again when some of them have started`);
}
