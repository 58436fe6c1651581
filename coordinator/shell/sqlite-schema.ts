/**
 * The tables of the job store. A migration is never changed once it is released: a new version is
 * a new entry, and a store of any earlier version is brought up to date when it is opened.
 */
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from './job-store.ts';

export type Migration = readonly [what: string, sql: string];

export const migrations: readonly Migration[] = [
  [
    'jobs, their blobs, checkpoints and events',
    `
    CREATE TABLE coordinator (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      epoch INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      key TEXT UNIQUE,
      request BLOB NOT NULL,
      start TEXT,
      ending TEXT,
      accepted_ms INTEGER NOT NULL,
      ended_ms INTEGER,
      bytes INTEGER NOT NULL DEFAULT 0,
      status BLOB,
      report BLOB
    ) STRICT;
    CREATE INDEX jobs_ended ON jobs (ended_ms) WHERE ending IS NOT NULL;
    CREATE INDEX jobs_unfinished ON jobs (seq) WHERE ending IS NULL;
    CREATE TABLE blobs (
      name TEXT PRIMARY KEY,
      job TEXT NOT NULL,
      length INTEGER NOT NULL,
      crc INTEGER NOT NULL,
      inline BLOB
    ) STRICT;
    CREATE INDEX blobs_job ON blobs (job);
    CREATE TABLE checkpoints (
      job TEXT PRIMARY KEY,
      whole TEXT NOT NULL,
      state TEXT NOT NULL,
      latents TEXT NOT NULL REFERENCES blobs (name)
    ) STRICT;
    CREATE INDEX checkpoints_whole ON checkpoints (whole);
    `,
  ],
  [
    'what happened to each job, and in which life of the coordinator',
    `
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      job TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      kind TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_job ON events (job);
    `,
  ],
];

/** A connection with what durability asks for. */
export function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  return db;
}

/** Brings the tables up to date, each step in a transaction of its own. */
export function migrate(db: DatabaseSync, steps: readonly Migration[], nowMs: number): void {
  db.exec(`CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY, what TEXT NOT NULL, applied_ms INTEGER NOT NULL) STRICT`);
  const row = db.prepare('SELECT coalesce(max(version), 0) AS version FROM migrations').get();
  const version = Number(row?.['version']);
  if (version > steps.length) {
    const text = `the store has version ${version}, and this program knows ${steps.length} at most`;
    throw new StoreError('damaged', `${text}: run the version of isochron that wrote it`);
  }
  for (const [k, [what, sql]] of steps.entries()) {
    if (k < version) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(sql);
      db.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(k + 1, what, nowMs);
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }
}
