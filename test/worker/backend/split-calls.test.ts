import { expect, it } from 'vitest';

import { builtinModels } from '../../../worker/backend/analytic.ts';
import type { Run } from '../../../worker/backend/inline-models.ts';
import { createSlotArrays, type SlotArrays } from '../../../worker/backend/slot-arrays.ts';
import { splitCalls } from '../../../worker/backend/split-calls.ts';
import { threadedBackend } from '../../../worker/backend/threaded-backend.ts';
import type { SlowPayload } from './slow-thread.ts';

function description() {
  const [mixture] = builtinModels();
  if (mixture === undefined) throw new Error('no builtin model');
  return { ...mixture.description, name: 'tiny', conditions: [], guidance: 0, maxBatch: 8 };
}

/** Of each call: who made it and how many rows, at the first row's timestep. */
function recorded() {
  const calls: [who: string, first: number, count: number][] = [];
  const slots: string[] = [];
  const runOf =
    (who: string, { timesteps }: SlotArrays): Run =>
    async (count) => {
      calls.push([who, timesteps[0] ?? NaN, count]);
      return who === 'a' ? 5 : 3;
    };
  const other = (who: string) => async (arrays: SlotArrays) => {
    slots.push(who);
    return runOf(who, arrays);
  };
  return { calls, slots, runOf, other };
}

it('deals the rows of a call out to all threads, the others first', async () => {
  const { calls, slots, runOf, other } = recorded();
  const arrays = createSlotArrays(description());
  arrays.timesteps.set([0, 1, 2, 3, 4, 5, 6, 7]);
  const own = runOf('own', arrays);
  const run = splitCalls({ arrays, own, others: [other('a'), other('b')] });
  expect(slots).toEqual([]);
  const callsOf = async (count: number) => {
    calls.length = 0;
    const ms = await run(count);
    return { ms, calls: [...calls] };
  };
  expect(await callsOf(8)).toEqual({
    ms: 5,
    calls: [
      ['a', 3, 3],
      ['b', 6, 2],
      ['own', 0, 3],
    ],
  });
  expect((await callsOf(4)).calls).toEqual([
    ['a', 2, 1],
    ['b', 3, 1],
    ['own', 0, 2],
  ]);
  expect((await callsOf(2)).calls).toEqual([
    ['a', 1, 1],
    ['own', 0, 1],
  ]);
  expect(await callsOf(1)).toEqual({ ms: 3, calls: [['own', 0, 1]] });
  const opened = slots.length;
  await callsOf(8);
  expect(slots).toHaveLength(opened);
});

it('fails when every thread is done with the buffers, not before', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const arrays = createSlotArrays(description());
  const own: Run = async () => {
    throw new Error('no memory');
  };
  const run = splitCalls({ arrays, own, others: [async () => () => promise] });
  let ended = false;
  const call = run(2).finally(() => (ended = true));
  call.catch(() => undefined);
  await new Promise((turn) => setImmediate(turn));
  expect(ended).toBe(false);
  resolve(1);
  await expect(call).rejects.toThrow('no memory');
});

/** A model with short calls, which writes 7 on the thread that asks; others negate. */
function shortCalls(lanes: number) {
  const value: SlowPayload = { blockMs: 0 };
  const only: unknown[] = [];
  const backend = threadedBackend({
    kind: 'tiny',
    entry: new URL('./slow-thread.ts', import.meta.url),
    load: async () => ({
      bind: (arrays) => (count) => void arrays.outputs.fill(7, 0, count * description().dim),
      release: async () => undefined,
    }),
    models: [
      {
        description: description(),
        lanes,
        payload: async (way) => (only.push(way), { value }),
      },
    ],
  });
  return { backend, only };
}

it('runs on model threads of its own, where a model has short calls', async () => {
  const { backend, only } = shortCalls(2);
  const slot = await backend.slot('tiny');
  expect([slot.ways, only]).toEqual([['split'], [undefined]]);
  const { dim } = description();
  slot.states.fill(2);
  await slot.run(3, 'split');
  const firstOf = (row: number) => slot.outputs[row * dim];
  expect([0, 1, 2, 3].map(firstOf)).toEqual([7, 7, -2, 7]);
  expect(only).toEqual([undefined, 'split']);
  expect(backend.lastProgressMs()).toBe(0);
  await backend.close();
  await expect(slot.run(2, 'split')).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('loads a model for no more than three other threads, whatever the cores', async () => {
  const { backend, only } = shortCalls(64);
  await (await backend.slot('tiny')).run(8, 'split');
  expect(only).toEqual([undefined, 'split', 'split', 'split']);
  await backend.close();
});
