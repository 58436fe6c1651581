/** Rounds that are distrusted start again: over the core, with real solvers. */
import { describe, expect, it } from 'vitest';

import { sendAdvance } from '../../coordinator/core/orders.ts';
import { dropBlocks, releaseFrozen } from '../../coordinator/core/blocks.ts';
import { checkProgress } from '../../coordinator/core/invariants.ts';
import { initialState, type JobPlan, type State } from '../../coordinator/core/state.ts';
import { beginStep, editJob } from '../../coordinator/core/step.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { drive, type DriveProblem } from '../../shared/numerics/drive.ts';
import { freezeRule } from '../../shared/numerics/solver/freeze.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { runCoreCluster, type ClusterResult } from '../support/core-cluster.ts';
import { borderJob, mixtureJob } from '../support/mixture-job.ts';

const both = ['ddim', 'ddpm'] as const;
const shapes = [
  [50, 1],
  [50, 3],
  [12, 3],
] as const;

interface Case {
  readonly problem: DriveProblem;
  readonly blocks: number;
  /** The sequential one. */
  readonly sample: Float32Array;
}

/** Trajectories that pass close to where the mode is decided, in every shape. */
async function casesAt(
  gap: number,
  seeds: readonly number[],
  solvers: readonly (typeof both)[number][] = ['ddim'],
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const solver of solvers) {
    for (const [window, blocks] of shapes) {
      for (const seed of seeds) {
        const given = { solver, steps: 50, method: 'secant', window, blocks, seed } as const;
        const job = await borderJob(given, gap);
        const sample = (await job.reference()).at(-1) ?? never();
        cases.push({ problem: job.problem, blocks, sample });
      }
    }
  }
  return cases;
}

function isWithin(samples: Float32Array, { problem, sample }: Case): boolean {
  return rmsDifference(samples, 0, sample, 0, sample.length) <= problem.tolerance;
}

/** What a run on the cluster and one in this process must have in common. */
function told(
  run: Omit<
    ClusterResult,
    'resumedFrom' | 'staleRounds' | 'assigned' | 'sent' | 'ahead' | 'rowsLost' | 'sequentialCalls'
  >,
) {
  const { samples, rounds, modelCalls, restarts, errorEstimate, converged } = run;
  return { samples, rounds, modelCalls, restarts, errorEstimate, converged };
}

describe('rounds that are distrusted', () => {
  it('start again on a cluster as in one process, however it is made up', async () => {
    const counts = [0, 0, 0];
    for (const { problem, blocks } of await casesAt(0.01, [1, 2, 9], both)) {
      const kept = { ...problem, keepRows: true };
      const alone = await drive(kept);
      counts[alone.restarts] = (counts[alone.restarts] ?? 0) + 1;
      for (const workers of [1, 3]) {
        const given = { problem: kept, workers, blocks, seed: workers, echoes: true };
        const cluster = await runCoreCluster(given);
        expect(told(cluster)).toEqual(told({ ...alone, trajectory: cluster.trajectory }));
        expect(cluster.trajectory).toEqual(alone.trajectory);
        expect(cluster.rowsLost).toBe('');
      }
    }
    // all three happen, or this has shown nothing
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('end within the tolerance', async () => {
    const cases = await casesAt(0.001, [1, 2, 3, 4, 5, 6], both);
    const ran = await Promise.all(cases.map(({ problem }) => drive(problem)));
    expect(ran.filter(({ samples }, k) => isWithin(samples, cases[k] ?? never()))).toEqual(ran);
    expect(ran.filter(({ restarts }) => restarts > 0).length).toBeGreaterThan(15);
  });

  it('send nothing that an earlier attempt could be mistaken for', async () => {
    for (const { problem, blocks } of await casesAt(0.001, [1, 2])) {
      const { assigned, restarts, rounds } = await runCoreCluster({
        ...{ problem, blocks, workers: 2, seed: 4 },
      });
      expect(restarts).toBeGreaterThan(0);
      const first = assigned.filter(({ block }) => block === 0);
      expect(first).toHaveLength(1 + restarts);
      const last = new Map<number, { attempt: number; round: number }>();
      for (const { block, attempt, round } of assigned) {
        const before = last.get(block) ?? { attempt: -1, round: -1 };
        expect(attempt).toBeGreaterThan(before.attempt);
        expect(round).toBeGreaterThan(before.round);
        last.set(block, { attempt, round });
      }
      expect(Math.max(...assigned.map(({ round }) => round))).toBeLessThan(rounds);
    }
  });

  it('count every call on the critical path', async () => {
    const [, found] = await casesAt(0.001, [1]);
    const { problem, blocks } = found ?? never();
    expect([problem.window, blocks]).toEqual([50, 3]);
    const apart = await runCoreCluster({ problem, blocks, workers: 3, seed: 1 });
    expect(apart.restarts).toBeGreaterThan(0);
    expect(apart.sequentialCalls).toBe(apart.rounds);
    // one worker runs its blocks one after the other
    const together = await runCoreCluster({ problem, blocks, workers: 1, seed: 1 });
    expect(together.sequentialCalls).toBeGreaterThan(1.5 * apart.rounds);
  });

  it('survive a worker that dies at any moment', async () => {
    let restarted = 0;
    for (const found of await casesAt(0.01, [3], both)) {
      const { problem, blocks } = found;
      for (let after = 1; after < 60; after += blocks === 1 ? 1 : 3) {
        const first = { after, worker: `w${1 + (after % 2)}` };
        const echoes = after % 2 === 1;
        const deaths = echoes ? [first, { after: after + 4, worker: 'w1' }] : [first];
        const given = { problem: { ...problem, keepRows: true }, blocks, workers: 2, echoes };
        const run = await runCoreCluster({ ...given, seed: after, deaths });
        expect(isWithin(run.samples, found), `after ${after} messages`).toBe(true);
        expect(run.converged).toBe(true);
        if (run.restarts > 0) restarted++;
      }
    }
    expect(restarted).toBeGreaterThan(20);
  });

  it('are not begun when none is left', async () => {
    for (const { problem, blocks } of await casesAt(0.001, [1])) {
      const ends: number[] = [];
      const distrusted: number[] = [];
      await drive(problem, ({ round, frontier }) => {
        if (Math.min(...frontier) < (ends.at(-1) ?? 0)) distrusted.push(round - 1);
        ends.push(Math.min(...frontier));
      });
      const [roundsMax] = distrusted;
      expect(roundsMax).toBeGreaterThan(1);
      const limited = { ...problem, roundsMax: roundsMax ?? 1 };
      const alone = await drive(limited);
      expect(alone).toMatchObject({ rounds: roundsMax, restarts: 0, converged: false });
      // what the rounds came to, not the noise that they would have started from again
      expect(alone.samples).not.toEqual(problem.initial);
      const run = await runCoreCluster({ problem: limited, blocks, workers: 2, seed: 1 });
      expect(run).toMatchObject({ rounds: roundsMax, restarts: 0, converged: false });
    }
  });
});

function never(): never {
  throw new Error('a run without a case');
}

/** A running job whose frontier and restarts are set by hand. */
function running(frontier: number, restarts: number, keepRows = false): State {
  const { problem } = mixtureJob({ solver: 'ddim', steps: 8, method: 'secant' });
  const empty = initialState({ epoch: 1, leaseMs: 1e9, jobsRunningMax: 1 });
  const models = [{ name: 'm', sha256: 's' }];
  const attached = { kind: 'workerAttached', worker: 'w', models, atMs: 1 } as const;
  const plan: JobPlan = {
    ...freezeRule(problem.table, problem, 'secant'),
    ...{ model: 'm', modelSha256: 's' },
    method: 'secant',
    initialization: 'denoised',
    ...{ samples: 1, window: 8, blocks: 1, roundsMax: 8, guess: false, keepRows },
  };
  const submitted = {
    kind: 'jobSubmitted',
    job: 'j',
    model: 'm',
    plan,
    after: undefined,
  } as const;
  const { state } = transition(transition(empty, attached).state, { ...submitted, atMs: 2 });
  const job = state.jobs.get('j') ?? never();
  const changed = { ...job, frontier: Int32Array.of(frontier), restarts };
  return { ...state, jobs: new Map([['j', changed]]) };
}

describe('a frozen row', () => {
  it('thaws where the rounds start again, and for no other reason', () => {
    expect(() => checkProgress(running(5, 0), running(0, 1))).not.toThrow();
    expect(() => checkProgress(running(5, 1), running(4, 1))).toThrow('job j thawed a frozen row');
  });
});

describe('a job that started again', () => {
  const measured = (state: State, phase: 'queued' | 'running', residualMax: number): State => {
    const job = state.jobs.get('j') ?? never();
    const changed = { ...job, phase, tally: { ...job.tally, residualMax } };
    return { ...state, jobs: new Map([['j', changed]]) };
  };

  it('forgets what it had measured, but not where an earlier process left it', () => {
    const after = measured(running(0, 1), 'running', 0.1);
    const again = () => checkProgress(running(0, 0), after);
    expect(again).toThrow('job j starts again with what it lost before');
    const resumed = () => checkProgress(measured(running(0, 0), 'queued', 0), after);
    expect(resumed).not.toThrow();
  });
});

it("a block that no worker holds is nobody's to release", () => {
  const lost = transition(running(0, 0), { kind: 'workerLost', worker: 'w', atMs: 3 });
  expect(lost.state.jobs.get('j')?.blocks.map(({ worker }) => worker)).toEqual(['']);
  const step = beginStep(lost.state, 4);
  dropBlocks(step, editJob(step, 'j'));
  expect(step.commands).toEqual([]);
});

it('rows that a block without a worker had frozen are lost, and nobody is waited for', () => {
  const { state } = transition(running(0, 0, true), { kind: 'workerLost', worker: 'w', atMs: 3 });
  const step = beginStep(state, 4);
  const job = editJob(step, 'j');
  job.frontier = Int32Array.of(8);
  releaseFrozen(step, job);
  expect(job.blocks).toEqual([]);
  expect(job.owing).toEqual([]);
  expect(job.rowsLost).toBe('rows 1 to 8 were lost with their worker');
});

it('a worker that advances is told that rows of the job were lost', () => {
  const step = beginStep(running(0, 0), 3);
  const job = editJob(step, 'j');
  job.roundsLost = 4;
  const [block = never()] = job.blocks;
  sendAdvance(step, job, block);
  const message = expect.objectContaining({ kind: 'advance', roundsLost: 4 }) as unknown;
  expect(step.commands).toContainEqual(expect.objectContaining({ message }));
});
