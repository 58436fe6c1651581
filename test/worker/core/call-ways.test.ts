import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { ToWorker } from '../../../shared/kernel/block-messages.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import { remeasureLatencyCurve } from '../../../worker/backend/measure.ts';
import { batchedDenoiser } from '../../../worker/core/batcher.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { callWays, type CallWay } from '../../../worker/core/call-ways.ts';
import { createSlotQueue, type Slot } from '../../../worker/core/slot-queue.ts';
import { specOf } from '../../support/job-spec.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

const dim = 1;
const now = () => 0;
const plain = [
  { batch: 1, ms: 4 },
  { batch: 2, ms: 8 },
];

/** Rows and way of every call. */
function recordingSlot(msOf = (_count: number, _way: CallWay): number => 0) {
  const calls: [rows: number, way: CallWay][] = [];
  const slot: Slot = {
    maxBatch: 4,
    states: new Float32Array(4),
    timesteps: new Float32Array(4),
    conditions: new Map(),
    outputs: new Float32Array(4),
    ways: ['wide', 'split'],
    run: async (count, way = 'plain') => {
      calls.push([count, way]);
      const until = performance.now() + msOf(count, way);
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

const timesOf = (batches: readonly number[], perRow: (batch: number) => number) =>
  batches.map((batch) => ({ batch, ms: batch * perRow(batch) }));

it('pay where they were measured to be shorter by a tenth, and never before', () => {
  const calls = callWays();
  expect(calls.shortest(2)).toBe('plain');
  const sizes = [1, 2, 3, 32, 64];
  const wide = timesOf(sizes, (batch) => (batch < 4 ? 3.8 : 2));
  const curve = calls.measured(
    timesOf(sizes, () => 4),
    new Map([['wide', wide]]),
  );
  expect(curve).toEqual(timesOf(sizes, (batch) => (batch < 4 ? 4 : 2)));
  const found = [1, 12, 16, 100].map((count) => calls.shortest(count));
  expect(found).toEqual(['plain', 'plain', 'wide', 'wide']);
});

it('pay by what calls of about that size say, not by a single one', () => {
  const calls = callWays();
  const sizes = [1, 2, 3, 4, 6];
  const wide = timesOf(sizes, (batch) => (batch === 1 ? 4.8 : 2.4));
  calls.measured(
    timesOf(sizes, () => 4),
    new Map([['wide', wide]]),
  );
  expect(calls.shortest(1)).toBe('wide');
});

it('are made the shortest way; one row cannot be split', () => {
  const calls = callWays();
  const sizes = [1, 2, 3, 4, 6, 8, 12, 16];
  const others = new Map<CallWay, ReturnType<typeof timesOf>>([
    ['wide', timesOf(sizes, (batch) => (batch < 12 ? 2.6 : 3.4))],
    ['split', timesOf(sizes, (batch) => (batch === 1 ? 2 : 2.2))],
  ]);
  const curve = calls.measured(
    timesOf(sizes, () => 4),
    others,
  );
  expect(curve[0]).toEqual({ batch: 1, ms: 2.6 });
  expect(curve.slice(1)).toEqual(timesOf(sizes.slice(1), () => 2.2));
  expect([1, 2, 100].map((count) => calls.shortest(count))).toEqual(['wide', 'split', 'split']);
});

type Shares = Record<CallWay, number>;

describe('what calls take in use', () => {
  const sizes = [1, 2, 3, 4];
  /** Measured at these shares of a plain call's 4 ms. */
  const waysOf = (wide: number, split = 1.5) => {
    const calls = callWays();
    const curve = (share: number) => timesOf(sizes, () => 4 * share);
    const others = { wide: curve(wide), split: curve(split) };
    calls.measured(curve(1), new Map(Object.entries(others) as [CallWay, typeof others.wide][]));
    return calls;
  };
  /** Makes calls of two rows; returns their ways, and what they took of plain ones. */
  const use = (calls: ReturnType<typeof callWays>, times: number, shares: Partial<Shares>) => {
    let sum = 0;
    let last: readonly CallWay[] = [];
    const made = Array.from({ length: times }, () => {
      const way = calls.next(2);
      // threads wake
      const wakes = way === 'wide' && last.some((before) => before !== way);
      const share = { plain: 1, wide: 1, split: 1.5, ...shares }[way] * (wakes ? 3 : 1);
      last = [way, ...last.slice(0, 1)];
      calls.took(way, 2, 8 * share);
      sum += share;
      return way;
    });
    return { made, mean: sum / times };
  };

  it('finds the way that was slow when it was measured', () => {
    const calls = waysOf(1.1);
    expect(use(calls, 60, { wide: 0.6 }).made.slice(0, 24)).toEqual(
      Array.from({ length: 24 }, () => 'plain'),
    );
    use(calls, 200, { wide: 0.6 });
    expect(calls.shortest(2)).toBe('wide');
    // one row is as much shorter; nobody has tried four rows, which cost what two say
    expect([1, 4].map((count) => calls.shortest(count))).toEqual(['wide', 'wide']);
  });

  it('tries early what a busy moment made look twice as slow', () => {
    const calls = waysOf(2, 9);
    use(calls, 60, { wide: 0.6, split: 9 });
    expect(calls.shortest(2)).toBe('wide');
  });

  it('leaves a way that has become slow, not for a call or two, and soon comes back', () => {
    const calls = waysOf(0.6);
    expect(use(calls, 10, { wide: 0.6 }).made).toContain('wide');
    use(calls, 2, { wide: 9 });
    expect(calls.shortest(2)).toBe('wide');
    // one more is a trial
    expect(use(calls, 20, { wide: 2 }).made.slice(0, 10).lastIndexOf('wide')).toBeLessThan(5);
    expect(calls.shortest(2)).toBe('plain');
    use(calls, 100, { wide: 0.6 });
    expect(calls.shortest(2)).toBe('wide');
  });

  it('is what calls of a job that is alone say', async () => {
    const { calls, queue } = recordingSlot();
    const msOf: Shares = { plain: 4, wide: 9, split: 9 };
    const run = async (count: number, way: CallWay = 'plain') => {
      calls.push([count, way]);
      return { modelMs: count * msOf[way] };
    };
    const taught = createSlotQueue({ ...queue.slot, run }, { now });
    taught.ways.measured(plain, new Map([['wide', [{ batch: 1, ms: 1 }]]]));
    const denoiser = batchedDenoiser(taught, { ...job, alone: () => true });
    for (let call = 0; call < 30; call++) await denoiser.evaluate(rowsOf(1));
    const made = calls.map(([, way]) => way);
    expect(made.slice(0, 6)).toEqual([...Array<CallWay>(5).fill('wide'), 'plain']);
    expect(made.slice(6)).toContain('wide');
  });

  it('costs little to know, whatever it turns out to be', () => {
    expect(use(waysOf(1.5), 5_000, { wide: 4 }).mean).toBeLessThan(1.02);
    expect(use(waysOf(0.5), 5_000, { wide: 0.5 }).mean).toBeLessThan(0.52);
    // as long as that costs nothing, it is tried again and again
    expect(new Set(use(waysOf(1), 200, {}).made)).toContain('wide');
  });
});

it('are made for a job while nothing else runs', async () => {
  const { calls, queue } = recordingSlot();
  queue.ways.measured(plain, new Map([['wide', [{ batch: 1, ms: 2 }]]]));
  let alone = true;
  const denoiser = batchedDenoiser(queue, { ...job, alone: () => alone });
  await denoiser.evaluate(rowsOf(2));
  alone = false;
  await denoiser.evaluate(rowsOf(2));
  expect(calls).toEqual([
    [2, 'wide'],
    [2, 'plain'],
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
  queue.ways.measured(plain, new Map([['wide', [{ batch: 1, ms: 1 }]]]));
  const shared = { ...job, sharedMax: 4 };
  const first = batchedDenoiser(queue, { ...shared, alone: () => true });
  const second = batchedDenoiser(queue, { ...shared, alone: () => false });
  await Promise.all([first, second].map((denoiser) => denoiser.evaluate(rowsOf(1))));
  expect(calls).toEqual([[2, 'plain']]);
});

it('are measured beside plain ones where no other worker is', async () => {
  const perRow = { plain: 10, wide: 2, split: 1 };
  const { calls, queue } = recordingSlot((count, way) => perRow[way] * count);
  const options = { batchMax: 2, budgetMs: 150 };
  await remeasureLatencyCurve(queue, { ...options, alone: false });
  expect(new Set(calls.map(([, way]) => way))).toEqual(new Set(['plain']));
  expect(queue.ways.shortest(2)).toBe('plain');
  const curve = await remeasureLatencyCurve(queue, { ...options, alone: true });
  expect([1, 2].map((count) => queue.ways.shortest(count))).toEqual(['wide', 'split']);
  expect(curve.find(({ batch }) => batch === 2)?.ms).toBeLessThan(18);
});

it('are not judged by their first call, which may load the model for them', async () => {
  const budgetMs = 20;
  let loaded = false;
  const { queue } = recordingSlot((count, way) => {
    if (way !== 'split') return 4 * count;
    const ms = loaded ? count : 3 * budgetMs;
    loaded = true;
    return ms;
  });
  await remeasureLatencyCurve(queue, { batchMax: 2, budgetMs, alone: true });
  expect(queue.ways.shortest(2)).toBe('split');
});

it('are plain on a slot that has no others', async () => {
  const { calls, queue } = recordingSlot();
  const { ways: _ways, ...slot } = queue.slot;
  const plainQueue = createSlotQueue(slot, { now });
  await remeasureLatencyCurve(plainQueue, { batchMax: 2, budgetMs: 20, alone: true });
  expect(new Set(calls.map(([, way]) => way))).toEqual(new Set(['plain']));
});
