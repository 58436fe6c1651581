/** A coordinator that starts anew goes on from the last row that it was brought. */
import { describe, expect, it } from 'vitest';
import { initialState, type Checkpoint } from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import type { UntimedEvent } from '../../coordinator/core/event.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { methodNames } from '../../shared/numerics/solver/method.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { emptyTally } from '../../coordinator/core/state.ts';
import { runCoreCluster, type ClusterResult } from '../support/core-cluster.ts';
import { mixtureModel, planOf } from '../support/job-spec.ts';
import { lcg } from '../support/lcg.ts';
import { mixtureJob } from '../support/mixture-job.ts';

function messagesOf({ sent }: ClusterResult): number {
  return Object.values(sent).reduce((sum, count) => sum + count, 0);
}

describe.each(methodNames)('%s', (method) => {
  it('ends with the bits of the sequential sampler, wherever the coordinator ended', async () => {
    let resumed = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const pick = lcg(seed);
      const blocks = 2 + pick(3);
      const shape = { steps: 30, window: 6 + pick(25), blocks, samples: 1 + (seed % 3) } as const;
      const solver = seed % 2 === 0 ? 'ddim' : 'ddpm';
      const job = mixtureJob({ ...shape, solver, method, tolerance: 0, seed });
      const expected = (await job.reference()).at(-1);
      const options = { problem: job.problem, workers: 3, blocks, seed, checkpointMs: 1 };
      const messages = messagesOf(await runCoreCluster(options));
      const restarts = [pick(messages), messages];
      const found = await runCoreCluster({ ...options, restarts });
      expect(found.samples, `seed ${seed}`).toEqual(expected);
      resumed += found.resumedFrom.filter((row) => row > 0).length;
    }
    expect(resumed).toBeGreaterThan(3);
  });
});

it('ends within the tolerance, and counts the rounds before', async () => {
  const shape = { solver: 'ddpm', steps: 40, window: 12, blocks: 4, method: 'secant' } as const;
  const job = mixtureJob({ ...shape, samples: 3, tolerance: 0.01 });
  const options = { problem: job.problem, workers: 3, blocks: 4, seed: 2 };
  const undisturbed = await runCoreCluster(options);
  const messages = messagesOf(undisturbed);
  const restarts = [Math.floor(messages / 2), messages];
  const found = await runCoreCluster({ ...options, restarts, checkpointMs: 1 });
  const exact = (await job.reference()).at(-1) ?? new Float32Array();
  expect(rmsDifference(found.samples, 0, exact, 0, exact.length)).toBeLessThanOrEqual(0.01);
  const [first = 0, second = 0] = found.resumedFrom;
  expect(first).toBeGreaterThan(0);
  expect(second).toBeGreaterThan(first);
  expect(found.rounds).toBeGreaterThan(undisturbed.rounds);
  // what is behind the checkpoint is not computed again
  expect(found.modelCalls).toBeLessThan(2 * undisturbed.modelCalls);
});

describe('checkpoints', () => {
  it('change nothing of a run, and nobody asks for them where nobody keeps them', async () => {
    const shape = { solver: 'ddpm', steps: 30, window: 9, blocks: 3, samples: 2 } as const;
    for (const method of methodNames) {
      const { problem } = mixtureJob({ ...shape, method });
      const run = (checkpointMs: number) =>
        runCoreCluster({ problem, workers: 2, blocks: 3, seed: 1, checkpointMs });
      expect(await run(1)).toEqual(await run(Infinity));
    }
  });
});

describe('a job that had ended', () => {
  const { problem } = mixtureJob({ solver: 'ddim', steps: 8, method: 'secant', samples: 2 });
  const state = { id: 'samples' };
  const ended: Checkpoint = {
    row: 8,
    state,
    errors: noErrors(2),
    restarts: 0,
    roundsLost: 0,
    tally: { ...emptyTally, rounds: 5, modelCalls: 33 },
    elapsedMs: 250,
    outcome: 'roundsExhausted',
  };
  const run = (events: readonly UntimedEvent[]) => {
    let now = initialState({ epoch: 2, leaseMs: 1e9, jobsRunningMax: 4 });
    const commands = events.flatMap((event, k) => {
      const next = transition(now, { ...event, atMs: k + 1 });
      now = next.state;
      return next.commands;
    });
    return { jobs: now.jobs, commands };
  };
  const attached = { kind: 'workerAttached', worker: 'w', models: [mixtureModel] } as const;
  const submitted = { kind: 'jobSubmitted', model: mixtureModel.name } as const;

  it('ends again at once, with its samples, figures and outcome, and without a worker', () => {
    const plan = planOf(problem, 1);
    const { jobs, commands } = run([
      { ...submitted, job: 'before', plan: undefined, after: undefined },
      { ...submitted, job: 'j', plan, after: 'before' },
      { kind: 'jobResolved', job: 'before', plan, checkpoint: ended },
      attached,
    ]);
    const before = jobs.get('before');
    expect(before).toMatchObject({ phase: 'done', outcome: 'roundsExhausted', tally: ended.tally });
    expect(Number(before?.settledMs) - Number(before?.startedMs)).toBe(250);
    expect(commands).toContainEqual({ kind: 'jobEnded', job: 'before', samples: state });
    expect(commands.filter((one) => 'job' in one && one.job === 'before')).toHaveLength(2);
    // who waited for it starts
    expect(jobs.get('j')?.phase).toBe('running');
  });

  it('ends the job that it is a part of', () => {
    const parts = ['a', 'b'].map((job) => ({ job, samples: 2, checkpoint: ended }));
    const plan = { ...planOf(problem, 1), samples: 4, parts };
    const { jobs } = run([attached, { ...submitted, job: 'j', plan, after: undefined }]);
    expect(jobs.get('j')).toMatchObject({ phase: 'done', outcome: 'roundsExhausted' });
    expect(jobs.get('j')?.tally.modelCalls).toBe(66);
  });
});
