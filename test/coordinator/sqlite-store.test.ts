import { copyFile, mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../coordinator/shell/job-store.ts';
import { migrations } from '../../coordinator/shell/sqlite-schema.ts';
import { openSqliteStore } from '../../coordinator/shell/sqlite-store.ts';
import { accepted, describeJobStore, ended } from '../conformance/job-store.ts';

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-store-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

describe('the SQLite store', () => {
  describeJobStore(async () => {
    const folder = await newFolder();
    let store: JobStore = await openSqliteStore({ folder });
    return {
      store,
      reopen: async () => {
        await store.close();
        return (store = await openSqliteStore({ folder }));
      },
      // its clock is that of the machine: what was is moved back instead
      passMs: (ms) => {
        const db = new DatabaseSync(join(folder, 'jobs.db'));
        db.exec(`UPDATE jobs SET ended_ms = ended_ms - ${ms}`);
        db.close();
      },
      close: () => store.close(),
    };
  });

  it('belongs to one process', async () => {
    const folder = await newFolder();
    const store = await openSqliteStore({ folder });
    await expect(openSqliteStore({ folder })).rejects.toThrow('another coordinator uses');
    await store.close();
    await (await openSqliteStore({ folder })).close();
  });

  it('brings an older store up to date, and refuses a newer one', async () => {
    const folder = await newFolder();
    const first = migrations.slice(0, 1);
    const old = await openSqliteStore({ folder, migrations: [...first] });
    await old.close();
    const db = new DatabaseSync(join(folder, 'jobs.db'));
    db.exec(`INSERT INTO jobs (id, request, accepted_ms) VALUES ('old', x'00', 1)`);
    db.close();
    const store = await openSqliteStore({ folder });
    expect(store.unfinished().map(({ id }) => id)).toEqual(['old']);
    await store.commit([ended('old')]);
    await store.close();
    const newer = [...migrations, ['of tomorrow', 'CREATE TABLE tomorrow (a)']] as const;
    await (await openSqliteStore({ folder, migrations: newer })).close();
    await expect(openSqliteStore({ folder })).rejects.toThrow(/has version 3, .* knows 2 at most/);
  });

  it('leaves a store as it was where a migration fails', async () => {
    const folder = await newFolder();
    await (await openSqliteStore({ folder })).close();
    const bad = [...migrations, ['bad', 'CREATE TABLE good (a); CREATE TABLE jobs (a)']] as const;
    await expect(openSqliteStore({ folder, migrations: bad })).rejects.toThrow('already exists');
    const store = await openSqliteStore({ folder });
    await store.commit([accepted('a')]);
    await store.close();
  });

  it.each([
    ['is no database', (path: string) => writeFile(path, 'x'.repeat(10_000))],
    ['is cut off', (path: string) => truncate(path, 9_000)],
    ['has a page of noise', scribble],
  ])('refuses to start where the file %s', async (_, damage) => {
    const folder = await newFolder();
    const store = await openSqliteStore({ folder });
    for (let k = 0; k < 50; k++) await store.commit([accepted(`job ${k}`), ended(`job ${k}`)]);
    await store.close();
    const path = join(folder, 'jobs.db');
    await copyFile(path, `${path}.copy`);
    await damage(path);
    await expect(openSqliteStore({ folder })).rejects.toThrow(/damaged \(.*Nothing was changed/s);
    await copyFile(`${path}.copy`, path);
    await (await openSqliteStore({ folder })).close();
  });

  it('says that the disk is full, keeps what it has, and goes on when there is room', async () => {
    const folder = await newFolder();
    const small = await openSqliteStore({ folder, pagesMax: 40 });
    let fit = 0;
    const fill = async () => {
      for (; fit < 1000; fit++) await small.commit([accepted(`${fit}-${'x'.repeat(2000)}`)]);
    };
    await expect(fill()).rejects.toMatchObject({ failure: 'full' });
    expect(fit).toBeGreaterThan(3);
    expect(small.unfinished()).toHaveLength(fit);
    // less fits still
    await small.commit([{ kind: 'forgotten', job: small.unfinished()[0]?.id ?? '' }]);
    await small.commit([accepted('short')]);
    await small.close();
    const store = await openSqliteStore({ folder });
    expect(store.unfinished()).toHaveLength(fit);
    await store.commit([accepted('x'.repeat(20_000))]);
    await store.close();
  });

  it('removes files that nothing refers to when it opens, and keeps the others', async () => {
    const folder = await newFolder();
    const store = await openSqliteStore({ folder });
    const bytes = new Uint8Array(100_000).fill(3);
    const kept = await store.writeBlob('a.samples', bytes);
    await store.writeBlob('b.samples', bytes);
    await writeFile(join(folder, 'blobs', 'c.samples.tmp'), 'half');
    await store.commit([accepted('a'), ended('a', [kept])]);
    await store.close();
    const again = await openSqliteStore({ folder });
    expect(await readdir(join(folder, 'blobs'))).toEqual(['a.samples']);
    await again.close();
  });

  it('notices bytes of a file that are not what was written', async () => {
    const folder = await newFolder();
    const store = await openSqliteStore({ folder });
    const blob = await store.writeBlob('a.samples', new Uint8Array(100_000));
    const file = await open(join(folder, 'blobs', 'a.samples'), 'r+');
    await file.write(Uint8Array.of(1), 0, 1, 50_000);
    await file.close();
    const read = async () => {
      for await (const _ of store.readBlob(blob));
    };
    await expect(read()).rejects.toMatchObject({ failure: 'damaged' });
    await store.close();
  });
});

/** In the middle of the tables, where no header is. */
async function scribble(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const noise = new Uint8Array(4096).map((_, k) => (k * 31) % 256);
  for (const page of [2, 3, 4, 5]) await file.write(noise, 0, noise.length, page * 4096);
  await file.close();
}
