import { expect, it } from 'vitest';

import { VirtualClock, type Owner } from './clock.ts';

it('runs events in time, those of one time in the order in which they were asked for', async () => {
  const clock = new VirtualClock();
  const owner: Owner = { alive: true, pausedUntil: 0 };
  const seen: string[] = [];
  const times = [5, 1, 3, 1, 4, 1, 2, 5, 0];
  for (const [k, ms] of times.entries()) {
    clock.after(ms, owner, () => seen.push(`${clock.nowMs}:${k}`));
  }
  while (await clock.step());
  expect(seen).toEqual(['0:8', '1:1', '1:3', '1:5', '2:6', '3:2', '4:4', '5:0', '5:7']);
});

it('holds back the events of a paused owner and drops those of a dead one', async () => {
  const clock = new VirtualClock();
  const paused: Owner = { alive: true, pausedUntil: 10 };
  const dead = { alive: true, pausedUntil: 0 };
  const seen: [string, number][] = [];
  clock.after(1, paused, () => seen.push(['paused', clock.nowMs]));
  clock.after(2, dead, () => (dead.alive = false));
  clock.after(3, dead, () => seen.push(['dead', clock.nowMs]));
  void clock.sleep(4, paused).then(() => seen.push(['slept', clock.nowMs]));
  while (await clock.step());
  expect(seen).toEqual([
    ['paused', 10],
    ['slept', 10],
  ]);
});
