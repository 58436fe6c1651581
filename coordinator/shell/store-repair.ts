/**
 * A job store that is not served: looked at, repaired, copied. What a repair replaces is kept
 * beside it, and nothing that can be read is thrown away.
 */
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { tokenListFile } from './auth/token-store.ts';
import { deniedWorkersFile } from './auth/worker-certificate.ts';
import { blobFiles } from './blob-files.ts';
import { StoreError } from './job-store.ts';
import { salvageTable, type SalvagedRow } from './sqlite-salvage.ts';
import { connect, migrate, migrations } from './sqlite-schema.ts';
import { sqliteReader } from './sqlite-reader.ts';
import { lockFolder } from './sqlite-store.ts';
import { reconcile, type Reconciled } from './store-reconcile.ts';

export interface Repair extends Reconciled {
  /** What SQLite says of the tables; empty where they are whole. */
  readonly damage: readonly string[];
  /** Jobs that are in the store now. */
  readonly jobs: number;
  /** Rowids at which reading failed: at most so many rows are lost. */
  readonly unreadable: number;
  /** Where everything that was replaced is. */
  readonly aside: string;
}

const TABLES = ['coordinator', 'jobs', 'blobs', 'checkpoints', 'events'] as const;
const FILES = ['jobs.db', 'jobs.db-wal', 'jobs.db-shm'] as const;

/**
 * @param folder the data folder of a coordinator that does not run
 * @param stamp names the folder of what is replaced
 * @throws StoreError where there is no store, or a coordinator uses it
 */
export async function repairStore(folder: string, stamp: string): Promise<Repair> {
  const found = await readdir(folder).catch((): string[] => []);
  if (!found.includes('jobs.db')) {
    throw new StoreError('failed', `${folder} has no jobs.db: name a coordinator's data folder`);
  }
  const lock = lockFolder(folder);
  try {
    const aside = join(folder, `damaged-${stamp}`);
    await mkdir(join(aside, 'blobs'), { recursive: true, mode: 0o700 });
    for (const name of FILES.filter((file) => found.includes(file))) {
      await copyFile(join(folder, name), join(aside, name));
    }
    return { ...(await rebuild(folder, aside)), aside };
  } finally {
    lock.close();
  }
}

async function rebuild(folder: string, aside: string): Promise<Omit<Repair, 'aside'>> {
  const path = join(folder, 'jobs.db.repaired');
  await rm(path, { force: true });
  const blobs = join(folder, 'blobs');
  await mkdir(blobs, { recursive: true });
  const db = connect(path);
  const repaired = await fill(db, folder).finally(() => db.close());
  for (const name of await readdir(blobs)) {
    if (!repaired.files.has(name)) await rename(join(blobs, name), join(aside, 'blobs', name));
  }
  // a log of other tables must never meet these
  for (const name of ['jobs.db-wal', 'jobs.db-shm']) await rm(join(folder, name), { force: true });
  await rename(path, join(folder, 'jobs.db'));
  return repaired.told;
}

/** New tables with what can be read of the old ones, and of the files. */
async function fill(db: DatabaseSync, folder: string) {
  migrate(db, migrations, Date.now());
  const salvaged = salvage(join(folder, 'jobs.db'), db);
  const reconciled = await reconcile(db, blobFiles(join(folder, 'blobs')));
  const jobs = Number(db.prepare('SELECT count(*) AS jobs FROM jobs').get()?.['jobs']);
  return { told: { ...salvaged, ...reconciled, jobs }, files: sqliteReader(db).files() };
}

function salvage(from: string, to: DatabaseSync): Pick<Repair, 'damage' | 'unreadable'> {
  let old: DatabaseSync | undefined;
  try {
    old = connect(from);
    const damage = damageOf(old);
    let unreadable = 0;
    for (const table of TABLES) unreadable += copyTable(old, to, table);
    ensureEpoch(to);
    return { damage, unreadable };
  } catch (error) {
    ensureEpoch(to);
    return { damage: [`nothing can be read: ${String(error)}`], unreadable: 0 };
  } finally {
    old?.close();
  }
}

function damageOf(db: DatabaseSync): string[] {
  try {
    const found = db.prepare('PRAGMA integrity_check(20)').all();
    return found.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok');
  } catch (error) {
    return [String(error)];
  }
}

/** Rows that cannot be read, or contradict others. */
function copyTable(from: DatabaseSync, to: DatabaseSync, table: string): number {
  let refused = 0;
  const unreadable = salvageTable(from, table, (row) => {
    if (!insert(to, table, row)) refused++;
  });
  return unreadable + refused;
}

function insert(db: DatabaseSync, table: string, { rowid: _rowid, ...row }: SalvagedRow): boolean {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  try {
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`;
    db.prepare(sql).run(...Object.values(row));
    return true;
  } catch {
    return false;
  }
}

/** Above any that a worker may still answer to, also where it could not be read. */
function ensureEpoch(db: DatabaseSync): void {
  const seconds = Math.floor(Date.now() / 1000);
  db.prepare('INSERT OR IGNORE INTO coordinator (one, epoch) VALUES (1, ?)').run(seconds);
}

/** Whoever may come in to the one may to the other, and nobody else. */
async function copySecret(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    // not every coordinator has one
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  await chmod(to, 0o600);
}

/**
 * A copy that another coordinator can be started on; the store may be in use meanwhile.
 * @param to is there, and empty
 */
export async function backupStore(folder: string, to: string): Promise<Reconciled> {
  if ((await readdir(to)).length > 0) {
    throw new StoreError('failed', `${to} is not empty: name a new folder for the copy`);
  }
  // it has what the data folder has of everybody's jobs
  await chmod(to, 0o700);
  const path = join(to, 'jobs.db');
  const live = connect(join(folder, 'jobs.db'));
  try {
    live.prepare('VACUUM INTO ?').run(path);
  } finally {
    live.close();
  }
  for (const file of [tokenListFile, deniedWorkersFile]) await copySecret(file(folder), file(to));
  const blobs = join(to, 'blobs');
  await mkdir(blobs, { recursive: true, mode: 0o700 });
  const db = connect(path);
  try {
    for (const name of sqliteReader(db).files()) {
      // one that is gone meanwhile was of a job that is forgotten, or of an older checkpoint
      await copyFile(join(folder, 'blobs', name), join(blobs, name)).catch(() => undefined);
    }
    return await reconcile(db, blobFiles(blobs));
  } finally {
    db.close();
  }
}
