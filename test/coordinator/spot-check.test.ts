import { describe, expect, it } from 'vitest';

import { FIRST_CHECK } from '../../coordinator/core/checks.ts';
import { checkedCluster as cluster } from '../support/checked-cluster.ts';
import { mixtureModel } from '../support/job-spec.ts';

describe('before a job is done', () => {
  it('another worker computes one of its steps, and so does who ran it', () => {
    const { submit, finish, job, check, vote, compared, commands } = cluster(3);
    submit();
    const runner = finish();
    expect(job()?.phase).toBe('running');
    expect(check()?.votes.map(({ worker }) => worker)).toEqual([runner, 'w2']);
    const sweeps = commands('send').filter(({ message }) => message.fence.block >= FIRST_CHECK);
    expect(sweeps.map(({ worker, message }) => `${worker} ${message.kind}`)).toEqual(
      [runner, 'w2'].flatMap((worker) => [`${worker} assignBlock`, `${worker} sweep`]),
    );
    vote('w2');
    expect(commands('compareStates')).toEqual([]);
    vote(runner);
    // in the order in which they were asked
    expect(commands('compareStates')[0]?.states.map(({ id }) => id)).toEqual([runner, 'w2']);
    compared([0, 0]);
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 1, dropped: [] } });
    const closed = commands('closeJob').map(({ worker }) => worker);
    expect(closed.toSorted()).toEqual(['w1', 'w2', 'w3'].slice(0, closed.length));
    expect(commands('jobEnded')[0]?.samples?.id).toBe('sample');
  });

  it('nobody does where there is no other worker, and the job says so', () => {
    const { submit, finish, job } = cluster(1);
    submit();
    finish();
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 0, dropped: ['a'] } });
  });

  it('nobody does where checks are switched off', () => {
    const { submit, finish, job } = cluster(3, 0);
    submit();
    finish();
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 0, dropped: [] } });
  });

  it('it does not wait for a worker that is lost, or does not answer', () => {
    const { submit, finish, job, check, vote, happen } = cluster(2);
    submit();
    const runner = finish();
    happen({ kind: 'workerLost', worker: 'w2' });
    vote(runner);
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 0, dropped: ['a'] } });
    const slow = cluster(2);
    slow.submit();
    slow.vote(slow.finish());
    slow.happen({ kind: 'tick' }, 9_000);
    expect(slow.check()).toBeDefined();
    slow.happen({ kind: 'tick' }, 2_000);
    expect(slow.job()).toMatchObject({ phase: 'done', checks: { made: 0, dropped: ['a'] } });
    expect(check()).toBeUndefined();
  });

  it('a vote that comes again, or too late, counts for nothing', () => {
    const { submit, finish, job, vote, compared } = cluster(3);
    submit();
    const runner = finish();
    vote(runner);
    const before = job();
    vote(runner);
    expect(job()).toBe(before);
    vote('w2');
    compared([0, 0]);
    const done = job();
    vote('w2');
    expect(job()).toBe(done);
  });
});

describe('the last step of a worker that ran a job alone', () => {
  it('is computed by another one, which is all that the job waits for', () => {
    const { submit, progress, finish, job, check, vote, compared, commands } = cluster(3);
    submit();
    progress(3);
    const runner = finish('j', 7);
    expect(job()).toMatchObject({ phase: 'running', checks: { due: undefined } });
    expect(job()?.checks.open).toHaveLength(1);
    expect(check()).toMatchObject({ row: 7, left: { id: 'from' }, isLast: true });
    const sent = commands('send').filter(({ message }) => message.fence.block >= FIRST_CHECK);
    expect(new Set(sent.map(({ worker }) => worker))).toEqual(new Set(['w2']));
    expect(runner).toBe('w1');
    vote('w2');
    compared([0, 0]);
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 1, dropped: [] } });
  });

  it('brings the worker out that computed it wrong, and the job begins again', () => {
    const { submit, finish, job, vote, compared, commands } = cluster(3);
    submit();
    finish('j', 7);
    vote('w2');
    compared([0, 1]);
    vote('w3');
    compared([0, 1, 1]);
    expect(commands('dropWorker').map(({ worker }) => worker)).toEqual(['w1']);
    expect(job()).toMatchObject({ phase: 'running', outcome: undefined });
    expect(job()?.checks).toMatchObject({ hands: [], open: [], due: undefined, startedOver: 1 });
  });

  it('says nothing of others that had a hand in it, who are asked as before', () => {
    const { submit, progress, finish, job, happen, commands } = cluster(3);
    const advances = () =>
      commands('send').flatMap(({ worker, message }) =>
        message.kind === 'advance' ? [`${worker} ${message.wantsLastStep}`] : [],
      );
    submit();
    progress(3);
    happen({ kind: 'workerLost', worker: 'w1' });
    happen({ kind: 'workerAttached', worker: 'w4', name: 'a', models: [mixtureModel] });
    // nobody asks for it, and a step that is picked is a check of its own
    expect(advances()).toEqual(['w1 true', 'w2 undefined']);
    const runner = finish('j', 7);
    expect(job()?.checks.hands).toHaveLength(2);
    const last = job()?.checks.open.filter(({ isLast }) => isLast);
    expect(last).toHaveLength(1);
    const asked = last?.[0]?.votes.map(({ worker }) => worker);
    expect(asked?.toSorted()).toEqual(['w4', runner].toSorted());
  });

  it('is counted where nobody can compute it', () => {
    const alone = cluster(1);
    alone.submit();
    alone.finish('j', 7);
    expect(alone.job()).toMatchObject({ phase: 'done', checks: { made: 0, dropped: ['a'] } });
    const lost = cluster(2);
    lost.submit();
    lost.finish('j', 7);
    lost.happen({ kind: 'workerLost', worker: 'w2' });
    expect(lost.job()).toMatchObject({ phase: 'done', checks: { made: 0, dropped: ['a'] } });
  });

  it('is of a job that the other one has open while nothing else runs', () => {
    const { submit, commands } = cluster(3);
    const opened = (): string[] => commands('openJob').map(({ worker, job }) => `${job} ${worker}`);
    submit();
    expect(opened().toSorted()).toEqual(['j w1', 'j w2']);
    submit('k');
    expect(opened()).toHaveLength(3);
    const unchecked = cluster(3, 0);
    unchecked.submit();
    expect(unchecked.commands('openJob')).toHaveLength(1);
  });
});

describe('what workers hold for a vote', () => {
  type Cluster = ReturnType<typeof cluster>;
  const sent = ({ commands }: Cluster, kind: 'assignBlock' | 'releaseBlock') =>
    commands('send')
      .filter(({ message }) => message.kind === kind && message.fence.block >= FIRST_CHECK)
      .map(({ worker, message }) => `${worker} ${message.fence.block} ${message.fence.attempt}`);

  it('is given back once they have voted', () => {
    const here = cluster(2);
    here.submit();
    const runner = here.finish();
    expect(sent(here, 'assignBlock')).toHaveLength(2);
    here.vote('w2');
    expect(sent(here, 'releaseBlock')).toEqual(sent(here, 'assignBlock').slice(1));
    here.vote(runner);
    expect(sent(here, 'releaseBlock').toSorted()).toEqual(sent(here, 'assignBlock').toSorted());
  });

  it('is given back by a worker that is not waited for any more', () => {
    const here = cluster(2);
    here.submit();
    here.vote(here.finish());
    here.happen({ kind: 'tick' }, 11_000);
    expect(sent(here, 'releaseBlock')).toEqual(sent(here, 'assignBlock'));
  });

  it('is given back where the job begins again, and so is its block', () => {
    const here = cluster(3);
    // the first and the last are of the same worker
    for (const id of ['j', 'k', 'l', 'm']) here.submit(id);
    const block = here.job('m')?.blocks[0];
    here.progress(3, 'm', 2);
    const open = here.check('m')?.votes.find(({ state }) => !state);
    here.finish();
    for (const { worker } of here.check()?.votes ?? []) here.vote(worker);
    here.compared([0, 1]);
    here.vote(here.check()?.votes.at(-1)?.worker ?? '');
    here.compared([0, 1, 1]);
    expect(here.commands('dropWorker').map(({ worker }) => worker)).toEqual(['w1']);
    const releases = here.commands('send').filter(({ message }) => message.kind === 'releaseBlock');
    const told = releases
      .filter(({ message }) => message.fence.job === 'm')
      .map(({ worker, message }) => `${worker} ${message.fence.attempt}`);
    const held = [open, block].map((one) => `${one?.worker} ${one?.attempt}`);
    expect(told.toSorted()).toEqual(held.toSorted());
  });
});

describe('workers that disagree', () => {
  it('are told apart by a third one: the job of the wrong one begins again', () => {
    const { submit, progress, finish, job, check, vote, compared, commands } = cluster(3);
    submit();
    progress(3);
    expect(commands('checkpoint').at(-1)?.checkpoint).toMatchObject({ row: 3, hands: ['a'] });
    const liar = finish();
    vote(liar);
    vote('w2');
    compared([0, 1]);
    expect(check()?.votes.map(({ worker }) => worker)).toEqual([liar, 'w2', 'w3']);
    vote('w3');
    compared([0, 1, 1]);
    expect(commands('dropWorker').map(({ worker }) => worker)).toEqual([liar]);
    expect(commands('dropWorker')[0]?.why).toMatch(
      /quarantined for 60 s: its step 0 of job j is 1\.0e-4 \(.*\) from that of b and c/,
    );
    expect(commands('checkpoint').at(-1)?.checkpoint).toBeUndefined();
    expect(job()).toMatchObject({ phase: 'running', outcome: undefined, checkpoint: undefined });
    expect([...(job()?.frontier ?? [])]).toEqual([0]);
    const second = finish();
    expect(second).not.toBe(liar);
    vote('w2');
    vote('w3');
    compared([0, 0]);
    expect(job()).toMatchObject({ phase: 'done', checks: { dropped: [], startedOver: 1 } });
  });

  it('leave the job of the right one as it is', () => {
    const { submit, finish, job, vote, compared, commands } = cluster(3);
    submit();
    const runner = finish();
    vote(runner);
    vote('w2');
    compared([0, 1]);
    vote('w3');
    compared([0, 1, 0]);
    expect(commands('dropWorker').map(({ worker }) => worker)).toEqual(['w2']);
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 1, startedOver: 0 } });
  });

  it('begin every running job again that the wrong one had a hand in', () => {
    const { submit, progress, finish, job, vote, compared, commands } = cluster(3);
    for (const id of ['j', 'k', 'l', 'm']) submit(id);
    const runs = (id: string) => job(id)?.blocks[0]?.worker;
    expect(['j', 'k', 'l', 'm'].map(runs)).toEqual(['w1', 'w2', 'w3', 'w1']);
    for (const id of ['j', 'k', 'l', 'm']) progress(4, id);
    finish();
    vote('w1');
    const other = job()?.checks.open[0]?.votes[1]?.worker ?? '';
    vote(other);
    compared([0, 1]);
    vote(['w2', 'w3'].find((id) => id !== other) ?? '');
    compared([0, 1, 1]);
    expect(commands('dropWorker').map(({ worker }) => worker)).toEqual(['w1']);
    const frontiers = ['j', 'k', 'l', 'm'].map((id) => job(id)?.frontier[0]);
    expect(frontiers).toEqual([0, 4, 4, 0]);
  });

  it('fail the job where nobody else can say who is right', () => {
    const { submit, finish, job, vote, compared, commands } = cluster(2);
    submit();
    vote(finish());
    vote('w2');
    compared([0, 1]);
    expect(job()).toMatchObject({ phase: 'failed', failure: { code: 'DISPUTED' } });
    expect(job()?.failure?.message).toMatch(/^a and b computed different numbers for step 0/);
    expect(job()?.failure?.message).toContain('add one, and submit the job again');
    expect(commands('dropWorker')).toEqual([]);
  });

  it('ask on where the third one agrees with nobody, or is lost', () => {
    const { submit, finish, job, check, vote, compared, happen } = cluster(4);
    submit();
    vote(finish());
    vote('w2');
    compared([0, 1]);
    vote('w3');
    compared([0, 1, 2]);
    expect(check()?.votes).toHaveLength(4);
    happen({ kind: 'workerLost', worker: 'w4' });
    compared([0, 1, 2]);
    expect(job()).toMatchObject({ phase: 'failed', failure: { code: 'DISPUTED' } });
  });
});

describe('a step that a worker sends along', () => {
  it('is computed by another one while the job goes on', () => {
    const { submit, progress, check, job, vote, compared, commands } = cluster(3);
    submit();
    progress(3, 'j', 2);
    expect(check()).toMatchObject({ row: 2, left: { id: 'from' }, isLast: false });
    expect(check()?.votes.map(({ worker, state }) => [worker, state?.id])).toEqual([
      ['w1', 'to'],
      ['w2', undefined],
    ]);
    vote('w2');
    expect(
      commands('compareStates')
        .at(-1)
        ?.states.map(({ id }) => id),
    ).toEqual(['to', 'w2']);
    compared([0, 0]);
    expect(job()).toMatchObject({ phase: 'running', checks: { made: 1, open: [] } });
    progress(4);
    expect(job()?.frontier[0]).toBe(4);
  });

  it('brings a worker out whose numbers two others do not find', () => {
    const { submit, progress, job, vote, compared, commands } = cluster(3);
    submit();
    progress(3, 'j', 2);
    vote('w2');
    compared([0, 1]);
    progress(5);
    vote('w3');
    compared([0, 1, 1]);
    expect(commands('dropWorker').map(({ worker }) => worker)).toEqual(['w1']);
    expect(commands('dropWorker')[0]?.why).toContain('its step 2 of job j');
    expect(job()?.frontier[0]).toBe(0);
  });

  it('is waited for at the end, and forgotten where nobody can compute it', () => {
    const { submit, progress, finish, job, check, happen, vote, compared } = cluster(2);
    submit();
    progress(3, 'j', 2);
    finish();
    expect(job()?.checks.open.map(({ isLast }) => isLast)).toEqual([false, true]);
    vote('w2');
    compared([0, 0]);
    expect(job()?.phase).toBe('running');
    vote('w1');
    vote('w2');
    compared([0, 0]);
    expect(job()).toMatchObject({ phase: 'done', checks: { made: 2, dropped: [] } });
    const other = cluster(2);
    other.submit();
    other.progress(3, 'j', 2);
    other.happen({ kind: 'workerLost', worker: 'w2' });
    expect(other.check()).toBeUndefined();
    expect(other.job()).toMatchObject({ phase: 'running', checks: { made: 0, dropped: [] } });
    expect(check()).toBeUndefined();
    happen({ kind: 'tick' });
  });
});
