import { expect, it } from 'vitest';

import { createHangJudge } from '../../../worker/core/hang-judge.ts';

const intervalMs = 500;
const limitMs = 2_000;

it('finds a call that runs for longer than its limit', () => {
  const hangs = createHangJudge(intervalMs);
  const look = { elapsedMs: intervalMs, call: 3, ended: 2, limitMs };
  const found = Array.from({ length: 8 }, () => hangs(look));
  expect(found.indexOf(true)).toBe(5);
});

it('counts every call for itself, and progress of others on the same thread', () => {
  const hangs = createHangJudge(intervalMs);
  for (let k = 1; k < 40; k++) {
    expect(hangs({ elapsedMs: intervalMs, call: k, ended: k - 1, limitMs })).toBe(false);
    expect(hangs({ elapsedMs: intervalMs, call: k, ended: k, limitMs })).toBe(false);
  }
});

it('is calm while nothing runs', () => {
  const hangs = createHangJudge(intervalMs);
  for (let k = 0; k < 40; k++) {
    expect(hangs({ elapsedMs: intervalMs, call: 0, ended: 7, limitMs: 0 })).toBe(false);
  }
});

it('does not count the time for which the process was stopped', () => {
  const hangs = createHangJudge(intervalMs);
  const look = { call: 1, ended: 0, limitMs };
  hangs({ ...look, elapsedMs: intervalMs });
  expect(hangs({ ...look, elapsedMs: 3_600_000 })).toBe(false);
  expect(hangs({ ...look, elapsedMs: intervalMs })).toBe(false);
});
