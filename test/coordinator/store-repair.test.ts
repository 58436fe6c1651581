import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../cli/client.ts';
import { startCoordinator } from '../../coordinator/main.ts';
import {
  ensureToken,
  operatorTokenFile,
  readTokenList,
  tokenListFile,
  writeTokenList,
} from '../../coordinator/shell/auth/token-store.ts';
import { deniedWorkersFile } from '../../coordinator/shell/auth/worker-certificate.ts';
import type { Blob, JobStore, StoreChange } from '../../coordinator/shell/job-store.ts';
import { openSqliteStore } from '../../coordinator/shell/sqlite-store.ts';
import { decodeStatus } from '../../coordinator/shell/stored-job.ts';
import { backupStore, repairStore } from '../../coordinator/shell/store-repair.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { accepted } from '../conformance/job-store.ts';

const PAGE = 4096;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-repair-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function done(job: string, blobs: readonly Blob[], bytes = 900): StoreChange {
  // nearly a quarter of a page each, so that a page holds a few jobs
  const report = new Uint8Array(bytes).fill(7);
  const ended = { job, end: 'done', status: new Uint8Array(), report, blobs } as const;
  return { kind: 'ended', ended };
}

const large = new Uint8Array(100_000).map((_, k) => k % 251);

async function filled(jobs: number): Promise<void> {
  const store = await openSqliteStore({ folder });
  for (let k = 0; k < jobs; k++) {
    const samples = await store.writeBlob(
      `j${k}.samples`,
      k % 10 === 0 ? large : large.slice(0, 9),
    );
    await store.commit([accepted(`j${k}`, `key-${k}`), done(`j${k}`, [samples])]);
  }
  await store.close();
}

/** Overwrites a page of the table in which its rows are. */
async function damageLeaf(table: string): Promise<void> {
  const path = join(folder, 'jobs.db');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const sql = `SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno`;
  const pages = db.prepare(sql).all(table);
  db.close();
  const page = Number(pages[pages.length >> 1]?.['pageno']);
  const file = await open(path, 'r+');
  await file.write(new Uint8Array(PAGE).fill(0xa5), 0, PAGE, (page - 1) * PAGE);
  await file.close();
}

function idsOf(store: JobStore, jobs: number): string[] {
  const ids = Array.from({ length: jobs }, (_, k) => `j${k}`);
  return ids.filter((id) => store.find(id) !== undefined);
}

describe('repairing a store', () => {
  it('keeps every row outside a damaged page, and the damaged tables aside', async () => {
    await filled(60);
    await damageLeaf('jobs');
    await expect(openSqliteStore({ folder })).rejects.toThrow(/is damaged .* store repair --data/);
    const told = await repairStore(folder, 'then');
    expect(told.damage.join()).not.toBe('');
    expect(told.jobs).toBeGreaterThan(45);
    expect(told.jobs).toBeLessThan(60);
    expect(told.failed).toEqual([]);
    const store = await openSqliteStore({ folder });
    const kept = idsOf(store, 60);
    expect(kept).toHaveLength(told.jobs);
    for (const id of kept) {
      const pieces: Uint8Array[] = [];
      for (const blob of store.blobsOf(id)) {
        for await (const piece of store.readBlob(blob)) pieces.push(piece);
      }
      expect(Buffer.concat(pieces).length).toBe(Number(id.slice(1)) % 10 === 0 ? 100_000 : 9);
    }
    expect((await readdir(told.aside)).sort()).toEqual(['blobs', 'jobs.db']);
    await store.close();
  });

  it('fails jobs whose results are lost, starts those over without a checkpoint', async () => {
    await filled(12);
    const store = await openSqliteStore({ folder });
    const latents = await store.writeBlob('live.at-3', large);
    const checkpoint = { job: 'live', whole: 'live', state: '{}', latents };
    await store.commit([accepted('live'), { kind: 'checkpoint', checkpoint }]);
    const { epoch } = store;
    await store.close();
    await writeFile(join(folder, 'blobs', 'live.at-3'), 'torn');
    await writeFile(join(folder, 'blobs', 'j10.samples'), new Uint8Array(100_000));
    await writeFile(join(folder, 'blobs', 'nobody'), 'knows');
    const told = await repairStore(folder, 'then');
    expect(told).toMatchObject({ damage: [], jobs: 13, unreadable: 0, sound: 1 });
    expect(told.failed).toEqual(['j10']);
    expect(told.startOver).toEqual(['live']);
    expect((await readdir(join(told.aside, 'blobs'))).sort()).toEqual([
      'j10.samples',
      'live.at-3',
      'nobody',
    ]);
    const again = await openSqliteStore({ folder });
    expect(again.epoch).toBe(epoch + 1);
    expect(again.find('j10')?.end).toBe('failed');
    expect(decodeStatus(again.find('j10')?.status ?? new Uint8Array())).toMatchObject({
      job: 'j10',
      state: 'FAILED',
      errorCode: 'CORRUPTED',
    });
    expect(again.find('j1')?.end).toBe('done');
    expect(again.unfinished().map(({ id }) => id)).toEqual(['live']);
    expect(again.checkpointsOf('live')).toEqual([]);
    await again.close();
  });

  it('begins anew where nothing can be read, with an epoch that no worker knows', async () => {
    await filled(2);
    await writeFile(join(folder, 'jobs.db'), 'x'.repeat(20_000));
    const told = await repairStore(folder, 'then');
    expect(told.damage.join()).toContain('nothing can be read');
    expect(told.jobs).toBe(0);
    const store = await openSqliteStore({ folder });
    expect(store.epoch).toBeGreaterThan(1_000_000);
    await store.close();
  });

  it('leaves a store alone that is in use, and a folder without one', async () => {
    const store = await openSqliteStore({ folder });
    await expect(repairStore(folder, 'then')).rejects.toThrow('another coordinator uses');
    await store.close();
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await expect(repairStore(empty, 'then')).rejects.toThrow('has no jobs.db');
    expect(await readdir(empty)).toEqual([]);
  });

  it('leaves a job that it fails to the tenant that submitted it', async () => {
    const store = await openSqliteStore({ folder });
    const given = await store.writeBlob('theirs.given', large);
    const plain = loadPackage().Sampler.service.Submit.requestSerialize({ tenant: 'vision' });
    const job = { id: 'theirs', key: undefined, request: plain, start: '{}', given };
    await store.commit([{ kind: 'accepted', job }]);
    await store.close();
    await rm(join(folder, 'blobs', 'theirs.given'));
    expect((await repairStore(folder, 'then')).failed).toEqual(['theirs']);
    const again = await openSqliteStore({ folder });
    const [status = new Uint8Array()] = again.endedStatuses(1);
    expect(decodeStatus(status)).toMatchObject({ job: 'theirs', tenant: 'vision' });
    await again.close();
  });
});

describe('repairing jobs that cannot be read', () => {
  const garbage = Uint8Array.of(0xff, 0x07, 1, 2, 3);
  const request = loadPackage().Sampler.service.Submit.requestSerialize({ model: 'm' });

  async function stored(): Promise<void> {
    const store = await openSqliteStore({ folder });
    const job = { key: undefined, start: undefined, given: undefined };
    const accept = (id: string, bytes: Uint8Array): StoreChange => {
      return { kind: 'accepted', job: { ...job, id, request: bytes } };
    };
    const over = (id: string, status: Uint8Array): StoreChange => {
      const how = { end: 'done', report: new Uint8Array(), blobs: [] } as const;
      return { kind: 'ended', ended: { job: id, status, ...how } };
    };
    await store.commit([accept('whole', request), accept('lost', garbage)]);
    await store.commit([accept('over', garbage), over('over', new Uint8Array())]);
    await store.commit([accept('untold', request), over('untold', garbage)]);
    await store.close();
  }

  it('fails those that nobody can read what to do of, or how they ended', async () => {
    await stored();
    const told = await repairStore(folder, 'then');
    expect(told).toMatchObject({ damage: [], jobs: 4, failed: ['lost', 'untold'] });
    const again = await openSqliteStore({ folder });
    expect(again.unfinished().map(({ id }) => id)).toEqual(['whole']);
    const statusOf = (id: string) => decodeStatus(again.find(id)?.status ?? garbage);
    const failed = { state: 'FAILED', errorCode: 'CORRUPTED' };
    expect(statusOf('lost')).toMatchObject({ job: 'lost', ...failed });
    expect(statusOf('untold')).toMatchObject({ job: 'untold', model: 'm', ...failed });
    expect(again.find('over')?.end).toBe('done');
    for (const id of ['lost', 'over']) expect(again.find(id)?.request).toHaveLength(0);
    await again.close();
  });

  it('is not needed for a coordinator to start, which fails them too', async () => {
    await stored();
    const any = '127.0.0.1:0';
    const log = pino({ level: 'silent' });
    const where = { listen: any, workerListen: any, dataDir: folder, log };
    const db = new DatabaseSync(join(folder, 'jobs.db'));
    db.exec(`DELETE FROM jobs WHERE id = 'untold'`);
    db.close();
    const coordinator = await startCoordinator(where);
    const client = new Client({ coordinator: `127.0.0.1:${coordinator.ports.client}` });
    // an end is told once it is on disk, which a coordinator does not wait for to listen
    await expect.poll(async () => (await client.job('lost')).state).toBe('failed');
    expect((await client.job('lost')).errorCode).toBe('CORRUPTED');
    expect((await client.job('whole')).state).toBe('queued');
    client.close();
    await coordinator.close();
  });
});

describe('copying a store', () => {
  it('gives one to start from, while the first is in use', async () => {
    await filled(12);
    const store = await openSqliteStore({ folder });
    const to = join(folder, 'copy');
    await mkdir(to);
    await store.commit([accepted('later')]);
    expect(await backupStore(folder, to)).toEqual({ failed: [], startOver: [], sound: 2 });
    await store.close();
    const copy = await openSqliteStore({ folder: to });
    expect(idsOf(copy, 12)).toHaveLength(12);
    expect(copy.unfinished().map(({ id }) => id)).toEqual(['later']);
    expect((await stat(join(to, 'blobs', 'j10.samples'))).size).toBe(100_000);
    expect((await stat(to)).mode & 0o777).toBe(0o700);
    await copy.close();
    await expect(backupStore(folder, to)).rejects.toThrow('is not empty');
  });

  it('takes along who may come in, and who may not, but no token itself', async () => {
    await filled(1);
    const list = { tokens: [], weights: new Map([['vision', 3]]) };
    writeTokenList(tokenListFile(folder), list);
    await writeFile(deniedWorkersFile(folder), 'stolen\n');
    ensureToken(operatorTokenFile(folder));
    const to = join(folder, 'copy');
    await mkdir(to);
    await backupStore(folder, to);
    expect(readTokenList(tokenListFile(to))).toEqual(list);
    expect(await readFile(deniedWorkersFile(to), 'utf8')).toBe('stolen\n');
    expect((await readdir(to)).sort()).toEqual([
      ...['blobs', 'denied-workers', 'jobs.db', 'tokens.json'],
    ]);
    expect((await stat(tokenListFile(to))).mode & 0o777).toBe(0o600);
  });
});
