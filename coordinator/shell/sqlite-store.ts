/**
 * The job store on SQLite: a folder with `jobs.db`, its log, and the blobs that are files.
 *
 *   main thread    reads, on a connection of its own
 *   store thread   writes; an fsync takes as long as the disk wants, and rounds do not wait for it
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { blobFiles } from './blob-files.ts';
import { StoreError, type JobStore } from './job-store.ts';
import { connect, migrate, migrations, type Migration } from './sqlite-schema.ts';
import { sqliteReader } from './sqlite-reader.ts';
import { storeErrorOf } from './store-errors.ts';
import { startStoreThread } from './store-thread-client.ts';

export interface SqliteStoreOptions {
  /** Is there. */
  readonly folder: string;
  /** Those of this version where absent. */
  readonly migrations?: readonly Migration[];
  /** Pages that the database may have: a full disk, for tests. */
  readonly pagesMax?: number | undefined;
  readonly nowMs?: () => number;
}

/** @throws StoreError that says what is wrong with the store, and what to do. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<JobStore> {
  const { folder, nowMs = Date.now } = options;
  const lock = lockFolder(folder);
  try {
    const blobFolder = join(folder, 'blobs');
    mkdirSync(blobFolder, { recursive: true });
    const path = join(folder, 'jobs.db');
    const { db, epoch } = openTables(path, options);
    const reader = sqliteReader(db, nowMs);
    const files = blobFiles(blobFolder);
    await files.sweep(reader.files());
    const writer = await startStoreThread({ path, epoch, pagesMax: options.pagesMax });
    return {
      ...reader,
      epoch,
      commit: (changes) => writer.commit(changes),
      writeBlob: (name, bytes) => files.write(name, bytes),
      readBlob: (blob) => files.read(blob),
      removeBlobs: (names) => files.remove(names),
      async close() {
        await writer.close();
        db.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The system gives the lock back when the process ends, however it ends. */
export function lockFolder(folder: string): DatabaseSync {
  const path = join(folder, 'coordinator.lock');
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const text = `another coordinator uses ${folder}: stop it, or name another folder with --data`;
    throw new StoreError('failed', text, { cause: error });
  }
}

function openTables(path: string, options: SqliteStoreOptions) {
  const { migrations: steps = migrations, nowMs = Date.now } = options;
  let db: DatabaseSync | undefined;
  try {
    db = connect(path);
    checkTables(db, path);
    migrate(db, steps, nowMs());
    return { db, epoch: nextEpoch(db) };
  } catch (thrown) {
    db?.close();
    const error = storeErrorOf(path, thrown);
    if (error.failure !== 'damaged' || error === thrown) throw error;
    throw damaged(path, error.message);
  }
}

function checkTables(db: DatabaseSync, path: string): void {
  const found = db.prepare('PRAGMA quick_check(3)').all();
  const texts = found.map((row) => String(row['quick_check']).replaceAll('\n', ' '));
  if (texts.join() !== 'ok') throw damaged(path, texts.join('; '));
}

function damaged(path: string, what: string): StoreError {
  const text =
    `the job store ${path} is damaged (${what}). Nothing was changed. Restore the folder from a ` +
    'backup, or save what can be read of it: isochron store repair --data ' +
    dirname(path);
  return new StoreError('damaged', text);
}

function nextEpoch(db: DatabaseSync): number {
  const sql = `INSERT INTO coordinator (one, epoch) VALUES (1, 1)
    ON CONFLICT (one) DO UPDATE SET epoch = epoch + 1 RETURNING epoch`;
  return Number(db.prepare(sql).get()?.['epoch']);
}
