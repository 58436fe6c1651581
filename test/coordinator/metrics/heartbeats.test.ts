import { describe, expect, it } from 'vitest';
import {
  busyRatio,
  countHeartbeat,
  noteBusy,
  type BusyShare,
} from '../../../coordinator/shell/metrics/heartbeats.ts';
import { createInstruments } from '../../../coordinator/shell/metrics/instruments.ts';
import type { WorkerSession } from '../../../coordinator/shell/worker-session.ts';
import { readSamples } from '../../support/samples.ts';

const session = () => ({}) as WorkerSession;
const beat = { progressAgeMs: 0, probe: 0, number: 1, blocks: 0, jobs: 0, busyMs: 0 };

/** Heartbeats of a worker that computes for so many of every 1000 ms. */
function beats(busy: BusyShare, worker: WorkerSession, busyMs: number, count = 60): void {
  for (let k = 0; k < count; k++) noteBusy(busy, worker, { busyMs, atMs: 1_000 * k });
}

describe('share of busy time', () => {
  it('is the mean over the workers, those that say nothing included', () => {
    const busy: BusyShare = new WeakMap();
    const [half, idle, silent, full] = [session(), session(), session(), session()];
    beats(busy, half, 500);
    beats(busy, idle, 0);
    beats(busy, full, 1_000);
    expect(busyRatio(busy, [half])).toBeCloseTo(0.5, 2);
    expect(busyRatio(busy, [half, idle, silent, full])).toBeCloseTo(0.375, 2);
    expect(busyRatio(busy, [])).toBe(0);
  });

  it('forgets in about ten seconds, and cannot be made up', () => {
    const busy: BusyShare = new WeakMap();
    const worker = session();
    beats(busy, worker, 1_000);
    for (let k = 60; k < 70; k++) noteBusy(busy, worker, { busyMs: 0, atMs: 1_000 * k });
    expect(busyRatio(busy, [worker])).toBeCloseTo(Math.exp(-1), 2);
    const liar = session();
    for (const busyMs of [NaN, -5, 1e300, Infinity, 7]) {
      for (let k = 0; k < 9; k++) noteBusy(busy, liar, { busyMs, atMs: k });
      const ratio = busyRatio(busy, [liar]);
      expect(ratio >= 0 && ratio <= 1, String(busyMs)).toBe(true);
    }
  });
});

describe('counts of model calls', () => {
  it('become a histogram, however many there are', async () => {
    const instruments = createInstruments();
    const counts = { callsByRows: [5, 0, 2], callsByMs: [4, 3], callRows: 13, callMs: 2_500 };
    countHeartbeat(instruments, { ...beat, ...counts });
    const many = Array.from({ length: 100_000 }, () => 1);
    countHeartbeat(instruments, {
      ...beat,
      callsByRows: many,
      callsByMs: [],
      callRows: NaN,
      callMs: -1,
    });
    const samples = readSamples(await instruments.registry.metrics());
    const rows = samples.filter(({ name }) => name === 'isochron_model_call_rows_bucket');
    expect(rows.map(({ labels }) => labels['le']).slice(0, 4)).toEqual(['1', '2', '4', '8']);
    expect(rows.map(({ value }) => value).slice(0, 4)).toEqual([6, 7, 10, 11]);
    expect(rows.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 100_007 });
    const value = (wanted: string) => samples.find(({ name }) => name === wanted)?.value;
    expect(value('isochron_model_call_rows_sum')).toBe(13);
    expect(value('isochron_model_call_seconds_sum')).toBe(2.5);
    expect(value('isochron_model_call_seconds_count')).toBe(7);
  });
});
