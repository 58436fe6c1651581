import { describe, expect, it } from 'vitest';
import type { Event } from '../../../coordinator/core/event.ts';
import type { JobState, State } from '../../../coordinator/core/state.ts';
import { initialState } from '../../../coordinator/core/state.ts';
import { transition } from '../../../coordinator/core/transition.ts';
import { countEvents } from '../../../coordinator/shell/metrics/events.ts';
import { createInstruments } from '../../../coordinator/shell/metrics/instruments.ts';
import type { FromBlock } from '../../../shared/kernel/block-messages.ts';
import { readSamples } from '../../support/samples.ts';

function counting() {
  const instruments = createInstruments();
  const observer = countEvents(instruments);
  let state: State = initialState({ epoch: 1, leaseMs: 1_000, jobsRunningMax: 8 });
  return {
    observer,
    happen: (event: Event): void => {
      const before = state;
      const { state: after, commands } = transition(before, event);
      state = after;
      observer.happened?.({ event, before, after, commands });
    },
    value: async (name: string, label = '') => {
      const samples = readSamples(await instruments.registry.metrics());
      const found = samples.find(
        (one) =>
          one.name === `isochron_${name}` &&
          (label === '' || Object.values(one.labels).includes(label)),
      );
      return found?.value;
    },
  };
}

const attached = (worker: string): Event => {
  return { kind: 'workerAttached', atMs: 0, worker, models: [], name: `machine-${worker}` };
};

describe('workers', () => {
  it('that fall silent or are gone are lost once, those that drained are not', async () => {
    const { happen, value } = counting();
    for (const worker of ['a', 'b', 'c']) happen(attached(worker));
    happen({ kind: 'workerLost', atMs: 10, worker: 'a' });
    happen({ kind: 'workerLost', atMs: 11, worker: 'a' });
    expect(await value('workers_lost_total')).toBe(1);
    happen({ kind: 'drainRequested', atMs: 12, worker: 'b' });
    happen({ kind: 'workerLost', atMs: 13, worker: 'b' });
    expect(await value('workers_lost_total')).toBe(1);
    for (let atMs = 100; atMs < 5_000; atMs += 100) happen({ kind: 'tick', atMs });
    happen({ kind: 'workerLost', atMs: 5_000, worker: 'c' });
    expect(await value('workers_lost_total')).toBe(2);
  });

  it('are quarantined by the third strike', async () => {
    const { happen, value } = counting();
    happen(attached('a'));
    const struck = (atMs: number): Event => {
      return { kind: 'workerStruck', atMs, worker: 'a', why: 'a wrong checksum' };
    };
    happen(struck(1));
    happen(struck(2));
    expect(await value('worker_quarantines_total')).toBe(0);
    happen(struck(3));
    expect(await value('worker_quarantines_total')).toBe(1);
  });
});

describe('replies', () => {
  const job = (rounds: number, restarts = 0) =>
    ({ id: 'j', startedMs: 0, restarts, tally: { rounds } }) as JobState;
  const fence = { job: 'j', block: 0, epoch: 1, attempt: 1, round: 1 };
  const failure = { code: 'NON_FINITE', message: '', retriable: false };
  const failed: FromBlock = { kind: 'blockFailed', fence, ...failure };
  const times = { worker: 'w', startedMs: 600, endedMs: 601, stale: false };

  it('count rounds with the time of each, and restarts', async () => {
    const { observer, value } = counting();
    observer.replied?.({ ...times, message: failed, before: job(0), job: job(3) });
    observer.replied?.({ ...times, message: failed, before: job(3), job: job(3, 1) });
    expect(await value('rounds_total')).toBe(3);
    expect(await value('round_seconds_count')).toBe(3);
    expect(await value('round_seconds_sum')).toBeCloseTo(0.6);
    expect(await value('round_restarts_total')).toBe(1);
  });

  it('that failed are counted by codes of ours only', async () => {
    const { observer, value } = counting();
    const odd: FromBlock = { ...failed, code: 'made-up-by-a-worker' };
    for (const message of [failed, odd, odd]) {
      observer.replied?.({ ...times, message, before: undefined, job: undefined });
    }
    expect(await value('blocks_failed_total', 'NON_FINITE')).toBe(1);
    expect(await value('blocks_failed_total', 'OTHER')).toBe(2);
  });
});
