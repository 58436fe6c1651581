import { describe, expect, it } from 'vitest';
import { accepted, describeJobStore, ended } from '../conformance/job-store.ts';
import { Disk } from './disk.ts';

describe('the simulated disk', () => {
  describeJobStore(async () => {
    let nowMs = 0;
    const disk = new Disk({ nowMs: () => nowMs });
    return {
      store: disk.open(),
      reopen: async () => {
        disk.crash();
        return disk.open();
      },
      passMs: (ms) => void (nowMs += ms),
      close: async () => undefined,
    };
  });

  it('loses what was not synced when the power fails, and nobody hears of it', async () => {
    const syncs: (() => void)[] = [];
    const disk = new Disk({ nowMs: () => 0, sync: (done) => void syncs.push(done) });
    const store = disk.open();
    const heard: string[] = [];
    void store.commit([accepted('a')]).then(() => heard.push('a'));
    syncs.shift()?.();
    void store.commit([accepted('b')]).then(() => heard.push('b'));
    const blob = store.writeBlob('a.samples', Uint8Array.of(1));
    void blob.then(() => heard.push('blob'));
    expect(store.unfinished()).toHaveLength(2);
    disk.crash();
    for (const done of syncs) done();
    await new Promise(setImmediate);
    expect(heard).toEqual(['a']);
    const again = disk.open();
    expect(again.unfinished().map(({ id }) => id)).toEqual(['a']);
    expect(disk.files).toEqual([]);
    expect(disk.events).toEqual([{ job: 'a', kind: 'accepted' }]);
  });

  it('is full when it is said to be, and has room again', async () => {
    const disk = new Disk({ nowMs: () => 0 });
    const store = disk.open();
    disk.full = true;
    await expect(store.commit([accepted('a')])).rejects.toMatchObject({ failure: 'full' });
    disk.full = false;
    await store.commit([accepted('a'), ended('a')]);
    expect(disk.events.map(({ kind }) => kind)).toEqual(['accepted', 'done']);
  });
});
