import { describe, expect, it } from 'vitest';
import {
  allot,
  curveTimer,
  longestMs,
  paceAfter,
  paceOf,
  slowness,
  unevenShares,
} from '../../coordinator/core/speed.ts';
import type { WorkerState } from '../../coordinator/core/state.ts';

const curve = [1, 2, 4, 8].map((batch) => ({ batch, ms: 4 + 10 * batch }));
const slower = (times: number) => curve.map(({ batch, ms }) => ({ batch, ms: times * ms }));
const flat = [1, 2, 4, 8].map((batch) => ({ batch, ms: 20 + 0.01 * batch }));
const cost = (rows: number, modelMs: number, calls = 1) => ({
  ...{ modelCalls: rows, forwardPasses: rows, microBatches: calls },
  ...{ modelMs, queueMs: 0, scanMs: 0 },
});
const name = { model: 'm', modelSha256: 's' };
const worker = (id: string, times: number): WorkerState => ({
  id,
  models: [{ name: 'm', sha256: 's', curve: slower(times) }],
  draining: false,
  attachedMs: 0,
  lastSeenMs: 0,
});

describe('the pace of a worker', () => {
  const model = { name: 'm', sha256: 's', curve };

  it('is one until its calls say otherwise, and follows them within a few', () => {
    expect(paceOf(model, 0)).toBe(1);
    let pace = paceAfter(undefined, cost(4, 44), 0);
    for (let k = 1; k < 10; k++) pace = paceAfter(pace, cost(4, 44), k);
    expect(paceOf({ ...model, pace }, 10)).toBeCloseTo(1, 2);
    pace = paceAfter(pace, cost(4, 440), 11);
    expect(paceOf({ ...model, pace }, 11)).toBeGreaterThan(3);
    for (let k = 12; k < 24; k++) pace = paceAfter(pace, cost(4, 440), k);
    expect(paceOf({ ...model, pace }, 24)).toBeGreaterThan(9);
    // nobody knows whether it still is: it will be tried again
    expect(paceOf({ ...model, pace }, 100_024)).toBeLessThan(2);
  });

  it('takes blocks that share a call together, and replies without calls for nothing', () => {
    let pace = paceAfter(undefined, cost(2, 44, 1), 0);
    pace = paceAfter(pace, cost(2, 0, 0), 0);
    expect(paceOf({ ...model, pace }, 0)).toBeGreaterThan(0.8);
    expect(paceAfter(pace, cost(0, 0, 0), 9)).toBe(pace);
  });
});

describe('shares', () => {
  it('are even for equal workers, whatever the curve', () => {
    for (const own of [curve, flat]) {
      const timers = [own, own, own, own].map((one) => curveTimer(one));
      expect(allot(100, timers)).toEqual([25, 25, 25, 25]);
      expect(unevenShares(100, timers)).toBeUndefined();
    }
  });

  it('give twice the rows to a worker that is twice as fast', () => {
    const timers = [1, 2].map((times) => curveTimer(slower(times)));
    const [fast = 0, slow = 0] = unevenShares(96, timers) ?? [];
    expect(fast + slow).toBe(96);
    expect(fast / slow).toBeCloseTo(2, 0);
  });

  it('leave out who would take longer for little than the others for all of it', () => {
    const timers = [1, 10, 1, 1].map((times) => curveTimer(slower(times)));
    expect(unevenShares(8, timers)).toEqual([3, 0, 3, 2]);
    expect(unevenShares(100, timers)?.[1]).toBe(0);
  });

  it('stay even where workers differ by little, or calls are short', () => {
    expect(
      unevenShares(
        100,
        [1, 1.2].map((times) => curveTimer(slower(times))),
      ),
    ).toBeUndefined();
    const short = [1, 3].map((times) => curveTimer(slower(times / 1000)));
    expect(unevenShares(100, short)).toBeUndefined();
  });

  it('are as good as any other deal of the rows', () => {
    const timers = [1, 3, 1.7].map((times) => curveTimer(slower(times)));
    const best = longestMs(timers, allot(30, timers));
    for (let a = 0; a <= 30; a++) {
      for (let b = 0; a + b <= 30; b++) {
        expect(longestMs(timers, [a, b, 30 - a - b])).toBeGreaterThanOrEqual(best);
      }
    }
  });
});

it('counts how many times slower than the fastest workers are', () => {
  const workers = [worker('a', 1), worker('b', 1.4), worker('c', 2), worker('d', 10)];
  expect([...slowness(workers, name, 0).values()]).toEqual([0, 0, 1, 9]);
});
