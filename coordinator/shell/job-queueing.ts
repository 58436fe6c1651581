/** Jobs on their way into the engine: those of a request, and those of an earlier process. */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { auditRequest } from './certification.ts';
import type { JobDeskOptions } from './desk-options.ts';
import { createJobRecord, isAuto, type GivenTrajectory, type JobRecord } from './job-record.ts';
import type { Blob, JobStore, StoredJob } from './job-store.ts';
import type { Earlier } from './earlier.ts';
import { shareOf } from './share.ts';
import { decodeCheckpoint } from './stored-checkpoint.ts';
import { decodeRequest } from './stored-job.ts';

/** A trajectory that came with a job. */
export interface StartingPoint {
  readonly given: GivenTrajectory;
  /** Sample nothing, verify it. */
  readonly verify: boolean;
}

/** The jobs of one request: the one that clients see, and those that serve it. */
export interface Family {
  readonly record: JobRecord;
  readonly baseline: JobRecord | undefined;
  readonly audit: JobRecord | undefined;
}

export function familyOf(
  id: string,
  request: SubmitRequest__Output,
  start?: StartingPoint,
  earlier: ReadonlyMap<string, Earlier> = new Map(),
): Family {
  const shared = { whole: id, earlier };
  const compared = request.compareSequential && request.method !== 'sequential';
  const baseline = compared ? sequentialRecord(`${id}-sequential`, request, shared) : undefined;
  const audit = request.certify ? auditRecord(`${id}-certificate`, request, shared) : undefined;
  const given = start?.given;
  const audits = start?.verify ? { of: undefined } : undefined;
  const own = { ...shared, baseline, given, audits, audit: audit?.id };
  return { record: createJobRecord(id, request, own), baseline, audit };
}

interface Shared {
  readonly whole: string;
  readonly earlier: ReadonlyMap<string, Earlier>;
}

/** The round that certifies a job, once all its rows are here. */
function auditRecord(id: string, request: SubmitRequest__Output, shared: Shared): JobRecord {
  const audits = { of: shared.whole };
  return createJobRecord(id, auditRequest(request), { ...shared, audits, hidden: true });
}

/** The same request by the sequential sampler: the baseline of a comparison. */
function sequentialRecord(id: string, request: SubmitRequest__Output, shared: Shared): JobRecord {
  const alone = { compareSequential: false, certify: false, stop: '' };
  const plain = { ...request, method: 'sequential', ...alone };
  delete plain.blocks;
  delete plain.order;
  delete plain.maxLag;
  delete plain.window;
  // it must not begin before the job that it is compared with can be planned
  return createJobRecord(id, plain, { ...shared, hidden: true, waitsForFigures: isAuto(request) });
}

export function queueFamily(options: JobDeskOptions, { record, baseline, audit }: Family): void {
  if (baseline) queue(options, baseline);
  queue(options, record, { after: baseline?.id });
  if (audit) queue(options, audit, { after: record.id, needsRows: true });
}

interface Queueing {
  readonly after?: string | undefined;
  readonly needsRows?: boolean;
}

function queue(
  options: JobDeskOptions,
  record: JobRecord,
  { after, needsRows }: Queueing = {},
): void {
  const { id: job, request } = record;
  options.engine().records.set(job, record);
  const { model, priority = 0 } = request;
  const whose = { client: shareOf(request), priority: Number(priority) };
  // it is planned when its turn comes, for the load that there is then
  const submitted = {
    kind: 'jobSubmitted',
    job,
    model,
    plan: undefined,
    after,
    needsRows,
  } as const;
  options.engine().dispatch({ ...submitted, ...whose });
}

function reject({ engine }: JobDeskOptions, job: string, { code, message }: SamplerError): void {
  engine().dispatch({ kind: 'jobRejected', job, failure: { code, message } });
}

/** What else than its request a job starts from, as it is stored. */
export interface StoredStart {
  readonly seed: number;
  readonly sameConditions: boolean;
  readonly verify: boolean;
  readonly crc32: number;
}

/** Jobs that an earlier process had accepted and not ended, in their order. */
export async function restoreJobs(options: JobDeskOptions): Promise<void> {
  const { ledger, log } = options;
  const jobs = ledger.store.unfinished();
  for (const job of jobs) await restore(options, job);
  if (jobs.length > 0) log.info({ jobs: jobs.length }, 'jobs of an earlier process go on');
}

async function restore(options: JobDeskOptions, stored: StoredJob): Promise<void> {
  const { id } = stored;
  const request = requestOf(stored);
  if (!request) {
    const { record } = familyOf(id, decodeRequest(new Uint8Array()));
    return giveUp(options, record, new SamplerError('CORRUPTED', 'what it asks for is damaged'));
  }
  try {
    const start = await startOf(options, stored);
    queueFamily(options, familyOf(id, request, start, await earlierOf(options, id)));
  } catch (error) {
    const text = `what the job starts from is damaged: ${String(error)}`;
    giveUp(options, familyOf(id, request).record, new SamplerError('INTERNAL', text));
  }
}

function requestOf({ request }: StoredJob): SubmitRequest__Output | undefined {
  try {
    return decodeRequest(request);
  } catch {
    return undefined;
  }
}

function giveUp(options: JobDeskOptions, record: JobRecord, error: SamplerError): void {
  options.log.error({ job: record.id, error: error.message }, 'job cannot go on');
  queue(options, record);
  reject(options, record.id, error);
}

async function startOf(
  { ledger: { store } }: JobDeskOptions,
  { id, start }: StoredJob,
): Promise<StartingPoint | undefined> {
  if (start === undefined) return undefined;
  const { seed, sameConditions, verify } = JSON.parse(start) as StoredStart;
  const [blob] = store.blobsOf(id).filter(({ name }) => name.endsWith('.given'));
  if (!blob) throw new SamplerError('INTERNAL', 'its trajectory is not there');
  const states = await floatsOf(store, blob);
  return { given: { states, seed, sameConditions }, verify };
}

/** A checkpoint that cannot be read costs what it saved, and nothing else. */
async function earlierOf(
  { ledger: { store }, log }: JobDeskOptions,
  whole: string,
): Promise<Map<string, Earlier>> {
  const found = new Map<string, Earlier>();
  for (const { job, state, latents } of store.checkpointsOf(whole)) {
    try {
      found.set(job, decodeCheckpoint(state, await floatsOf(store, latents)));
    } catch (error) {
      log.warn({ job, error: String(error) }, 'the job starts over: its checkpoint is damaged');
    }
  }
  return found;
}

async function floatsOf(store: JobStore, blob: Blob): Promise<Float32Array> {
  const bytes = new Uint8Array(blob.byteLength);
  let at = 0;
  for await (const piece of store.readBlob(blob)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return new Float32Array(bytes.buffer);
}
