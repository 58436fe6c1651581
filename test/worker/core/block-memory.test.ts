/** What blocks of a job hand on to each other on one worker: memory, and noise drawn ahead. */
import { setImmediate as breathe } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { FromBlock, ToWorker } from '../../../shared/kernel/block-messages.ts';
import type { Denoiser } from '../../../shared/numerics/denoiser.ts';
import { createSolver } from '../../../shared/numerics/solver/create-solver.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { specOf } from '../../support/job-spec.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

const seed = 3;
const { problem } = mixtureJob({ solver: 'ddpm', steps: 12, method: 'secant', seed });
const frontier = Int32Array.of(0);

function orders(block: number): readonly [assign: ToWorker, sweep: ToWorker, release: ToWorker] {
  const fence = { job: 'job', block, epoch: 1, attempt: 0, round: 1 };
  return [
    { kind: 'assignBlock', fence, begin: 0, end: 12 },
    { kind: 'sweep', fence, frontier, windowEnd: 12, wantsDenoised: false },
    { kind: 'releaseBlock', fence, collect: false },
  ];
}

/** A worker whose first call of the model waits for `open`. */
function gatedWorker() {
  const gate = Promise.withResolvers<void>();
  const seen: Float32Array[] = [];
  const denoiser: Denoiser = {
    evaluate: async (rows) => {
      seen.push(rows.states);
      if (seen.length === 1) await gate.promise;
      return problem.denoiser.evaluate(rows);
    },
  };
  const sent: FromBlock[] = [];
  const runtime = createBlockRuntime({
    openDenoiser: async () => denoiser,
    send: (message) => sent.push(message),
    now: () => 0,
    breathe: () => breathe(),
  });
  runtime.handle({ kind: 'openJob', spec: specOf(problem, seed) });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 60; turn++) await breathe();
  };
  return { runtime, seen, sent, settle, open: () => gate.resolve() };
}

describe('the memory of a block that ends', () => {
  it('is that of the next one', async () => {
    const { runtime, seen, settle, open } = gatedWorker();
    open();
    const [assign, sweep, release] = orders(0);
    // states lie in two arrays, which trade places
    for (const message of [assign, sweep, sweep, release, ...orders(1).slice(0, 2)]) {
      runtime.handle(message);
      await settle();
    }
    expect(seen).toHaveLength(3);
    expect(seen.slice(0, 2).map(({ buffer }) => buffer)).toContain(seen[2]?.buffer);
  });

  it('is nobody else’s while its sweep still runs', async () => {
    const { runtime, seen, sent, settle, open } = gatedWorker();
    const [assign, sweep, release] = orders(0);
    for (const message of [assign, sweep]) runtime.handle(message);
    await settle();
    runtime.handle(release);
    for (const message of orders(1).slice(0, 2)) runtime.handle(message);
    await settle();
    expect(seen).toHaveLength(2);
    expect(seen[1]?.buffer).not.toBe(seen[0]?.buffer);
    open();
    await settle();
    expect(sent.map(({ kind }) => kind)).toEqual(['swept']);
  });
});

it('noise of the rows that come next is drawn while the model works', async () => {
  const asked: (readonly [number, number])[] = [];
  const ahead = {
    source: problem.noise,
    draw: (from: number, to: number) => {
      asked.push([from, to]);
      return false;
    },
    forget: () => undefined,
  };
  const denoiser: Denoiser = {
    evaluate: (rows) => {
      rows.meanwhile?.();
      return problem.denoiser.evaluate(rows);
    },
  };
  const block = { ...problem, denoiser, ahead, begin: 0, end: 4 };
  const expected = [8, 12] as const;
  const left = { row: 0, state: problem.initial };
  const solver = createSolver({ ...block, nextRows: () => expected }, left);
  await solver.sweep({ frontier, windowEnd: 4 });
  expect(asked).toContainEqual(expected);
});
