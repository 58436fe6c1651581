import { describe, expect, it } from 'vitest';
import { createJournal } from '../../coordinator/shell/journal.ts';
import { StoreError, type Blob, type StoreChange } from '../../coordinator/shell/job-store.ts';
import { accepted, ended } from '../conformance/job-store.ts';

/** A store whose commits end when the test says so. */
function slowStore() {
  const batches: { changes: readonly StoreChange[]; settle: (error?: StoreError) => void }[] = [];
  const store = {
    commit: (changes: readonly StoreChange[]) =>
      new Promise<void>((resolve, reject) => {
        batches.push({ changes, settle: (error) => (error ? reject(error) : resolve()) });
      }),
    writeBlob: async (name: string, bytes: Uint8Array): Promise<Blob> => {
      if (full > 0 && full--) throw new StoreError('full', 'no room');
      return { name, byteLength: bytes.length, crc32: 0, inline: bytes };
    },
  };
  let full = 0;
  const failures: StoreError[] = [];
  const fatal = (error: StoreError): void => void failures.push(error);
  const journal = createJournal({ store, fatal, retryMs: 1 });
  const batch = async (k: number) => {
    while (batches.length <= k) await new Promise(setImmediate);
    return batches[k] ?? expect.fail();
  };
  return { journal, batch, batches, failures, fill: (times: number) => void (full = times) };
}

const noRoom = new StoreError('full', 'no room');

describe('the journal', () => {
  it('writes what came together, and what came meanwhile, in one transaction each', async () => {
    const { journal, batch, batches } = slowStore();
    const first = Promise.all(['a', 'b', 'c'].map((id) => journal.offer(accepted(id))));
    expect((await batch(0)).changes).toHaveLength(3);
    const second = Promise.all(['d', 'e'].map((id) => journal.offer(accepted(id))));
    await new Promise(setImmediate);
    expect(batches).toHaveLength(1);
    (await batch(0)).settle();
    await first;
    expect((await batch(1)).changes).toHaveLength(2);
    (await batch(1)).settle();
    await second;
  });

  it('refuses new jobs where the disk is full, and keeps the rest for later', async () => {
    const { journal, batch } = slowStore();
    const refused = journal.offer(accepted('a'));
    const kept = journal.keep(ended('b'));
    (await batch(0)).settle(noRoom);
    await expect(refused).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(journal.full).toBe(true);
    await expect(journal.offer(accepted('c'))).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect((await batch(1)).changes.map(({ kind }) => kind)).toEqual(['ended']);
    (await batch(1)).settle(noRoom);
    (await batch(2)).settle();
    await kept;
    const taken = journal.offer(accepted('c'));
    (await batch(3)).settle();
    await taken;
  });

  it('gives up at the first other failure: what is on disk then nobody knows', async () => {
    const { journal, batch, failures, batches } = slowStore();
    void journal.keep(ended('a'));
    (await batch(0)).settle(new StoreError('failed', 'the disk is gone'));
    while (failures.length === 0) await new Promise(setImmediate);
    void journal.keep(ended('b'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(batches).toHaveLength(1);
  });

  it('writes bytes as soon as there is room', async () => {
    const { journal, fill } = slowStore();
    fill(1);
    const refused = journal.offerBlob('a', Uint8Array.of(1));
    await expect(refused).rejects.toMatchObject({ code: 'STORE_FULL' });
    fill(3);
    expect(await journal.keepBlob('a', Uint8Array.of(1))).toMatchObject({ name: 'a' });
  });

  it('has nobody ended by what comes once it is closed', async () => {
    const { journal, batch, failures } = slowStore();
    await journal.close();
    let said = false;
    void journal.keep(ended('a')).then(() => (said = true));
    (await batch(0)).settle(new StoreError('failed', 'the store is closed'));
    await new Promise(setImmediate);
    expect(failures).toEqual([]);
    expect(said).toBe(false);
  });
});
