import { describe, expect, it } from 'vitest';

import type { Command } from '../../coordinator/core/command.ts';
import type { Event } from '../../coordinator/core/event.ts';
import { TICK_MS } from '../../coordinator/core/leases.ts';
import { initialState } from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { mixtureModel } from '../support/job-spec.ts';

const leaseMs = 5_000;
const hangMs = 2_000;

function cluster() {
  let state = initialState({ epoch: 1, leaseMs, jobsRunningMax: 4 });
  const told: Command[] = [];
  const happen = (event: Event): void => {
    const next = transition(state, event);
    state = next.state;
    told.push(...next.commands);
  };
  happen({ kind: 'workerAttached', worker: 'w1', models: [mixtureModel], hangMs, atMs: 0 });
  return {
    told,
    alive: () => state.workers.has('w1'),
    tickTo: (fromMs: number, toMs: number) => {
      for (let atMs = fromMs; atMs <= toMs; atMs += TICK_MS) happen({ kind: 'tick', atMs });
    },
    seen: (atMs: number, progressAgeMs = 0) =>
      happen({ kind: 'workerSeen', worker: 'w1', progressAgeMs, atMs }),
  };
}

describe('a lease', () => {
  it('runs out when nothing is heard for longer than it lasts', () => {
    const { told, alive, tickTo, seen } = cluster();
    seen(1_000);
    tickTo(TICK_MS, 6_000);
    expect(alive()).toBe(true);
    tickTo(6_500, 6_500);
    expect(alive()).toBe(false);
    const why = 'nothing was heard of it for 5000 ms';
    expect(told).toEqual([{ kind: 'dropWorker', worker: 'w1', why }]);
  });

  it('stands still while the coordinator does', () => {
    const { alive, tickTo, seen } = cluster();
    tickTo(TICK_MS, 1_000);
    seen(1_000);
    // the next tick comes seven seconds late, before what the worker said meanwhile is read
    tickTo(8_500, 8_500);
    expect(alive()).toBe(true);
    // and the time before and after the stall is one lease
    tickTo(9_000, 12_500);
    expect(alive()).toBe(true);
    tickTo(13_000, 13_500);
    expect(alive()).toBe(false);
  });

  it('is not lengthened by timers that are a little late', () => {
    const { alive, tickTo } = cluster();
    for (let atMs = 600; atMs <= 5_400; atMs += 600) tickTo(atMs, atMs);
    expect(alive()).toBe(false);
  });
});

describe('a worker whose model shows no progress', () => {
  it('is asked first, and goes on where its answer shows progress', () => {
    const { told, alive, tickTo, seen } = cluster();
    seen(400, hangMs + 1);
    tickTo(500, 1_000);
    expect(told).toEqual([{ kind: 'probeWorker', worker: 'w1' }]);
    seen(1_100, 3);
    tickTo(1_500, 3_000);
    expect(alive()).toBe(true);
    expect(told).toHaveLength(1);
  });

  it('is given up where the answer says the same', () => {
    const { told, alive, tickTo, seen } = cluster();
    seen(400, hangMs + 1);
    tickTo(500, 500);
    seen(510, hangMs + 111);
    tickTo(1_000, 1_000);
    expect(alive()).toBe(false);
    const why = 'its model has shown no progress for 2 s';
    expect(told.at(-1)).toEqual({ kind: 'dropWorker', worker: 'w1', why });
  });

  it('is not doubted in a call as long as its calls are', () => {
    const { told, tickTo, seen } = cluster();
    seen(400, hangMs);
    tickTo(500, 4_500);
    expect(told).toEqual([]);
  });
});
