/** The writing side of the SQLite store: one transaction for a batch of changes. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assert, unreachable } from '../../shared/kernel/assert.ts';
import { failpoint } from '../../shared/protocol/failpoints.ts';
import type { Blob, EndedJob, StoreChange, StoredCheckpoint } from './job-store.ts';
import { storeErrorOf } from './store-errors.ts';

export interface SqliteWriter {
  /** On disk when it returns. @throws StoreError; then nothing of it is. */
  commit(changes: readonly StoreChange[]): void;
}

interface Writer {
  readonly db: DatabaseSync;
  readonly epoch: number;
  readonly nowMs: () => number;
  /** By their text. */
  readonly statements: Map<string, StatementSync>;
}

export function sqliteWriter(
  db: DatabaseSync,
  epoch: number,
  nowMs: () => number = Date.now,
): SqliteWriter {
  const writer: Writer = { db, epoch, nowMs, statements: new Map() };
  return { commit: (changes) => commit(writer, changes) };
}

function commit(writer: Writer, changes: readonly StoreChange[]): void {
  const { db } = writer;
  try {
    failpoint('store.beforeBegin');
    db.exec('BEGIN IMMEDIATE');
    for (const change of changes) apply(writer, change);
    failpoint('store.beforeCommit');
    db.exec('COMMIT');
    failpoint('store.afterCommit');
  } catch (error) {
    // some failures have ended the transaction already
    if (db.isTransaction) db.exec('ROLLBACK');
    throw storeErrorOf('the job store', error);
  }
}

function run({ db, statements }: Writer, sql: string, ...values: Value[]): number {
  let statement = statements.get(sql);
  if (!statement) {
    statement = db.prepare(sql);
    statements.set(sql, statement);
  }
  return Number(statement.run(...values).changes);
}

type Value = string | number | Uint8Array | null;

function apply(writer: Writer, change: StoreChange): void {
  switch (change.kind) {
    case 'accepted': {
      const { id, key = null, request, start = null, given } = change.job;
      const sql = `INSERT INTO jobs (id, key, request, start, accepted_ms) VALUES (?, ?, ?, ?, ?)`;
      run(writer, sql, id, key, request, start, writer.nowMs());
      if (given) insertBlob(writer, id, given);
      return note(writer, id, 'accepted');
    }
    case 'resumed':
      return note(writer, change.job, 'resumed', String(change.row));
    case 'checkpoint':
      return replaceCheckpoint(writer, change.checkpoint);
    case 'noCheckpoint':
      return dropCheckpoint(writer, change.job);
    case 'ended':
      return end(writer, change.ended);
    case 'forgotten':
      run(writer, 'DELETE FROM checkpoints WHERE whole = ?', change.job);
      run(writer, 'DELETE FROM blobs WHERE job = ?', change.job);
      run(writer, 'DELETE FROM events WHERE job = ?', change.job);
      run(writer, 'DELETE FROM jobs WHERE id = ?', change.job);
      return;
    default:
      return unreachable(change);
  }
}

function insertBlob(writer: Writer, job: string, blob: Blob): void {
  const { name, byteLength, crc32, inline = null } = blob;
  run(writer, 'INSERT INTO blobs VALUES (?, ?, ?, ?, ?)', name, job, byteLength, crc32, inline);
}

function replaceCheckpoint(writer: Writer, checkpoint: StoredCheckpoint): void {
  const { job, whole, state, latents } = checkpoint;
  dropCheckpoint(writer, job);
  // of a job that has ended meanwhile nothing is kept
  const lives = run(writer, 'UPDATE jobs SET seq = seq WHERE id = ? AND ending IS NULL', whole);
  if (lives === 0) return;
  insertBlob(writer, whole, latents);
  run(writer, 'INSERT INTO checkpoints VALUES (?, ?, ?, ?)', job, whole, state, latents.name);
}

function dropCheckpoint(writer: Writer, job: string): void {
  const name = '(SELECT latents FROM checkpoints WHERE job = ?)';
  // the checkpoint refers to its blob: it goes first, and its blob by the name that it had
  const row = writer.db.prepare(`SELECT ${name} AS name`).get(job);
  run(writer, 'DELETE FROM checkpoints WHERE job = ?', job);
  if (typeof row?.['name'] === 'string') {
    run(writer, 'DELETE FROM blobs WHERE name = ?', row['name']);
  }
}

function end(writer: Writer, { job, end: ending, status, report, blobs }: EndedJob): void {
  run(writer, 'DELETE FROM checkpoints WHERE whole = ?', job);
  run(writer, 'DELETE FROM blobs WHERE job = ?', job);
  for (const blob of blobs) insertBlob(writer, job, blob);
  const bytes = blobs.reduce((sum, { byteLength }) => sum + byteLength, 0);
  note(writer, job, ending);
  const changed = run(
    writer,
    `UPDATE jobs SET ending = ?, ended_ms = ?, status = ?, report = ?, bytes = ?
     WHERE id = ? AND ending IS NULL`,
    ...[ending, writer.nowMs(), status, report ?? null, bytes, job],
  );
  assert(changed === 1, `job ${job} ends a second time, or was never accepted`);
}

function note(writer: Writer, job: string, kind: string, detail = ''): void {
  const sql = 'INSERT INTO events (job, epoch, at_ms, kind, detail) VALUES (?, ?, ?, ?, ?)';
  run(writer, sql, job, writer.epoch, writer.nowMs(), kind, detail);
}
