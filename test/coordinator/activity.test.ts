import { describe, expect, it } from 'vitest';
import { createActivity } from '../../coordinator/shell/activity.ts';
import { limits } from '../../shared/kernel/limits.ts';
import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';

const fence = { job: 'a-part-0', block: 1, epoch: 1, attempt: 1, round: 0 };
const order = (kind: string, more = {}) => ({ kind, fence, ...more }) as unknown as ToWorker;
const reply = (kind: string) => ({ kind, fence }) as unknown as FromBlock;
const from = { worker: 'w1', name: 'one', whole: 'a' };

function recorded() {
  const clock = { ms: 0 };
  return { clock, activity: createActivity(() => clock.ms) };
}

describe('what workers do', () => {
  it('is from an order to its reply, in the name of the job that clients see', () => {
    const { clock, activity } = recorded();
    activity.sent('w1', order('assignBlock', { begin: 5, end: 12 }));
    clock.ms = 10;
    activity.sent('w1', order('sweep'));
    clock.ms = 15;
    activity.received(from, reply('swept'));
    clock.ms = 20;
    activity.received(from, reply('swept'));
    const interval = { worker: 'w1', name: 'one', job: 'a', block: 1, rows: 7 };
    expect(activity.after(0, 0)).toEqual([{ number: 1, ...interval, startMs: 10, endMs: 15 }]);
  });

  it('goes on behind a report of progress', () => {
    const { clock, activity } = recorded();
    activity.sent('w1', order('assignBlock', { begin: 0, end: 4 }));
    activity.sent('w1', order('advance'));
    clock.ms = 100;
    activity.received(from, reply('progress'));
    clock.ms = 130;
    activity.received(from, reply('advanced'));
    const spans = activity.after(0, 0).map(({ startMs, endMs }) => [startMs, endMs]);
    expect(spans).toEqual([
      [0, 100],
      [100, 130],
    ]);
    expect(activity.after(1, 0)).toHaveLength(1);
    expect(activity.after(0, 120)).toHaveLength(1);
  });

  it.each(['blockFailed', 'rows'])('knows nothing of a block behind its %s', (last) => {
    const { activity } = recorded();
    activity.sent('w1', order('assignBlock', { begin: 0, end: 4 }));
    for (const kind of [last, 'swept']) {
      activity.sent('w1', order('sweep'));
      activity.received(from, reply(kind));
    }
    expect(activity.after(0, 0).map(({ rows }) => rows)).toEqual([4, 0]);
  });

  it('is kept within a bound, and the newest stays', () => {
    const { clock, activity } = recorded();
    activity.sent('w1', order('assignBlock', { begin: 0, end: 4 }));
    activity.sent('w1', order('advance'));
    const most = limits.activityIntervalsMax;
    for (clock.ms = 1; clock.ms <= most + 10; clock.ms++)
      activity.received(from, reply('progress'));
    const kept = activity.after(0, 0);
    expect(kept).toHaveLength(most);
    expect(kept.at(0)?.number).toBe(11);
    expect(kept.at(-1)?.number).toBe(most + 10);
  });
});
