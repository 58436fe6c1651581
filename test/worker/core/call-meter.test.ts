import { describe, expect, it } from 'vitest';
import { addCounts, createCallMeter } from '../../../worker/core/call-meter.ts';

function meter() {
  const clock = { ms: 0 };
  return { clock, meter: createCallMeter(() => clock.ms) };
}

describe('what a worker says of its model calls', () => {
  it('counts calls by rows and by time, in powers of two', () => {
    const { clock, meter: calls } = meter();
    for (const [rows, ms] of [
      [1, 0.2],
      [2, 0.6],
      [3, 5],
      [4, 5],
    ] as const) {
      calls.started();
      clock.ms += ms;
      calls.ended(rows);
      clock.ms += 10;
    }
    const { callsByRows, callsByMs, callRows, callMs, busyMs } = calls.take();
    expect(callsByRows).toEqual([1, 1, 2]);
    expect(callsByMs).toEqual([1, 0, 1, 0, 0, 2]);
    expect(callRows).toBe(10);
    expect(callMs).toBeCloseTo(10.8);
    expect(busyMs).toBeCloseTo(10.8);
  });

  it('is busy during a call that has not ended, and once only', () => {
    const { clock, meter: calls } = meter();
    calls.started();
    clock.ms = 1_000;
    expect(calls.take()).toMatchObject({ busyMs: 1_000, callMs: 0, callsByRows: [] });
    clock.ms = 1_500;
    calls.ended(8);
    clock.ms = 9_000;
    expect(calls.take()).toMatchObject({ busyMs: 500, callMs: 1_500, callRows: 8 });
    expect(calls.take()).toMatchObject({ busyMs: 0, callMs: 0, callsByRows: [] });
  });

  it('counts no call that failed, only its time', () => {
    const { clock, meter: calls } = meter();
    calls.started();
    clock.ms = 30;
    calls.ended();
    expect(calls.take()).toMatchObject({ busyMs: 30, callMs: 0, callRows: 0, callsByRows: [] });
  });

  it('adds up the models of a worker', () => {
    const one = { busyMs: 1, callsByRows: [1], callsByMs: [0, 1], callRows: 1, callMs: 1 };
    const two = { busyMs: 2, callsByRows: [0, 0, 3], callsByMs: [3], callRows: 12, callMs: 2 };
    const sum = { busyMs: 3, callsByRows: [1, 0, 3], callsByMs: [3, 1], callRows: 13, callMs: 3 };
    expect(addCounts([one, two])).toEqual(sum);
    expect(addCounts([])).toEqual({
      ...one,
      busyMs: 0,
      callsByRows: [],
      callsByMs: [],
      callRows: 0,
      callMs: 0,
    });
  });
});
