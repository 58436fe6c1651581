/** Makes the rows of a store agree with its files: after damage, and in a copy of a live store. */
import type { DatabaseSync } from 'node:sqlite';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { BlobFiles } from './blob-files.ts';
import type { Blob } from './job-store.ts';
import { decodeRequest, decodeStatus, encodeStatus } from './stored-job.ts';

export interface Reconciled {
  /** Jobs whose request, start or result is lost: they have failed now. */
  readonly failed: readonly string[];
  /** Jobs that lost a checkpoint: they go on from their beginning. */
  readonly startOver: readonly string[];
  /** Files that were read and are what was written. */
  readonly sound: number;
}

/** Reads every file once. */
export async function reconcile(db: DatabaseSync, files: BlobFiles): Promise<Reconciled> {
  dropOrphans(db);
  const rows = db.prepare('SELECT name, job, length, crc FROM blobs WHERE inline IS NULL').all();
  const failed = new Set<string>([...unreadable(db), ...incomplete(db)]);
  const startOver = new Set<string>();
  let sound = 0;
  for (const { name, job, length, crc } of rows) {
    const blob = { name: String(name), byteLength: Number(length), crc32: Number(crc) };
    if (await readable(files, { ...blob, inline: undefined })) sound++;
    else if (dropCheckpoint(db, blob.name)) startOver.add(String(job));
    else failed.add(String(job));
  }
  for (const job of failed) fail(db, job);
  return {
    failed: [...failed],
    startOver: [...startOver].filter((job) => !failed.has(job)),
    sound,
  };
}

/** Of jobs that are not here. */
function dropOrphans(db: DatabaseSync): void {
  for (const [table, job] of [
    ['checkpoints', 'whole'],
    ['blobs', 'job'],
    ['events', 'job'],
  ]) {
    db.exec(`DELETE FROM ${table} WHERE ${job} NOT IN (SELECT id FROM jobs)`);
  }
}

/**
 * Jobs that nobody can read what to do of, or how they ended. One that is over is none the worse
 * without its request.
 */
function unreadable(db: DatabaseSync): string[] {
  const [failed, blank]: [string[], string[]] = [[], []];
  const rows = db.prepare('SELECT id, ending, request, status FROM jobs').iterate();
  for (const { id, ending, request, status } of rows) {
    const asked = decoded(decodeRequest, request);
    if (!asked) blank.push(String(id));
    if (!(ending === null ? asked : decoded(decodeStatus, status))) failed.push(String(id));
  }
  // not while the table is read
  const update = db.prepare(`UPDATE jobs SET request = X'' WHERE id = ?`);
  for (const id of blank) update.run(id);
  return failed;
}

function decoded<Message>(
  decode: (bytes: Uint8Array) => Message,
  stored: unknown,
): Message | undefined {
  try {
    return stored instanceof Uint8Array ? decode(stored) : undefined;
  } catch {
    return undefined;
  }
}

/** Jobs with a result that is not all here. */
function incomplete(db: DatabaseSync): string[] {
  const sql = `SELECT id FROM jobs WHERE ending = 'done' AND bytes <>
    (SELECT coalesce(sum(length), 0) FROM blobs WHERE blobs.job = jobs.id)`;
  return db
    .prepare(sql)
    .all()
    .map(({ id }) => String(id));
}

async function readable(files: BlobFiles, blob: Blob): Promise<boolean> {
  try {
    for await (const _piece of files.read(blob));
    return true;
  } catch {
    return false;
  }
}

function dropCheckpoint(db: DatabaseSync, latents: string): boolean {
  const { changes } = db.prepare('DELETE FROM checkpoints WHERE latents = ?').run(latents);
  if (Number(changes) === 0) return false;
  db.prepare('DELETE FROM blobs WHERE name = ?').run(latents);
  return true;
}

function fail(db: DatabaseSync, job: string): void {
  const row = db.prepare('SELECT request, status FROM jobs WHERE id = ?').get(job);
  const message = 'its bytes on disk were damaged, as a check of the job store found';
  const known = lastKnown(row?.['request'], row?.['status']);
  const status = encodeStatus({ ...known, job, state: 'FAILED', errorCode: 'CORRUPTED', message });
  db.prepare('DELETE FROM checkpoints WHERE whole = ?').run(job);
  db.prepare('DELETE FROM blobs WHERE job = ?').run(job);
  db.prepare(
    `UPDATE jobs SET ending = 'failed', status = ?, report = NULL, bytes = 0,
     ended_ms = coalesce(ended_ms, accepted_ms) WHERE id = ?`,
  ).run(status, job);
}

function lastKnown(request: unknown, status: unknown): JobStatus {
  const told = decoded(decodeStatus, status);
  if (told) return told;
  const asked = decoded(decodeRequest, request);
  if (!asked) return {};
  const { model, solver, method, steps, samples = 1, client, tenant } = asked;
  return { model, solver, method, steps, samples, client, tenant };
}
