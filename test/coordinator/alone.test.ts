import { expect, it } from 'vitest';

import type { JobPlan } from '../../coordinator/core/state.ts';
import { oneBlockCore, oneBlockPlan, oneModel as model } from '../support/one-block-core.ts';

const deal = { count: 1, prefer: ['w1', 'w2'] };
const plan = oneBlockPlan({ deal });

function cluster(workers = 2) {
  const curve = [{ batch: 1, ms: 10 }];
  const { commands, dispatch, state } = oneBlockCore(workers, { ...model, curve });
  const submit = (job: string, given: JobPlan, after?: string): void =>
    dispatch({ kind: 'jobSubmitted', job, model: given.model, plan: given, after });
  /** Orders to advance, by job. */
  const orders = () =>
    commands.flatMap((command) => {
      if (command.kind !== 'send' || command.message.kind !== 'advance') return [];
      return [{ worker: command.worker, ...command.message }];
    });
  const aloneOf = (job: string) => orders().find(({ fence }) => fence.job === job)?.alone === true;
  const paces = () => [...state().workers.values()].map(({ models: [own] }) => own?.pace);
  const tell = (job: string, modelMs: number): void => {
    const order = orders().find(({ fence }) => fence.job === job);
    if (!order) throw new Error(`${job} does not advance`);
    const { worker, fence } = order;
    const calls = { modelCalls: 2, forwardPasses: 2, microBatches: 1 };
    const round = { round: fence.round, firstStep: 0, codes: Uint8Array.of(200), frontier: 1 };
    const progress = {
      rounds: [round],
      frontier: Int32Array.of(1, 1),
      cost: { ...calls, modelMs, queueMs: 0, scanMs: 1 },
      updateNorm: 0,
    };
    dispatch({ kind: 'blockReplied', worker, reply: { kind: 'progress', fence, progress } });
  };
  const join = (): void =>
    dispatch({ kind: 'workerAttached', worker: 'late', models: [{ ...model, curve }] });
  return { submit, aloneOf, tell, paces, join };
}

it('says to a block that has the cluster for itself that it is alone', () => {
  const { submit, aloneOf } = cluster();
  submit('only', plan);
  expect(aloneOf('only')).toBe(true);
  submit('second', plan);
  expect(aloneOf('second')).toBe(false);
});

it('counts no job that waits for another one, as a job waits for its sequential baseline', () => {
  const { submit, aloneOf, join } = cluster(0);
  submit('baseline', plan);
  submit('job', plan, 'baseline');
  submit('hopeless', { ...plan, model: 'elsewhere' });
  join();
  expect(aloneOf('baseline')).toBe(true);
});

it('says so to no part of a job whose samples run side by side', () => {
  const { submit, aloneOf } = cluster();
  const parts = ['a', 'b'].map((job) => ({ job, samples: 1 }));
  submit('whole', { ...plan, deal: { ...deal, count: 2 }, parts });
  expect(parts.map(({ job }) => aloneOf(job))).toEqual([false, false]);
});

it('learns the pace of a worker from calls that others compute beside, not from wide ones', () => {
  const { submit, tell, paces } = cluster();
  submit('only', plan);
  tell('only', 3);
  expect(paces()).toEqual([undefined, undefined]);
  submit('second', plan);
  tell('second', 12);
  expect(paces().filter((pace) => pace?.ms === 12)).toHaveLength(1);
});

it('learns it from a worker that is alone and slower than it was measured', () => {
  const { submit, tell, paces } = cluster();
  submit('only', plan);
  tell('only', 60);
  expect(paces().filter((pace) => pace?.ms === 60)).toHaveLength(1);
});
