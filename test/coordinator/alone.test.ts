import { expect, it } from 'vitest';

import type { Command } from '../../coordinator/core/command.ts';
import type { UntimedEvent } from '../../coordinator/core/event.ts';
import { checkTransition } from '../../coordinator/core/invariants.ts';
import { initialState, type JobPlan, type State } from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';

const STEPS = 6;
const curve = [{ batch: 1, ms: 10 }];
const model = { name: 'mixture', sha256: 'digest', curve };
const plan: JobPlan = {
  model: model.name,
  modelSha256: model.sha256,
  method: 'sequential',
  initialization: 'denoised',
  steps: STEPS,
  sigmaPosterior: new Float64Array(STEPS).fill(0.1),
  denoisedScale: new Float64Array(STEPS).fill(0.1),
  defectShare: new Float64Array(STEPS).fill(1 / STEPS),
  tolerance: 0.01,
  stop: 'final',
  scanned: true,
  samples: 2,
  window: 1,
  blocks: 1,
  deal: { count: 1, prefer: ['w1', 'w2'] },
  roundsMax: STEPS,
  guess: false,
};

function cluster() {
  const commands: Command[] = [];
  let state: State = initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 4 });
  let atMs = 0;
  const dispatch = (event: UntimedEvent): void => {
    const next = transition(state, { ...event, atMs: ++atMs });
    checkTransition(state, next.state, next.commands);
    state = next.state;
    commands.push(...next.commands);
  };
  for (const worker of ['w1', 'w2']) dispatch({ kind: 'workerAttached', worker, models: [model] });
  const submit = (job: string, given: JobPlan): void =>
    dispatch({ kind: 'jobSubmitted', job, model: model.name, plan: given, after: undefined });
  /** Orders to advance, by job. */
  const orders = () =>
    commands.flatMap((command) => {
      if (command.kind !== 'send' || command.message.kind !== 'advance') return [];
      return [{ worker: command.worker, ...command.message }];
    });
  const aloneOf = (job: string) => orders().find(({ fence }) => fence.job === job)?.alone === true;
  const paces = () => [...state.workers.values()].map(({ models: [own] }) => own?.pace);
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
  return { submit, aloneOf, tell, paces };
}

it('says to a block that has the cluster for itself that it is alone', () => {
  const { submit, aloneOf } = cluster();
  submit('only', plan);
  expect(aloneOf('only')).toBe(true);
  submit('second', plan);
  expect(aloneOf('second')).toBe(false);
});

it('says so to no part of a job whose samples run side by side', () => {
  const { submit, aloneOf } = cluster();
  const parts = ['a', 'b'].map((job) => ({ job, samples: 1 }));
  submit('whole', { ...plan, deal: { count: 2, prefer: ['w1', 'w2'] }, parts });
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
