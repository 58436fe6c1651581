import { setImmediate as breathe } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { FromBlock, ToBlock } from '../../../shared/kernel/block-messages.ts';
import { drive } from '../../../shared/numerics/drive.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { mixtureJob } from '../../support/mixture-job.ts';
import { specOf } from '../../support/job-spec.ts';

const seed = 3;
const options = { solver: 'ddpm', steps: 12, method: 'secant', samples: 2, seed } as const;
const { problem } = mixtureJob({ ...options, tolerance: 0 });
const size = problem.initial.length;
const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 0 };
const advance: ToBlock = {
  kind: 'advance',
  fence,
  frontier: Int32Array.of(0, 0),
  roundsMax: 12,
  previews: false,
  errors: noErrors(2),
  restarts: 0,
};

function runtimeOf(changes: Parameters<typeof specOf>[2], own = problem) {
  const sent: FromBlock[] = [];
  const runtime = createBlockRuntime({
    openDenoiser: async () => own.denoiser,
    send: (message) => void sent.push(message),
    now: () => performance.now(),
    breathe: () => breathe(),
  });
  runtime.handle({ kind: 'openJob', spec: specOf(own, seed, changes) });
  const last = async () => {
    for (let turn = 0; turn < 1000 && !sent.at(-1); turn++) await breathe();
    return sent.at(-1);
  };
  return { runtime, sent, last };
}

async function trajectory(): Promise<Float32Array> {
  const { trajectory: states } = await drive({ ...problem, keepRows: true });
  return states ?? new Float32Array();
}

describe('a block whose rows are collected', () => {
  it('hands them over after what it still has to do, and is forgotten', async () => {
    const { runtime, sent, last } = runtimeOf({ keepRows: true });
    runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: 12 });
    runtime.handle(advance);
    runtime.handle({ kind: 'releaseBlock', fence, collect: true });
    await last();
    while (runtime.held > 0) await breathe();
    expect(sent.map(({ kind }) => kind)).toEqual(['advanced', 'rows']);
    const rows = sent.at(-1);
    const states = rows?.kind === 'rows' ? rows.states : undefined;
    expect(states).toEqual((await trajectory()).subarray(size));
  });

  it('has none where the job keeps none', async () => {
    const { runtime, last } = runtimeOf({});
    runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: 12 });
    runtime.handle({ kind: 'releaseBlock', fence, collect: true });
    expect(await last()).toMatchObject({ kind: 'blockFailed', code: 'VERSION_SKEW' });
    expect(runtime.held).toBe(0);
  });

  it('is released at once where nobody collects', () => {
    const { runtime, sent } = runtimeOf({ keepRows: true });
    runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: 12 });
    runtime.handle({ kind: 'releaseBlock', fence, collect: false });
    expect(runtime.held).toBe(0);
    expect(sent).toEqual([]);
  });
});

describe('a block that gets given rows', () => {
  it('has no residual where they are the trajectory of the job', async () => {
    const { runtime, last } = runtimeOf({ givenSeed: seed });
    const given = (await trajectory()).subarray(4 * size, 10 * size);
    const left = given.slice(0, size);
    runtime.handle({ kind: 'assignBlock', fence, begin: 4, end: 9, left, given });
    const frontier = Int32Array.of(0, 0);
    runtime.handle({ kind: 'sweep', fence, frontier, windowEnd: 12, wantsDenoised: false });
    const reply = await last();
    const rows = reply?.kind === 'swept' ? reply.rows : undefined;
    expect(rows?.firstStep).toBe(4);
    expect(rows?.residual).toEqual(new Float32Array(10));
  });

  it('refuses rows that are not its own', async () => {
    const { runtime, last } = runtimeOf({ givenSeed: seed });
    const given = new Float32Array(5 * size);
    runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: 5, given });
    expect(await last()).toMatchObject({ kind: 'blockFailed', code: 'SHAPE_MISMATCH' });
  });

  it('refuses any where its method takes none', async () => {
    const own = mixtureJob({ ...options, method: 'parareal' }).problem;
    const { runtime, last } = runtimeOf({ givenSeed: seed }, own);
    const given = new Float32Array(13 * size);
    runtime.handle({ kind: 'assignBlock', fence, begin: 0, end: 12, given });
    expect(await last()).toMatchObject({ kind: 'blockFailed', code: 'VERSION_SKEW' });
  });
});
