/** What any job store must do. */
import { expect, it } from 'vitest';
import type { Blob, JobStore, StoreChange } from '../../coordinator/shell/job-store.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';

export interface StoreUnderTest {
  readonly store: JobStore;
  /** What a new process finds. */
  readonly reopen: () => Promise<JobStore>;
  /** Moves the clock of the store. */
  readonly passMs: (ms: number) => void;
  readonly close: () => Promise<void>;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const large = new Uint8Array(200_000).map((_, k) => (k * 7) % 251);

export function accepted(id: string, key?: string, given?: Blob): StoreChange {
  const start = given && '{"seed":3}';
  const request = loadPackage().Sampler.service.Submit.requestSerialize({ model: `model ${id}` });
  return { kind: 'accepted', job: { id, key, request, start, given } };
}

export function ended(job: string, blobs: readonly Blob[] = []): StoreChange {
  const told = { status: text(`status ${job}`), report: text(`report ${job}`) };
  return { kind: 'ended', ended: { job, end: 'done', ...told, blobs } };
}

async function bytesOf(store: JobStore, blob: Blob | undefined): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  if (blob) for await (const piece of store.readBlob(blob)) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}

async function checkpoint(store: JobStore, job: string, bytes: Uint8Array): Promise<StoreChange> {
  const latents = await store.writeBlob(`${job}.at-${bytes.length}`, bytes);
  return {
    kind: 'checkpoint',
    checkpoint: { job: `${job}-part-0`, whole: job, state: '{}', latents },
  };
}

const cases: readonly (readonly [string, (under: StoreUnderTest) => Promise<void>])[] = [
  [
    'keeps accepted jobs in their order, with their keys and what they start from',
    async ({ store, reopen }) => {
      const given = await store.writeBlob('b.given', large);
      await store.commit([accepted('b', 'key', given), accepted('a')]);
      const again = await reopen();
      expect(again.unfinished().map(({ id }) => id)).toEqual(['b', 'a']);
      const job = again.findKey('key');
      expect(job).toMatchObject({ id: 'b', key: 'key', start: '{"seed":3}', end: undefined });
      expect(Buffer.from(job?.request ?? []).toString()).toContain('model b');
      expect(again.findKey('other')).toBeUndefined();
      expect(again.find('a')).toMatchObject({ key: undefined, start: undefined });
      expect(await bytesOf(again, again.blobsOf('b')[0])).toEqual(large);
    },
  ],

  [
    'commits all changes of a batch, or none',
    async ({ store, reopen }) => {
      await store.commit([accepted('a', 'key')]);
      await expect(store.commit([accepted('b'), accepted('c', 'key')])).rejects.toThrow();
      expect(store.find('b')).toBeUndefined();
      expect((await reopen()).unfinished().map(({ id }) => id)).toEqual(['a']);
    },
  ],

  [
    'has the newest checkpoint of every part of a job, until the job ends',
    async ({ store, reopen }) => {
      await store.commit([accepted('a')]);
      await store.commit([await checkpoint(store, 'a', large.subarray(0, 10))]);
      await store.commit([await checkpoint(store, 'a', large)]);
      const again = await reopen();
      const [found, ...more] = again.checkpointsOf('a');
      expect(more).toEqual([]);
      expect(found).toMatchObject({ job: 'a-part-0', whole: 'a' });
      expect(await bytesOf(again, found?.latents)).toEqual(large);
      await again.commit([{ kind: 'noCheckpoint', job: 'a-part-0' }]);
      expect(again.checkpointsOf('a')).toEqual([]);
      await again.commit([await checkpoint(again, 'a', large), ended('a')]);
      expect(again.checkpointsOf('a')).toEqual([]);
      // one that was on its way when the job ended counts for nothing
      await again.commit([await checkpoint(again, 'a', large)]);
      expect(again.checkpointsOf('a')).toEqual([]);
      expect(again.blobsOf('a')).toEqual([]);
    },
  ],

  [
    'keeps results, large and small, and every job ends once',
    async ({ store, reopen }) => {
      await store.commit([accepted('a'), accepted('b')]);
      const blobs = [
        await store.writeBlob('a.samples', large),
        await store.writeBlob('a.trace', text('small')),
        await store.writeBlob('a.none', new Uint8Array()),
      ];
      await store.commit([ended('a', blobs)]);
      await expect(store.commit([ended('a')])).rejects.toThrow('second time');
      const again = await reopen();
      expect(again.unfinished().map(({ id }) => id)).toEqual(['b']);
      expect(again.find('a')).toMatchObject({ end: 'done' });
      expect(Buffer.from(again.find('a')?.report ?? []).toString()).toBe('report a');
      const found = await Promise.all(again.blobsOf('a').map((blob) => bytesOf(again, blob)));
      expect(found).toEqual([new Uint8Array(), large, Uint8Array.from(text('small'))]);
      expect(again.endedStatuses(10).map(String)).toEqual([String(text('status a'))]);
    },
  ],

  [
    'says what is kept no longer, by age, number and bytes, and forgets it whole',
    async ({ store, passMs }) => {
      for (const id of ['a', 'b', 'c']) {
        const blob = await store.writeBlob(`${id}.samples`, large);
        await store.commit([accepted(id, `key ${id}`), ended(id, [blob])]);
        passMs(3_600_000);
      }
      const all = { days: 1, jobs: 10, bytes: 1e9 };
      expect(store.expired(all)).toEqual([]);
      expect(store.expired({ ...all, jobs: 1 })).toEqual(['b', 'a']);
      expect(store.expired({ ...all, bytes: 2 * large.length })).toEqual(['a']);
      expect(store.expired({ ...all, days: 2.5 / 24 })).toEqual(['a']);
      await store.commit([{ kind: 'forgotten', job: 'a' }]);
      expect([store.find('a'), store.findKey('key a')]).toEqual([undefined, undefined]);
      expect(store.blobsOf('a')).toEqual([]);
      expect(store.endedStatuses(1).map(String)).toEqual([String(text('status c'))]);
      // the key is free again
      await store.commit([accepted('d', 'key a')]);
    },
  ],

  [
    'counts the processes that opened it',
    async ({ store, reopen }) => {
      const { epoch } = store;
      expect((await reopen()).epoch).toBe(epoch + 1);
    },
  ],
];

export function describeJobStore(open: () => Promise<StoreUnderTest>): void {
  it.each(cases)('%s', async (_, test) => {
    const under = await open();
    try {
      await test(under);
    } finally {
      await under.close();
    }
  });
}
