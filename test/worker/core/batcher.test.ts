import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { batchesOf } from '../../../shared/numerics/batches.ts';
import type { Rows } from '../../../shared/numerics/denoiser.ts';
import { createBatchGovernor } from '../../../worker/core/batch-governor.ts';
import { batchedDenoiser } from '../../../worker/core/batcher.ts';
import type { BatchedJob } from '../../../worker/core/batcher.ts';
import { createSlotQueue } from '../../../worker/core/slot-queue.ts';
import type { ConditionArray, Slot } from '../../../worker/core/slot-queue.ts';

const dim = 2;

/** output = 10 state + timestep + 1000 class, with every call kept. */
function recordingSlot(maxBatch: number, classes: ConditionArray = new BigInt64Array(maxBatch)) {
  const calls: { timesteps: number[]; classes: number[] }[] = [];
  const slot: Slot = {
    maxBatch,
    states: new Float32Array(maxBatch * dim),
    timesteps: new Float32Array(maxBatch),
    conditions: new Map([['class', classes]]),
    outputs: new Float32Array(maxBatch * dim),
    run: async (count) => {
      await Promise.resolve();
      const own = Array.from({ length: count }, (_, k) => Number(classes[k]));
      calls.push({ timesteps: [...slot.timesteps.subarray(0, count)], classes: own });
      for (let e = 0; e < count * dim; e++) {
        const row = Math.floor(e / dim);
        const level = (slot.timesteps[row] ?? 0) + 1000 * (own[row] ?? 0);
        slot.outputs[e] = 10 * (slot.states[e] ?? 0) + level;
      }
      return { modelMs: 5 };
    },
  };
  return { slot, calls };
}

const unconditional = 7;

function job(changes: Partial<BatchedJob> = {}): BatchedJob {
  const values = Float64Array.of(1, 2, 3);
  return {
    samples: 3,
    dim,
    guided: false,
    guidance: 0,
    conditions: [{ name: 'class', values, unconditional, neutral: unconditional }],
    sharedTimestep: false,
    ...changes,
  };
}

/** Row k at timestep k of sample k mod 3, its latent at the k-th place from the end. */
function rowsOf(count: number, timesteps?: number[]): Rows {
  return {
    count,
    dim,
    states: Float32Array.from({ length: count * dim }, (_, e) => e),
    outputs: new Float32Array(count * dim).fill(NaN),
    offsets: Int32Array.from({ length: count }, (_, k) => (count - 1 - k) * dim),
    timesteps: Float64Array.from(timesteps ?? Array.from({ length: count }, (_, k) => k)),
    samples: Int32Array.from({ length: count }, (_, k) => k % 3),
  };
}

const now = () => 0;

it('brings every row to its place and its output back', async () => {
  const { slot, calls } = recordingSlot(4);
  const rows = rowsOf(7);
  const cost = await batchedDenoiser(createSlotQueue(slot, { now }), job()).evaluate(rows);
  for (let k = 0; k < 7; k++) {
    const at = rows.offsets[k] ?? 0;
    expect(rows.outputs[at + 1]).toBe(10 * (at + 1) + k + 1000 * (1 + (k % 3)));
  }
  expect(calls.map(({ timesteps }) => timesteps)).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6],
  ]);
  expect(cost).toEqual({
    forwardPasses: 7,
    microBatches: 2,
    modelMs: 10,
    queueMs: 0,
    elapsedMs: 0,
  });
});

describe.each([1, 2, 3, 8])('guidance with %i rows a call', (maxBatch) => {
  it('combines each row with its unconditional half', async () => {
    const { slot, calls } = recordingSlot(maxBatch);
    const rows = rowsOf(5);
    const guided = job({ guided: true, guidance: 3 });
    const cost = await batchedDenoiser(createSlotQueue(slot, { now }), guided).evaluate(rows);
    for (let k = 0; k < 5; k++) {
      const at = rows.offsets[k] ?? 0;
      const base = 10 * at + k;
      const [without, having] = [base + 1000 * unconditional, base + 1000 * (1 + (k % 3))];
      expect(rows.outputs[at]).toBe(without + 3 * (having - without));
    }
    const halves = calls.flatMap(({ classes }) => classes);
    expect(halves).toEqual([1, 7, 2, 7, 3, 7, 1, 7, 2, 7]);
    expect(cost.forwardPasses).toBe(10);
    expect(cost.microBatches).toBe([10, 5, 5, 2][[1, 2, 3, 8].indexOf(maxBatch)]);
  });
});

it('weighs each row by its time, and others by the one weight', async () => {
  const { slot } = recordingSlot(8);
  const rows = rowsOf(3);
  const guidanceAt = new Map([
    [0, 0],
    [2, 5],
  ]);
  const guided = job({ guided: true, guidance: 3, guidanceAt });
  await batchedDenoiser(createSlotQueue(slot, { now }), guided).evaluate(rows);
  for (const [k, weight] of [0, 3, 5].entries()) {
    const at = rows.offsets[k] ?? 0;
    const base = 10 * at + k;
    const [without, having] = [base + 1000 * unconditional, base + 1000 * (1 + (k % 3))];
    expect(rows.outputs[at]).toBe(without + weight * (having - without));
  }
});

it('shows the unconditional half what the job says, for each sample', async () => {
  const { slot, calls } = recordingSlot(8);
  const [values, negative] = [Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)];
  const condition = { name: 'class', values, negative, unconditional: null, neutral: 0 };
  const own = job({ guided: true, guidance: 2, conditions: [condition] });
  await batchedDenoiser(createSlotQueue(slot, { now }), own).evaluate(rowsOf(3));
  expect(calls.flatMap(({ classes }) => classes)).toEqual([1, 4, 2, 5, 3, 6]);
  const short = { ...condition, negative: Float64Array.of(4) };
  expect(() =>
    batchedDenoiser(createSlotQueue(slot, { now }), job({ conditions: [short] })),
  ).toThrow(/negative of class: found 1 values, expected 3/);
});

describe.each([
  ['int64', (n: number) => new BigInt64Array(n)],
  ['int32', (n: number) => new Int32Array(n)],
  ['float32', (n: number) => new Float32Array(n)],
])('a condition of %s', (_name, make) => {
  const conditions = (values: Float64Array | undefined, without: number | null) => [
    { name: 'class', values, unconditional: without, neutral: 4 },
  ];

  it('has as many elements per row as the slot says', async () => {
    const classes = make(2 * 3);
    const { slot } = recordingSlot(3, classes);
    const values = Float64Array.of(1, 2, 3, 4, 5, 6);
    const queue = createSlotQueue(slot, { now });
    await batchedDenoiser(queue, job({ conditions: conditions(values, 7) })).evaluate(rowsOf(3));
    expect(Array.from(classes, Number)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is neutral where the job gives none, also after another job', async () => {
    const { slot, calls } = recordingSlot(3, make(3));
    const queue = createSlotQueue(slot, { now });
    await batchedDenoiser(queue, job()).evaluate(rowsOf(1));
    await batchedDenoiser(queue, job({ conditions: conditions(undefined, 7) })).evaluate(rowsOf(2));
    expect(calls.map(({ classes }) => classes)).toEqual([[1], [4, 4]]);
  });

  it('stays in the unconditional half where it has no unconditional value', async () => {
    const { slot, calls } = recordingSlot(4, make(4));
    const given = { conditions: conditions(Float64Array.of(1, 2, 3), null) };
    const guided = job({ ...given, guided: true, guidance: 2 });
    await batchedDenoiser(createSlotQueue(slot, { now }), guided).evaluate(rowsOf(2));
    expect(calls.map(({ classes }) => classes)).toEqual([[1, 1, 2, 2]]);
  });
});

it('refuses conditions that do not fit the model', () => {
  const queue = createSlotQueue(recordingSlot(4).slot, { now });
  const condition = { name: 'class', values: new Float64Array(2), unconditional, neutral: 0 };
  expect(() => batchedDenoiser(queue, job({ conditions: [condition] }))).toThrow(
    'found 2 values, expected 3',
  );
  const other = { ...condition, name: 'text' };
  expect(() => batchedDenoiser(queue, job({ conditions: [other] }))).toThrow('no condition "text"');
});

describe('batches', () => {
  const shape = fc.record({
    count: fc.nat(200),
    maxBatch: fc.integer({ min: 1, max: 40 }),
    guided: fc.boolean(),
  });

  it('cover all rows in order, as few and as equal as can be', () => {
    fc.assert(
      fc.property(shape, ({ count, maxBatch, guided }) => {
        const rows = { count, timesteps: new Float64Array(count) };
        const batches = batchesOf(rows, { guided, sharedTimestep: false }, maxBatch);
        const total = count * (guided ? 2 : 1);
        const unit = guided && maxBatch > 1 ? 2 : 1;
        let next = 0;
        for (const { from, count: own } of batches) {
          expect(from).toBe(next);
          expect(own).toBeLessThanOrEqual(maxBatch);
          expect(own % unit).toBe(0);
          next += own;
        }
        expect(next).toBe(total);
        const sizes = batches.map((batch) => batch.count);
        expect(batches.length).toBe(Math.ceil(total / (Math.floor(maxBatch / unit) * unit)));
        if (sizes.length > 0)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(unit);
      }),
    );
  });

  it('take one timestep each where the model wants that', async () => {
    const { slot, calls } = recordingSlot(4);
    const rows = rowsOf(8, [9, 9, 9, 9, 9, 5, 5, 1]);
    const queue = createSlotQueue(slot, { now });
    await batchedDenoiser(queue, job({ sharedTimestep: true })).evaluate(rows);
    expect(calls.map(({ timesteps }) => timesteps)).toEqual([[9, 9, 9], [9, 9], [5, 5], [1]]);
  });
});

describe('the queue of a slot', () => {
  it('serves jobs call by call in the order in which they asked', async () => {
    const { slot, calls } = recordingSlot(2);
    let clock = 0;
    const queue = createSlotQueue({ ...slot, run: (count) => timed(count) }, { now: () => clock });
    const timed = (count: number) => {
      clock += 5;
      return slot.run(count);
    };
    const one = batchedDenoiser(queue, job());
    const other = batchedDenoiser(queue, job());
    const [first, second] = await Promise.all([
      one.evaluate(rowsOf(4, [1, 1, 1, 1])),
      other.evaluate(rowsOf(4, [2, 2, 2, 2])),
    ]);
    expect(calls.map(({ timesteps }) => timesteps[0])).toEqual([1, 2, 1, 2]);
    expect(first).toMatchObject({ modelMs: 10, queueMs: 5 });
    expect(second).toMatchObject({ modelMs: 10, queueMs: 10 });
  });

  it('seats those who wait for the same call side by side, and counts it once', async () => {
    const { slot, calls } = recordingSlot(8);
    const queue = createSlotQueue(slot, { now, gather: () => Promise.resolve() });
    const shared = { sharedMax: 6, batchMax: 4 };
    const asked = [
      job(shared),
      job({ ...shared, guided: true, guidance: 3 }),
      job({ ...shared, sharedMax: 0 }),
      job(shared),
      job(shared),
    ].map((each, k) => ({ rows: rowsOf(2, [k, k]), denoiser: batchedDenoiser(queue, each) }));
    const costs = await Promise.all(asked.map(({ rows, denoiser }) => denoiser.evaluate(rows)));
    expect(calls.map(({ timesteps }) => timesteps)).toEqual([
      [0, 0, 1, 1, 1, 1],
      [2, 2],
      [3, 3, 4, 4],
    ]);
    expect(costs.map(({ microBatches }) => microBatches)).toEqual([1, 0, 1, 1, 0]);
    expect(costs.map(({ forwardPasses }) => forwardPasses)).toEqual([2, 4, 2, 2, 2]);
    const apart = createSlotQueue(recordingSlot(8).slot, { now });
    const same = rowsOf(2, [1, 1]);
    await batchedDenoiser(apart, job({ guided: true, guidance: 3 })).evaluate(same);
    expect(asked[1]?.rows.outputs).toEqual(same.outputs);
  });

  it('tells a block how long others had the model, not other blocks of its job', async () => {
    const { slot } = recordingSlot(8);
    let clock = 0;
    const run = (count: number) => {
      clock += 5;
      return slot.run(count);
    };
    const queue = createSlotQueue({ ...slot, run }, { now: () => clock });
    const own = batchedDenoiser(queue, job());
    const other = batchedDenoiser(queue, job({ sharedMax: 8 }));
    const evaluated = [own, own, other, own, other].map((each) => each.evaluate(rowsOf(2)));
    const costs = await Promise.all(evaluated);
    expect(costs.map(({ queueMs }) => queueMs)).toEqual([0, 0, 10, 5, 15]);
    expect(costs.map(({ elapsedMs }) => elapsedMs)).toEqual([5, 10, 15, 20, 25]);
    const shared = [other, other].map((each) => each.evaluate(rowsOf(2)));
    expect(await Promise.all(shared)).toMatchObject([
      { modelMs: 5, queueMs: 0, elapsedMs: 5 },
      { modelMs: 0, queueMs: 0, elapsedMs: 5 },
    ]);
  });

  it('repeats a shared call for each alone, where one of them breaks it', async () => {
    const { slot, calls } = recordingSlot(8);
    const run = async (count: number) => {
      if (slot.timesteps.subarray(0, count).includes(13)) throw new Error('no such timestep');
      return slot.run(count);
    };
    const queue = createSlotQueue({ ...slot, run }, { now });
    const evaluate = (timestep: number) =>
      batchedDenoiser(queue, job({ sharedMax: 8 })).evaluate(rowsOf(1, [timestep]));
    const asked = await Promise.allSettled([1, 2, 13, 4].map(evaluate));
    expect(asked.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(calls.flatMap(({ timesteps }) => timesteps).toSorted()).toEqual([1, 2, 4]);
  });

  it('makes a call that fails once, if nobody shares it', async () => {
    const { slot } = recordingSlot(4);
    let runs = 0;
    const run = async (): Promise<never> => {
      runs++;
      throw new Error('no such kernel');
    };
    const queue = createSlotQueue({ ...slot, run }, { now });
    const evaluated = batchedDenoiser(queue, job()).evaluate(rowsOf(3));
    await expect(evaluated).rejects.toThrow('no such kernel');
    expect(runs).toBe(1);
  });

  it('goes on after a call that failed, which only its caller sees', async () => {
    const { slot, calls } = recordingSlot(4);
    const queue = createSlotQueue(slot, { now });
    const stopped = batchedDenoiser(queue, job({ stopped: () => true })).evaluate(rowsOf(2));
    const other = batchedDenoiser(queue, job()).evaluate(rowsOf(3));
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(other).resolves.toMatchObject({ forwardPasses: 3 });
    expect(calls).toHaveLength(1);
  });
});

describe('a device without memory for a whole batch', () => {
  /** Room for so many rows; what was asked of it in `asked`. */
  function smallDevice(room: number) {
    const { slot, calls } = recordingSlot(64);
    const asked: number[] = [];
    const run = async (count: number) => {
      asked.push(count);
      if (count > room) throw new Error('model m failed in a call: std::bad_alloc');
      return slot.run(count);
    };
    return { slot: { ...slot, run }, calls, asked };
  }

  it.each([false, true])('gets smaller calls, and the same rows (guided: %s)', async (guided) => {
    const { slot, asked } = smallDevice(5);
    const governor = createBatchGovernor(64);
    const shape = job({ guided, guidance: 2, governor });
    const denoiser = batchedDenoiser(createSlotQueue(slot, { now }), shape);
    const [found, wanted] = [rowsOf(30), rowsOf(30)];
    await denoiser.evaluate(found);
    const roomy = createSlotQueue(recordingSlot(64).slot, { now });
    await batchedDenoiser(roomy, job({ guided, guidance: 2 })).evaluate(wanted);
    expect(found.outputs).toEqual(wanted.outputs);
    expect(asked.filter((count) => count > 5).length).toBeLessThanOrEqual(4);
    // the next sweep knows
    asked.length = 0;
    await denoiser.evaluate(rowsOf(30));
    expect(Math.max(...asked)).toBeLessThanOrEqual(5);
  });

  it('fails a row that does not fit alone, and says so', async () => {
    const { slot } = smallDevice(0);
    const evaluated = batchedDenoiser(createSlotQueue(slot, { now }), job()).evaluate(rowsOf(3));
    await expect(evaluated).rejects.toMatchObject({ code: 'MODEL_TOO_LARGE', retriable: true });
  });
});

describe('what does not wait for the model', () => {
  it('is done once it is at work on the first rows, and before its answer', async () => {
    const { slot, calls } = recordingSlot(2);
    const seen: number[] = [];
    const denoiser = batchedDenoiser(createSlotQueue(slot, { now: () => 0 }), job());
    const rows = rowsOf(5);
    const meanwhile = () => {
      seen.push(calls.length);
      expect(rows.outputs.every(Number.isNaN)).toBe(true);
      expect(slot.timesteps[0]).toBe(rows.timesteps[0]);
    };
    await denoiser.evaluate({ ...rows, meanwhile });
    expect(calls).toHaveLength(3);
    expect(seen).toEqual([0]);
  });
});
