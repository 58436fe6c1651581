import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../coordinator/shell/sqlite-store.ts';
import { accepted } from '../conformance/job-store.ts';
import { run } from './support.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-store-command-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('isochron store', () => {
  it('repairs and copies a store, and says what became of it', async () => {
    const store = await openSqliteStore({ folder });
    await store.commit([accepted('a'), accepted('b')]);
    await store.close();
    const copy = join(folder, 'copy');
    const copied = await run(['store', 'backup', '--data', folder, '--out', copy, '--json']);
    expect(JSON.parse(copied.stdout)).toEqual({ failed: [], startOver: [], sound: 0 });
    const repaired = await run(['store', 'repair', '--data', copy], { interactive: true });
    expect(repaired.code).toBe(0);
    expect(repaired.stdout).toContain('the tables were whole\n2 jobs are in the store');
    expect(await readdir(copy)).toContainEqual(expect.stringMatching(/^damaged-20/));
  });

  it('refuses a folder without a store in one line', async () => {
    const { code, stderr } = await run(['store', 'repair', '--data', folder]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^isochron: --data: .* has no jobs\.db: name a coordinator's data folder\n$/,
    );
  });
});
