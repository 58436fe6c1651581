import { setImmediate as breathe } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { FromBlock, ToBlock, ToWorker } from '../../../shared/kernel/block-messages.ts';
import { residualOf } from '../../../shared/kernel/residual-code.ts';
import type { Denoiser } from '../../../shared/numerics/denoiser.ts';
import { drive } from '../../../shared/numerics/drive.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import { methodNames } from '../../../shared/numerics/solver/method.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import type { RuntimeOptions } from '../../../worker/core/block-runtime.ts';
import { mixtureJob } from '../../support/mixture-job.ts';
import { specOf } from '../../support/job-spec.ts';
import { coordinate } from './tiny-coordinator.ts';

const seed = 3;
const now = () => performance.now();

describe.each(methodNames)('%s over messages', (method) => {
  describe.each(['ddim', 'ddpm'] as const)('on %s', (solver) => {
    it.each([
      { window: 24, blocks: 1, advance: false },
      { window: 24, blocks: 1, advance: true },
      { window: 24, blocks: 3, advance: false },
      { window: 24, blocks: 3, advance: true },
      { window: 9, blocks: 3, advance: true },
      { window: 1, blocks: 1, advance: true },
    ])('gives the bits of drive.ts with $blocks blocks, window $window', async (given) => {
      const { advance, ...shape } = given;
      for (const tolerance of [0, 0.01]) {
        const job = mixtureJob({
          solver,
          steps: 24,
          method,
          tolerance,
          samples: 2,
          seed,
          ...shape,
        });
        const wanted = await drive(job.problem);
        const { advances, progress: _, ...told } = await coordinate(job.problem, seed, advance);
        const { converged, ...expected } = wanted;
        expect({ converged, told }).toEqual({ converged: true, told: expected });
        if (advance && shape.blocks === 1) expect(advances).toBeGreaterThan(0);
      }
    });
  });
});

const small = mixtureJob({ solver: 'ddim', steps: 12, method: 'secant', tolerance: 0, seed });
const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 1 };
const frontier = Int32Array.of(0);
const assign: ToWorker = { kind: 'assignBlock', fence, begin: 0, end: 12 };
const sweep: ToWorker = { kind: 'sweep', fence, frontier, windowEnd: 12, wantsDenoised: true };
const advance: Extract<ToBlock, { kind: 'advance' }> = {
  kind: 'advance',
  fence,
  frontier,
  errors: noErrors(1),
  restarts: 0,
  roundsMax: 100,
  previews: false,
};

function runtimeWith(changes: Partial<RuntimeOptions> = {}) {
  const sent: FromBlock[] = [];
  const runtime = createBlockRuntime({
    openDenoiser: async () => small.problem.denoiser,
    send: (message) => sent.push(message),
    now,
    breathe: () => breathe(),
    ...changes,
  });
  runtime.handle({ kind: 'openJob', spec: specOf(small.problem, seed) });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 60; turn++) await breathe();
  };
  return { runtime, sent, settle };
}

function messageRow(message: FromBlock): number | undefined {
  return message.kind === 'swept' ? message.row : undefined;
}

/** A model that answers when told to. */
function gatedDenoiser() {
  const gate = Promise.withResolvers<void>();
  const denoiser: Denoiser = {
    evaluate: async (rows) => {
      await gate.promise;
      return small.problem.denoiser.evaluate(rows);
    },
  };
  return { denoiser, open: () => gate.resolve() };
}

describe('the messages of a block', () => {
  it('are processed in order', async () => {
    const { runtime, sent, settle } = runtimeWith();
    const next: ToWorker = { ...advance, fence: { ...fence, round: 2 } };
    for (const message of [assign, sweep, next]) runtime.handle(message);
    await settle();
    expect(sent.map(({ kind }) => kind)).toEqual(['swept', 'advanced']);
  });

  it('carry x0-hat only where it is asked for, and never at row N', async () => {
    const { runtime, sent, settle } = runtimeWith();
    runtime.handle(assign);
    for (const [wantsDenoised, windowEnd] of [
      [false, 1],
      [true, 1],
      [true, 12],
    ] as const) {
      runtime.handle({ ...sweep, windowEnd, wantsDenoised });
    }
    await settle();
    expect(sent.map((message) => [messageRow(message), 'denoised' in message])).toEqual([
      [1, false],
      [1, true],
      [12, false],
    ]);
  });

  it('bring the left boundary of the round before with the sweep', async () => {
    const inputs: Float32Array[] = [];
    const watched: Denoiser = {
      evaluate: async (rows) => {
        const first = rows.offsets[0] ?? 0;
        inputs.push(rows.states.slice(first, first + rows.dim));
        return small.problem.denoiser.evaluate(rows);
      },
    };
    const { runtime, sent, settle } = runtimeWith({ openDenoiser: async () => watched });
    const left = small.problem.initial;
    const inside: ToWorker = { kind: 'assignBlock', fence, begin: 4, end: 8, left };
    const moved = left.map((value) => value + 1);
    const outside = { frontier, windowEnd: 12, wantsDenoised: false } as const;
    runtime.handle(inside);
    runtime.handle({ kind: 'sweep', fence, ...outside });
    runtime.handle({ kind: 'sweep', fence, ...outside, left: moved });
    runtime.handle({ kind: 'sweep', fence, ...outside, left: moved.subarray(1) });
    await settle();
    const [first, second, third] = sent;
    if (first?.kind !== 'swept' || second?.kind !== 'swept') throw new Error('no sweeps');
    expect(inputs).toEqual([left, moved]);
    // only a step whose input moved says how far from linear it is
    expect(first.rows?.departure[0]).toBe(-1);
    expect(second.rows?.departure[0]).toBeGreaterThanOrEqual(0);
    expect(third).toMatchObject({ kind: 'blockFailed', code: 'SHAPE_MISMATCH' });
  });

  it('are ignored for another attempt or epoch', async () => {
    const { runtime, sent, settle } = runtimeWith();
    runtime.handle(assign);
    runtime.handle({ ...sweep, fence: { ...fence, attempt: 1 } });
    runtime.handle({ ...sweep, fence: { ...fence, epoch: 2 } });
    runtime.handle({ kind: 'releaseBlock', fence: { ...fence, epoch: 0 }, collect: false });
    await settle();
    expect(sent).toEqual([]);
    expect(runtime.held).toBe(1);
    runtime.handle({ ...assign, fence: { ...fence, attempt: 1 } });
    runtime.handle({ ...sweep, fence: { ...fence, attempt: 1 } });
    await settle();
    expect(sent.map((message) => message.fence.attempt)).toEqual([1]);
    expect(runtime.held).toBe(1);
  });
});

it('hands the live rows of a block over once it has swept, and forgets it', async () => {
  const { runtime, sent, settle } = runtimeWith();
  for (const message of [assign, sweep]) runtime.handle(message);
  runtime.handle({ kind: 'releaseBlock', fence, collect: false, handOver: true });
  await settle();
  const [swept, rows] = sent;
  expect(swept?.kind).toBe('swept');
  if (rows?.kind !== 'rows' || swept?.kind !== 'swept') throw new Error('no rows');
  expect(rows.first).toBe(0);
  expect(rows.states.length).toBe((swept.row + 1) * small.problem.initial.length);
  expect(runtime.held).toBe(0);
});

describe('after a release', () => {
  it.each<[string, ToWorker]>([
    ['releaseBlock', { kind: 'releaseBlock', fence, collect: false }],
    ['closeJob', { kind: 'closeJob', job: 'job' }],
    ['a newer attempt', { ...assign, fence: { ...fence, attempt: 1 } }],
  ])('by %s nothing of the block is sent, though it still runs', async (_name, release) => {
    const { denoiser, open } = gatedDenoiser();
    const { runtime, sent, settle } = runtimeWith({ openDenoiser: async () => denoiser });
    for (const message of [assign, sweep, advance]) runtime.handle(message);
    await settle();
    runtime.handle(release);
    open();
    await settle();
    expect(sent).toEqual([]);
  });

  it('the model is told, and the worker is idle', async () => {
    let idle = 0;
    let stopped: (() => boolean) | undefined;
    const { runtime, settle } = runtimeWith({
      openDenoiser: async (_spec, isStopped) => {
        stopped = isStopped;
        return small.problem.denoiser;
      },
      onIdle: () => (idle += 1),
    });
    runtime.handle(assign);
    await settle();
    expect([runtime.held, idle, stopped?.()]).toEqual([1, 0, false]);
    runtime.reset();
    expect([runtime.held, idle, stopped?.()]).toEqual([0, 1, true]);
  });

  it('an advance ends between two rounds, within some milliseconds', async () => {
    let rounds = 0;
    let clock = 0;
    const { runtime, sent, settle } = runtimeWith({
      now: () => (clock += 2),
      breathe: async () => {
        rounds += 1;
        if (rounds === 3) runtime.handle({ kind: 'releaseBlock', fence, collect: false });
        await breathe();
      },
    });
    runtime.handle(assign);
    runtime.handle(advance);
    await settle();
    expect(rounds).toBe(3);
    expect(sent).toEqual([]);
  });
});

describe('an advance', () => {
  it('reports every round once, every 100 ms at most, previews every 250 ms', async () => {
    let clock = 0;
    const { runtime, sent, settle } = runtimeWith({ now: () => (clock += 15) });
    runtime.handle(assign);
    runtime.handle({ ...advance, previews: true });
    await settle();
    const last = sent.at(-1);
    if (last?.kind !== 'advanced') throw new Error(`the last message is ${last?.kind}`);
    const reports = sent
      .flatMap((m) => (m.kind === 'progress' ? [m.progress] : []))
      .concat(last.progress);
    const rounds = reports.flatMap((report) => report.rounds);
    expect(rounds.map(({ round }) => round)).toEqual(rounds.map((_, k) => k + 1));
    expect(last.rounds).toBe(rounds.length);
    expect(reports.length).toBeGreaterThan(2);
    expect(reports.length).toBeLessThan(rounds.length);
    expect(reports[0]?.preview).toHaveLength(64);
    expect(reports[1]?.preview).toBeUndefined();
    expect(rounds.at(-1)?.frontier).toBe(12);
    expect(last.progress.frontier).toEqual(Int32Array.of(12));
    expect(Object.keys(last.edge)).toEqual(['row', 'state']);
    expect(last.edge.row).toBe(12);
    const calls = reports.reduce((sum, { cost }) => sum + cost.modelCalls, 0);
    expect(calls).toBe((await drive(small.problem)).modelCalls);
    for (const { codes, firstStep } of rounds.slice(1)) {
      expect(firstStep + codes.length).toBe(12);
      expect(residualOf(codes[0] ?? 0)).toBeGreaterThanOrEqual(0);
    }
  });

  it('stops after the rounds it was given', async () => {
    const { runtime, sent, settle } = runtimeWith();
    runtime.handle(assign);
    runtime.handle({ ...advance, roundsMax: 2 });
    await settle();
    expect(sent).toMatchObject([{ kind: 'advanced', rounds: 2 }]);
  });

  it('stops where the window needs the next block', async () => {
    const { problem } = mixtureJob({ solver: 'ddim', steps: 12, method: 'secant', window: 3 });
    const { runtime, sent, settle } = runtimeWith();
    runtime.handle({ kind: 'openJob', spec: specOf(problem, seed) });
    runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: 6 });
    runtime.handle(advance);
    await settle();
    const [only] = sent;
    if (only?.kind !== 'advanced') throw new Error(`the answer is ${only?.kind}`);
    expect(Math.min(...only.progress.frontier)).toBeGreaterThan(3);
    // The edge is where the last round ended; the caller rolls it out to the block it adds.
    expect(only.edge.row).toBeLessThanOrEqual(6);
    expect(only.edge.denoised).toHaveLength(64);
  });
});

describe('a failure', () => {
  const nan: Denoiser = {
    evaluate: async (rows) => {
      rows.outputs.fill(NaN);
      return { forwardPasses: 1, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };
    },
  };
  const refusing = async (): Promise<Denoiser> => {
    throw new SamplerError('OVERLOADED', 'no memory');
  };

  it.each<[string, Partial<RuntimeOptions>, ToWorker, object]>([
    [
      'of the model',
      { openDenoiser: async () => nan },
      { ...sweep, fence: { ...fence, round: 7 } },
      {
        code: 'NON_FINITE',
        step: 0,
        sample: 0,
        retriable: false,
        message: /step 0 in element 0 of.*round 7$/,
      },
    ],
    [
      'of the model in an advance',
      { openDenoiser: async () => nan },
      advance,
      { code: 'NON_FINITE', step: 0, message: /round 1$/ },
    ],
    [
      'to open the model',
      { openDenoiser: refusing },
      sweep,
      { code: 'OVERLOADED', retriable: true, message: /^no memory$/ },
    ],
    [
      'of lengths',
      {},
      { kind: 'sweep', fence, frontier: new Int32Array(2), windowEnd: 1, wantsDenoised: true },
      { code: 'SHAPE_MISMATCH', message: /found 2 values, expected 1/ },
    ],
    [
      'of our own',
      {
        now: () => {
          throw new Error('no clock');
        },
      },
      sweep,
      { code: 'INTERNAL', message: /^no clock, in round 1$/ },
    ],
  ])('%s is answered and ends the block', async (_name, options, message, wanted) => {
    const { runtime, sent, settle } = runtimeWith(options);
    runtime.handle(assign);
    runtime.handle(message);
    runtime.handle(sweep);
    await settle();
    expect(sent).toHaveLength(1);
    const { message: text, ...rest } = wanted as { message: RegExp };
    expect(sent[0]).toMatchObject({ kind: 'blockFailed', ...rest });
    expect(sent[0]?.kind === 'blockFailed' && sent[0].message).toMatch(text);
    expect(runtime.held).toBe(0);
  });

  it.each<[string, object, string]>([
    ['an unknown method', { method: 'magic' }, 'VERSION_SKEW'],
    ['an unknown prediction', { prediction: 'score' }, 'VERSION_SKEW'],
    ['no samples', { samples: 0 }, 'INVALID_REQUEST'],
    ['a weight for one step only', { guidanceWeights: Float64Array.of(2) }, 'INVALID_REQUEST'],
    ['a grid that ends early', { signals: Float64Array.of(0.5) }, 'INVALID_REQUEST'],
  ])('of a job with %s is answered to its blocks', async (_name, changes, code) => {
    const { runtime, sent, settle } = runtimeWith();
    runtime.handle({ kind: 'openJob', spec: specOf(small.problem, seed, changes) });
    runtime.handle(assign);
    await settle();
    expect(sent).toMatchObject([{ kind: 'blockFailed', code, fence }]);
  });

  it('of a block whose job was never opened is answered at once', () => {
    const { runtime, sent } = runtimeWith();
    runtime.handle({
      ...assign,
      kind: 'assignBlock',
      fence: { ...fence, job: 'x' },
      begin: 0,
      end: 1,
    });
    expect(sent).toMatchObject([{ kind: 'blockFailed', code: 'UNKNOWN_JOB' }]);
  });
});
