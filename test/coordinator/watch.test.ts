import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import { received } from '../../coordinator/shell/http/message-json.ts';
import { createJobRecord } from '../../coordinator/shell/job-record.ts';
import { watchJob } from '../../coordinator/shell/watch.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';

const round = (number: number) => {
  return { round: number, firstStep: 0, codes: Uint8Array.of(number), frontier: 0 };
};

function watched() {
  const record = createJobRecord('j', received('SubmitRequest', { model: 'm' }));
  const now = { state: 'RUNNING', rounds: 0, blocks: [{ begin: 0, end: 4, worker: 'one' }] };
  return {
    record,
    now,
    status: () => ({ job: 'j', state: now.state as 'RUNNING', rounds: now.rounds }),
    blocks: () => now.blocks,
    errorEstimate: () => undefined,
  };
}

const options = (signal = new AbortController().signal) => {
  return { previews: false, trace: true, signal };
};

describe('a watcher who is slow', () => {
  it('gets the newest state, and every round of the trace once', async () => {
    const job = watched();
    const told: JobEvent[] = [];
    const reading = (async () => {
      for await (const event of watchJob(job, options())) {
        told.push(event);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    })();
    for (let k = 1; k <= 200; k++) {
      job.record.trace.add(round(k));
      job.now.rounds = k;
      if (k === 100) job.now.blocks = [{ begin: 2, end: 4, worker: 'two' }];
      if (k === 200) job.now.state = 'DONE';
      for (const notify of job.record.watchers) notify();
      if (k % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await reading;
    expect(told.length).toBeLessThan(20);
    expect(told.at(-1)?.status).toMatchObject({ state: 'DONE', rounds: 200 });
    const rounds = told.flatMap((event) => event.rounds ?? []);
    expect(rounds.map((one) => one.round)).toEqual(Array.from({ length: 200 }, (_, k) => k + 1));
    const moves = told.flatMap(({ blocks = [] }) => (blocks.length > 0 ? [blocks] : []));
    expect(moves.map(([block]) => block?.worker)).toEqual(['one', 'two']);
    expect(job.record.watchers.size).toBe(0);
  });

  it('is one of so many', () => {
    const job = watched();
    for (let k = 0; k < limits.watchersPerJobMax; k++) job.record.watchers.add(() => k);
    expect(() => watchJob(job, options())).toThrowError(SamplerError);
  });
});
