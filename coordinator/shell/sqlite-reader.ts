/** The reading side of the SQLite store. */
import type { DatabaseSync } from 'node:sqlite';
import type {
  Blob,
  JobEnd,
  JobStore,
  Retention,
  StoredCheckpoint,
  StoredJob,
} from './job-store.ts';

export type SqliteReader = Pick<
  JobStore,
  'find' | 'findKey' | 'blobsOf' | 'unfinished' | 'checkpointsOf' | 'endedStatuses' | 'expired'
> & {
  /** Names of all blobs that are files. */
  files(): ReadonlySet<string>;
};

const DAY_MS = 24 * 3600 * 1000;

export function sqliteReader(db: DatabaseSync, nowMs: () => number = Date.now): SqliteReader {
  const job = 'SELECT id, key, request, start, ending, status, report FROM jobs';
  const byId = db.prepare(`${job} WHERE id = ?`);
  const byKey = db.prepare(`${job} WHERE key = ?`);
  const live = db.prepare(`${job} WHERE ending IS NULL ORDER BY seq`);
  const ended = db.prepare(`SELECT status FROM (
    SELECT seq, status FROM jobs WHERE ending IS NOT NULL ORDER BY seq DESC LIMIT ?) ORDER BY seq`);
  const blobs = db.prepare('SELECT * FROM blobs WHERE job = ? ORDER BY name');
  const files = db.prepare('SELECT name FROM blobs WHERE inline IS NULL');
  const checkpoints = db.prepare(`
    SELECT c.job, c.whole, c.state, b.name, b.length, b.crc, b.inline
    FROM checkpoints c JOIN blobs b ON b.name = c.latents WHERE c.whole = ?`);
  const old = db.prepare(`
    SELECT id, ended_ms, bytes FROM jobs WHERE ending IS NOT NULL
    ORDER BY ended_ms DESC, seq DESC`);
  return {
    find: (id) => optional(byId.get(id)),
    findKey: (key) => optional(byKey.get(key)),
    blobsOf: (id) => blobs.all(id).map(blobOf),
    unfinished: () => live.all().map(jobOf),
    checkpointsOf: (whole) => checkpoints.all(whole).map(checkpointOf),
    endedStatuses: (most) =>
      ended.all(most).map((row) => bytesIn(row, 'status') ?? new Uint8Array()),
    expired: (retention) => expired(old.all(), retention, nowMs()),
    files: () => new Set(files.all().map((row) => textIn(row, 'name'))),
  };
}

type Row = Readonly<Record<string, unknown>>;

/** Of the rows, the newest first, those beyond what is kept. */
function expired(rows: readonly Row[], { days, jobs, bytes }: Retention, nowMs: number): string[] {
  let held = 0;
  const gone: string[] = [];
  for (const [k, row] of rows.entries()) {
    held += Number(row['bytes']);
    const late = nowMs - Number(row['ended_ms']) > days * DAY_MS;
    if (late || k >= jobs || held > bytes) gone.push(textIn(row, 'id'));
  }
  return gone;
}

function optional(row: Row | undefined): StoredJob | undefined {
  return row && jobOf(row);
}

function jobOf(row: Row): StoredJob {
  return {
    id: textIn(row, 'id'),
    key: maybeText(row, 'key'),
    request: bytesIn(row, 'request') ?? new Uint8Array(),
    start: maybeText(row, 'start'),
    end: maybeText(row, 'ending') as JobEnd | undefined,
    status: bytesIn(row, 'status'),
    report: bytesIn(row, 'report'),
  };
}

function blobOf(row: Row): Blob {
  return {
    name: textIn(row, 'name'),
    byteLength: Number(row['length']),
    crc32: Number(row['crc']),
    inline: bytesIn(row, 'inline'),
  };
}

function checkpointOf(row: Row): StoredCheckpoint {
  return {
    job: textIn(row, 'job'),
    whole: textIn(row, 'whole'),
    state: textIn(row, 'state'),
    latents: blobOf(row),
  };
}

function textIn(row: Row, column: string): string {
  return String(row[column]);
}

function maybeText(row: Row, column: string): string | undefined {
  const value = row[column];
  return typeof value === 'string' ? value : undefined;
}

function bytesIn(row: Row, column: string): Uint8Array | undefined {
  const value = row[column];
  return value instanceof Uint8Array ? value : undefined;
}
