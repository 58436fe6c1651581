import { describe, expect, it } from 'vitest';

import { DEATH_CONFIRM_MS } from '../../coordinator/core/block-failure.ts';
import type { Command, CommandOf } from '../../coordinator/core/command.ts';
import type { UntimedEvent } from '../../coordinator/core/event.ts';
import { checkInvariants } from '../../coordinator/core/invariants.ts';
import { initialState } from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { mixtureModel as model, planOf } from '../support/job-spec.ts';
import { mixtureJob } from '../support/mixture-job.ts';

/** A job of one block, and workers w1, w2, ... that are called a, b, ... */
function cluster(workers: number) {
  let state = initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 4 });
  let atMs = 0;
  const told: Command[] = [];
  const happen = (event: UntimedEvent, afterMs = 1): void => {
    atMs += afterMs;
    const next = transition(state, { ...event, atMs });
    state = next.state;
    checkInvariants(state);
    told.push(...next.commands);
  };
  const attach = (worker: string, name: string, previous?: string): void =>
    happen({ kind: 'workerAttached', worker, name, previous, models: [model] });
  for (let k = 0; k < workers; k++) attach(`w${k + 1}`, 'abcdefgh'.charAt(k));
  const { problem } = mixtureJob({ solver: 'ddim', steps: 8, method: 'sequential', window: 1 });
  const plan = planOf(problem, 1);
  happen({ kind: 'jobSubmitted', job: 'j', model: model.name, plan, after: undefined });
  const job = () => state.jobs.get('j');
  const holder = () => job()?.blocks[0]?.worker ?? '';
  return {
    told,
    happen,
    attach,
    job,
    holder,
    trust: (name: string) => state.trust.get(name),
    dropped: () => told.filter((one): one is CommandOf<'dropWorker'> => one.kind === 'dropWorker'),
    /** The holder cannot go on. */
    fail: (step: number, element: number) => {
      const block = job()?.blocks[0];
      if (!block) throw new Error('the job holds no block');
      const { attempt, round, worker } = block;
      const fence = { job: 'j', block: 0, epoch: 1, attempt, round };
      const place = { step, sample: 0, element, message: `step ${step}`, retriable: false };
      const reply = { kind: 'blockFailed', fence, code: 'NON_FINITE', ...place } as const;
      happen({ kind: 'blockReplied', worker, reply });
    },
    /** The holder says that rows up to this one are frozen. */
    progress: (frontier: number) => {
      const block = job()?.blocks[0];
      if (!block) throw new Error('the job holds no block');
      const { attempt, round, worker } = block;
      const fence = { job: 'j', block: 0, epoch: 1, attempt, round };
      const next = (job()?.tally.rounds ?? 0) + 1;
      const rounds = [{ round: next, firstStep: 0, codes: new Uint8Array(1), frontier }];
      const cost = { modelCalls: 1, forwardPasses: 1, microBatches: 1 };
      const times = { modelMs: 0, queueMs: 0, scanMs: 0 };
      const told = { rounds, frontier: Int32Array.of(frontier), updateNorm: 0 };
      const progress = { ...told, cost: { ...cost, ...times } };
      happen({ kind: 'blockReplied', worker, reply: { kind: 'progress', fence, progress } });
    },
    die: () => {
      const worker = holder();
      happen({ kind: 'workerSeen', worker });
      happen({ kind: 'workerLost', worker });
      return worker;
    },
  };
}

describe('a value that is not finite where the input is final', () => {
  it('is tried on another worker, and fails the job where that one finds the same', () => {
    const { fail, holder, job, told } = cluster(3);
    const first = holder();
    fail(3, 7);
    expect(holder()).not.toBe(first);
    expect(told.filter(({ kind }) => kind === 'dropWorker')).toEqual([]);
    fail(3, 7);
    expect(job()).toMatchObject({ phase: 'failed', failure: { code: 'NON_FINITE' } });
  });

  it('puts the worker out that found it where another one does not', () => {
    const { fail, holder, progress, dropped, trust, job } = cluster(2);
    const liar = holder();
    fail(3, 7);
    progress(3);
    expect(dropped()).toEqual([]);
    progress(4);
    expect(dropped().map(({ worker }) => worker)).toEqual([liar]);
    expect(dropped()[0]?.why).toMatch(/^quarantined/);
    expect(trust('a')?.why).toMatch(/at row 3 of sample 0, and another one did/);
    expect(job()?.phase).toBe('running');
  });

  it('fails the job at once where nobody else can say', () => {
    const { fail, job } = cluster(1);
    fail(3, 7);
    expect(job()?.phase).toBe('failed');
  });
});

describe('strikes', () => {
  const strike = { kind: 'workerStruck', worker: 'w1', why: 'damaged' } as const;

  it('put a worker out with the third, and its blocks go to others', () => {
    const { happen, holder, dropped, trust } = cluster(2);
    expect(holder()).toBe('w1');
    happen(strike);
    happen(strike);
    expect(dropped()).toEqual([]);
    happen(strike);
    const why = 'quarantined for 60 s: 3 times: damaged';
    expect(dropped()).toEqual([{ kind: 'dropWorker', worker: 'w1', why }]);
    expect(holder()).toBe('w2');
    expect(trust('a')).toMatchObject({ strikes: 0, times: 1 });
  });

  it('are remembered through registrations, and the next time out is twice as long', () => {
    const { happen, attach, dropped } = cluster(2);
    for (let k = 0; k < 3; k++) happen(strike);
    attach('w9', 'a');
    for (let k = 0; k < 3; k++) happen({ ...strike, worker: 'w9' });
    expect(dropped().map(({ why }) => why.split(':')[0])).toEqual([
      'quarantined for 60 s',
      'quarantined for 120 s',
    ]);
  });

  it('are forgotten after an hour', () => {
    const { happen, trust } = cluster(2);
    happen(strike);
    happen(strike);
    happen(strike, 3_600_001);
    expect(trust('a')).toMatchObject({ strikes: 1, times: 0 });
  });
});

describe('a block whose workers die', () => {
  it('fails its job after three of them, and nobody else is risked', () => {
    const { die, holder, job, happen } = cluster(5);
    const dead = [die(), die(), die()];
    expect(new Set(dead).size).toBe(3);
    expect(holder()).toBe('');
    // one tick after the other: a time without any is the coordinator's own
    for (let ms = 500; ms < DEATH_CONFIRM_MS; ms += 500) happen({ kind: 'tick' }, 500);
    expect(job()?.phase).toBe('running');
    happen({ kind: 'tick' }, 500);
    expect(job()).toMatchObject({ phase: 'failed', failure: { code: 'POISON_JOB' } });
    expect(job()?.failure?.message).toContain(dead.join(', '));
  });

  it('waits for those who came back while the coordinator stood still', () => {
    const { die, attach, holder, job, happen } = cluster(3);
    const [first] = [die(), die(), die()];
    happen({ kind: 'tick' }, 10 * DEATH_CONFIRM_MS);
    expect(job()?.phase).toBe('running');
    attach('w9', 'a', first);
    expect(holder()).toBe('w9');
  });

  it('goes on where one of them registers again: it was the connection', () => {
    const { die, attach, holder, job, happen } = cluster(3);
    const [first] = [die(), die(), die()];
    attach('w9', 'a', first);
    expect(holder()).toBe('w9');
    happen({ kind: 'tick' }, 10 * DEATH_CONFIRM_MS);
    expect(job()?.phase).toBe('running');
  });

  it('counts workers that died at the same moment once', () => {
    const { happen, holder, job } = cluster(6);
    // nobody had heard of the later ones since they got the block
    for (let k = 0; k < 5; k++) happen({ kind: 'workerLost', worker: holder() }, 0);
    expect(holder()).not.toBe('');
    happen({ kind: 'tick' }, 10 * DEATH_CONFIRM_MS);
    expect(job()?.phase).toBe('running');
  });
});
