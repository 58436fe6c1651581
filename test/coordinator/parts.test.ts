import { describe, expect, it } from 'vitest';
import type { Command } from '../../coordinator/core/command.ts';
import type { Reply } from '../../coordinator/core/event.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { oneBlockCore, oneBlockPlan, STEPS } from '../support/one-block-core.ts';

const parts = [
  { job: 'j-part-0', samples: 3 },
  { job: 'j-part-1', samples: 2 },
];
const plan = oneBlockPlan({ samples: 5, deal: { count: 2, prefer: ['w1', 'w2'] }, parts });

const trusted = (samples: number) => ({
  errors: noErrors(samples),
  errorEstimate: 0,
  distrusted: false,
});

type Send = Extract<Command, { kind: 'send' }>;

/** The core with its commands kept: every part is one block that advances by itself. */
function cluster(workers = 2) {
  const { commands, dispatch, state } = oneBlockCore(workers);
  const job = (id = 'j') => state().jobs.get(id);
  /** The newest order to advance, by part. */
  const order = (id: string): Send | undefined =>
    commands.findLast(
      (command): command is Send =>
        command.kind === 'send' &&
        command.message.kind === 'advance' &&
        command.message.fence.job === id,
    );
  const answer = (id: string, rounds: number, end: boolean): void => {
    const sent = order(id);
    if (sent?.message.kind !== 'advance') throw new Error(`${id} does not advance`);
    const { fence } = sent.message;
    const samples = job(id)?.frontier.length ?? 0;
    const cost = { modelCalls: rounds * samples, forwardPasses: rounds * samples };
    const progress = {
      rounds: Array.from({ length: rounds }, (_, k) => ({
        round: fence.round + k,
        firstStep: k,
        codes: Uint8Array.of(200),
        frontier: k + 1,
      })),
      frontier: new Int32Array(samples).fill(rounds),
      cost: { ...cost, microBatches: rounds, modelMs: 10 * samples, queueMs: 0, scanMs: 1 },
      updateNorm: 0,
    };
    const edge = { row: rounds, state: { id: `${id} samples` }, denoised: undefined };
    const reply: Reply = end
      ? { kind: 'advanced', fence, progress, rounds, edge, ...trusted(samples) }
      : { kind: 'progress', fence, progress };
    dispatch({ kind: 'blockReplied', worker: sent.worker, reply });
  };
  return { commands, dispatch, job, order, answer };
}

function started(workers = 2) {
  const own = cluster(workers);
  own.dispatch({ kind: 'jobSubmitted', job: 'j', model: 'mixture', plan, after: undefined });
  return own;
}

function ended(commands: readonly Command[]): string[] {
  return commands.flatMap((command) => (command.kind === 'jobEnded' ? [command.job] : []));
}

describe('a job in parts', () => {
  it('runs them side by side, each with its own samples', () => {
    const { job, order } = started();
    expect(job()?.phase).toBe('running');
    const workers = parts.map(({ job: id }) => order(id)?.worker);
    expect(new Set(workers)).toEqual(new Set(['w1', 'w2']));
    expect(parts.map(({ job: id }) => job(id)?.frontier.length)).toEqual([3, 2]);
  });

  it('is done when all are, and is what they are together', () => {
    const { job, answer, commands } = started();
    answer('j-part-0', STEPS, true);
    expect(job()).toMatchObject({ phase: 'running', frontier: Int32Array.of(6, 6, 6, 0, 0) });
    answer('j-part-1', STEPS, true);
    expect(job()).toMatchObject({ phase: 'done', outcome: 'converged' });
    expect(job()?.tally).toMatchObject({ rounds: STEPS, modelCalls: 5 * STEPS, modelMs: 30 });
    expect(ended(commands)).toEqual(['j-part-0', 'j-part-1', 'j']);
  });

  it('shows the progress of the slowest', () => {
    const { job, answer } = started();
    answer('j-part-0', 4, false);
    answer('j-part-1', 2, false);
    expect(job()?.tally).toMatchObject({ rounds: 4, modelCalls: 3 * 4 + 2 * 2 });
    expect(job()?.windowEnd).toBe(3);
  });

  it('counts as one job against the limit of running jobs', () => {
    const { job, dispatch } = started();
    for (const id of ['b', 'c', 'd', 'e']) {
      const { parts: _parts, ...whole } = plan;
      dispatch({ kind: 'jobSubmitted', job: id, model: 'mixture', plan: whole, after: undefined });
    }
    expect(['j', 'b', 'c', 'd', 'e'].map((id) => job(id)?.phase)).toEqual([
      ...Array.from({ length: 4 }, () => 'running'),
      'queued',
    ]);
  });

  it('is cancelled with all its parts, and forgotten with them', () => {
    const { job, dispatch, commands } = started();
    dispatch({ kind: 'cancelRequested', job: 'j' });
    expect(['j', ...parts.map(({ job: id }) => id)].map((id) => job(id)?.phase)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
    expect(commands.filter(({ kind }) => kind === 'closeJob')).toHaveLength(2);
    dispatch({ kind: 'jobForgotten', job: 'j' });
    expect([job(), job('j-part-0'), job('j-part-1')]).toEqual([undefined, undefined, undefined]);
  });

  it('fails with the first part that fails, and stops the others', () => {
    const { job, dispatch, order, commands } = started();
    const { worker, message } = order('j-part-1') ?? {};
    if (worker === undefined || !message) throw new Error('no order');
    const failed = { code: 'NON_FINITE', message: 'no number', retriable: false } as const;
    const reply: Reply = { kind: 'blockFailed', fence: message.fence, ...failed };
    dispatch({ kind: 'blockReplied', worker, reply });
    expect(job()).toMatchObject({ phase: 'failed', failure: { code: 'NON_FINITE' } });
    expect(job('j-part-0')?.phase).toBe('cancelled');
    expect(ended(commands)).toContain('j');
  });

  it('goes on when a worker is lost: its part moves to another one', () => {
    const { job, dispatch, order, answer } = started();
    const lost = order('j-part-0')?.worker ?? '';
    dispatch({ kind: 'workerLost', worker: lost });
    expect(order('j-part-0')?.worker).not.toBe(lost);
    answer('j-part-0', STEPS, true);
    answer('j-part-1', STEPS, true);
    expect(job()?.phase).toBe('done');
  });
});
