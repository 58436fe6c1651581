import { setImmediate as turn } from 'node:timers/promises';

import { expect, it } from 'vitest';

import type { ToWorker } from '../../../shared/kernel/block-messages.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import { remeasureLatencyCurve } from '../../../worker/backend/measure.ts';
import { batchedDenoiser } from '../../../worker/core/batcher.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { createSlotQueue, type Slot } from '../../../worker/core/slot-queue.ts';
import { wideCalls } from '../../../worker/core/wide-calls.ts';
import { specOf } from '../../support/job-spec.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

const dim = 1;
const now = () => 0;
const plain = [
  { batch: 1, ms: 4 },
  { batch: 2, ms: 8 },
];

/** Rows and width of every call. */
function recordingSlot(msOf = (_count: number, _wide: boolean): number => 0) {
  const calls: [rows: number, wide: boolean][] = [];
  const slot: Slot = {
    maxBatch: 4,
    states: new Float32Array(4),
    timesteps: new Float32Array(4),
    conditions: new Map(),
    outputs: new Float32Array(4),
    widens: true,
    run: async (count, wide = false) => {
      calls.push([count, wide]);
      const until = performance.now() + msOf(count, wide);
      while (performance.now() < until);
      return { modelMs: 1 };
    },
  };
  return { calls, queue: createSlotQueue(slot, { now }) };
}

function rowsOf(count: number) {
  return {
    count,
    dim,
    states: new Float32Array(count),
    outputs: new Float32Array(count),
    offsets: Int32Array.from({ length: count }, (_, k) => k),
    timesteps: new Float64Array(count),
    samples: new Int32Array(count),
  };
}

const job = { samples: 1, dim, guided: false, guidance: 0, conditions: [], sharedTimestep: false };

it('pay where they were measured to be shorter by a tenth, and never before', () => {
  const calls = wideCalls();
  expect(calls.pays(2)).toBe(false);
  const small = [1, 2, 3].map((batch) => ({ batch, ms: 4 * batch }));
  const large = [32, 64].map((batch) => ({ batch, ms: 4 * batch }));
  const wide = [
    ...small.map(({ batch, ms }) => ({ batch, ms: 0.95 * ms })),
    ...large.map(({ batch, ms }) => ({ batch, ms: 0.5 * ms })),
  ];
  const curve = calls.measured([...small, ...large], wide);
  expect(curve).toEqual([...small, { batch: 32, ms: 64 }, { batch: 64, ms: 128 }]);
  expect([1, 12, 16, 100].map((count) => calls.pays(count))).toEqual([false, false, true, true]);
});

it('pay by what calls of about that size say, not by a single one', () => {
  const calls = wideCalls();
  const curve = [1, 2, 3, 4, 6].map((batch) => ({ batch, ms: 4 * batch }));
  const wide = curve.map(({ batch, ms }) => ({ batch, ms: batch === 1 ? 1.2 * ms : 0.6 * ms }));
  calls.measured(curve, wide);
  expect(calls.pays(1)).toBe(true);
});

it('are made for a job while nothing else runs', async () => {
  const { calls, queue } = recordingSlot();
  queue.wide.measured(plain, [{ batch: 1, ms: 2 }]);
  let alone = true;
  const denoiser = batchedDenoiser(queue, { ...job, alone: () => alone });
  await denoiser.evaluate(rowsOf(2));
  alone = false;
  await denoiser.evaluate(rowsOf(2));
  expect(calls).toEqual([
    [2, true],
    [2, false],
  ]);
});

it('are for the advance that says so, not for what the block does after it', async () => {
  const steps = 12;
  const { problem } = mixtureJob({
    solver: 'ddim',
    steps,
    method: 'secant',
    tolerance: 0,
    seed: 3,
  });
  const told: boolean[] = [];
  const runtime = createBlockRuntime({
    openDenoiser: async (_spec, _stopped, alone) => ({
      evaluate: async (rows) => {
        told.push(alone());
        return problem.denoiser.evaluate(rows);
      },
    }),
    send: () => undefined,
    now: () => performance.now(),
    breathe: () => turn(),
  });
  const fence = (round: number) => ({ job: 'job', block: 0, epoch: 1, attempt: 0, round });
  const frontier = Int32Array.of(0);
  const range = { frontier, errors: noErrors(1), restarts: 0, roundsMax: 1, previews: false };
  const advance = { kind: 'advance', ...range } as const;
  const orders: ToWorker[] = [
    { kind: 'openJob', spec: specOf(problem, 3) },
    { kind: 'assignBlock', fence: fence(1), begin: 0, end: steps },
    { ...advance, fence: fence(1), alone: true },
    { kind: 'sweep', fence: fence(2), frontier, windowEnd: steps, wantsDenoised: true },
    { ...advance, fence: fence(3) },
  ];
  for (const order of orders) runtime.handle(order);
  while (told.length < 3) await turn();
  expect(told).toEqual([true, false, false]);
});

it('are not shared with a job that is not alone', async () => {
  const { calls, queue } = recordingSlot();
  queue.wide.measured(plain, [{ batch: 1, ms: 1 }]);
  const shared = { ...job, sharedMax: 4 };
  const first = batchedDenoiser(queue, { ...shared, alone: () => true });
  const second = batchedDenoiser(queue, { ...shared, alone: () => false });
  await Promise.all([first, second].map((denoiser) => denoiser.evaluate(rowsOf(1))));
  expect(calls).toEqual([[2, false]]);
});

it('are measured beside plain ones where no other worker is', async () => {
  const { calls, queue } = recordingSlot((count, wide) => (wide ? 1 : 10) * count);
  const options = { batchMax: 2, budgetMs: 150 };
  await remeasureLatencyCurve(queue, { ...options, alone: false });
  expect(calls.some(([, wide]) => wide)).toBe(false);
  expect(queue.wide.pays(2)).toBe(false);
  const curve = await remeasureLatencyCurve(queue, { ...options, alone: true });
  expect(queue.wide.pays(2)).toBe(true);
  expect(curve.find(({ batch }) => batch === 2)?.ms).toBeLessThan(18);
});
