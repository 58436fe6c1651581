/** Rounds that a worker runs by itself, and what they say of the error. */
import { setImmediate as breathe } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { FromBlock, ToBlock } from '../../../shared/kernel/block-messages.ts';
import { drive, type DriveProblem } from '../../../shared/numerics/drive.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { borderJob, mixtureJob } from '../../support/mixture-job.ts';
import { specOf } from '../../support/job-spec.ts';
import { coordinate } from './tiny-coordinator.ts';

type Advance = Extract<ToBlock, { kind: 'advance' }>;

/** The first job from a seed on whose rounds start again. */
async function distrustedJob(blocks: number, from = 1) {
  for (let seed = from; seed < from + 20; seed++) {
    const window = blocks === 1 ? 8 : 12;
    const given = { solver: 'ddim', steps: 50, method: 'secant', window, blocks, seed } as const;
    const { problem } = await borderJob(given, 0.001);
    const alone = await drive(problem);
    if (alone.restarts > 0) return { problem, seed, alone };
  }
  throw new Error('every job was trusted');
}

/** One block that holds all rows, told to advance; answers in order. */
function block(problem: DriveProblem, seed: number) {
  const sent: FromBlock[] = [];
  const runtime = createBlockRuntime({
    openDenoiser: async () => problem.denoiser,
    send: (message) => sent.push(message),
    now: () => performance.now(),
    breathe: () => breathe(),
  });
  runtime.handle({ kind: 'openJob', spec: specOf(problem, seed) });
  const { steps } = problem.table;
  const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 1 };
  runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: steps });
  const told = { errors: noErrors(1), restarts: 0, roundsMax: 1000, previews: false };
  const first: Advance = { kind: 'advance', fence, frontier: Int32Array.of(0), ...told };
  return async (changes: Partial<Advance> = {}) => {
    sent.length = 0;
    runtime.handle({ ...first, ...changes });
    while (!sent.some(({ kind }) => kind !== 'progress')) await breathe();
    const answer = sent.at(-1);
    if (answer?.kind !== 'advanced') throw new Error(`the last answer is ${answer?.kind}`);
    return answer;
  };
}

describe('an advance that is distrusted', () => {
  it('ends at once, says so, and says why', async () => {
    const { problem, seed, alone } = await distrustedJob(1);
    const advance = block(problem, seed);
    const { distrusted, errorEstimate, errors, progress, rounds } = await advance();
    expect(distrusted).toBe(true);
    expect(errorEstimate).toBeGreaterThan(2 * problem.tolerance);
    expect(errorEstimate).toBe(2.5 * Math.max(...errors.bound));
    expect(Math.min(...progress.frontier)).toBeLessThan(50);
    expect(rounds).toBeLessThan(alone.rounds);
    expect(progress.rounds.at(-1)?.round).toBe(rounds);
  });

  it('goes on where the rounds have started again often enough', async () => {
    const { problem, seed } = await distrustedJob(1);
    const { distrusted, progress } = await block(problem, seed)({ restarts: 2 });
    expect(distrusted).toBe(false);
    expect(Math.min(...progress.frontier)).toBe(50);
  });

  it('is stricter where rows of the job were lost', async () => {
    const { problem, seed } = await distrustedJob(1);
    const plain = await block(problem, seed)({ restarts: 2 });
    const after = await block(problem, seed)({ restarts: 2, roundsLost: 4 });
    expect(after.rounds).toBeGreaterThanOrEqual(plain.rounds);
    expect(after.errorEstimate).toBeLessThan(plain.errorEstimate);
  });

  it.each([
    [1, 1],
    // of three blocks the last one ends alone
    [3, 8],
  ])('starts again over messages as in one process: %d blocks', async (blocks, from) => {
    const { problem, seed, alone } = await distrustedJob(blocks, from);
    for (const advance of [true, false]) {
      const { advances, progress: _, ...told } = await coordinate(problem, seed, advance);
      const { converged, ...expected } = alone;
      expect({ converged, told }).toEqual({ converged: true, told: expected });
      expect(advances > 0).toBe(advance);
    }
  });
});

describe('an advance in pieces', () => {
  it('takes the errors of the one before along, and comes to the same', async () => {
    const given = { solver: 'ddim', steps: 50, method: 'secant', window: 8, seed: 3 } as const;
    const { problem } = mixtureJob(given);
    const alone = await drive(problem);
    const advance = block(problem, 3);
    let at: Partial<Advance> = {};
    let rounds = 0;
    for (;;) {
      const answer = await advance({ ...at, roundsMax: 3 });
      rounds += answer.rounds;
      at = { frontier: answer.progress.frontier, errors: answer.errors };
      if (Math.min(...answer.progress.frontier) < 50) continue;
      expect(answer.errorEstimate).toBe(alone.errorEstimate);
      expect(answer.edge.state).toEqual(alone.samples);
      expect(rounds).toBe(alone.rounds);
      return;
    }
  });
});

describe('an advance that is to bring rows to go on from', () => {
  const given = { steps: 40, method: 'secant', window: 12, samples: 3, tolerance: 0 } as const;

  it.each(['ddim', 'ddpm'] as const)('brings final ones of %s, for all samples', async (solver) => {
    const job = mixtureJob({ ...given, solver, seed: 5 });
    const reference = await job.reference();
    const rows = await rowsBrought(job.problem, 1);
    expect(rows.length).toBeGreaterThan(3);
    for (const { row, state } of rows) expect(state).toEqual(reference[row - 1]);
    const numbers = rows.map(({ row }) => row);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('brings none unless it is asked', async () => {
    const { problem } = mixtureJob({ ...given, solver: 'ddim', seed: 5 });
    expect(await rowsBrought(problem, 0)).toEqual([]);
  });
});

/** A clock that jumps, so that every round ends with a report. */
async function rowsBrought(problem: DriveProblem, checkpointMs: number) {
  const sent: FromBlock[] = [];
  let nowMs = 0;
  const runtime = createBlockRuntime({
    openDenoiser: async () => problem.denoiser,
    send: (message) => sent.push(message),
    now: () => (nowMs += 1000),
    breathe: () => breathe(),
  });
  runtime.handle({ kind: 'openJob', spec: specOf(problem, 5) });
  const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 1 };
  const { steps } = problem.table;
  runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: steps });
  const { samples } = problem;
  const told = { errors: noErrors(samples), restarts: 0, roundsMax: 1000, previews: false };
  const frontier = new Int32Array(samples);
  runtime.handle({ kind: 'advance', fence, frontier, ...told, checkpointMs });
  while (sent.at(-1)?.kind !== 'advanced') await breathe();
  return sent.flatMap((message) =>
    message.kind === 'progress' ? (message.progress.frozenRow ?? []) : [],
  );
}
