import { describe, expect, it } from 'vitest';

import { builtinModels } from '../../../worker/backend/analytic.ts';
import { inlineModels } from '../../../worker/backend/inline-models.ts';
import type { Payload } from '../../../worker/backend/model-thread.ts';
import { createSlotArrays } from '../../../worker/backend/slot-arrays.ts';
import { threadedBackend } from '../../../worker/backend/threaded-backend.ts';
import type { ThreadModel } from '../../../worker/backend/thread-loop.ts';

function description() {
  const [mixture] = builtinModels();
  if (mixture === undefined) throw new Error('no builtin model');
  return { ...mixture.description, name: 'tiny', conditions: [], guidance: 0, maxBatch: 4 };
}

const payload = async (): Promise<Payload> => ({ value: 'weights' });

/** Writes how many rows it was asked for; blocks the thread for so long per row. */
function tinyModel(blockMs = 0) {
  const calls: number[] = [];
  const released: string[] = [];
  const model: ThreadModel = {
    bind: (arrays) => async (count) => {
      calls.push(count);
      const end = performance.now() + blockMs * count;
      while (performance.now() < end);
      arrays.outputs.fill(count);
    },
    release: async () => void released.push('model'),
  };
  return { calls, released, load: async () => model };
}

describe('a model with short calls', () => {
  it('is loaded once and runs where it is asked', async () => {
    const { load, calls, released } = tinyModel();
    const loads: unknown[] = [];
    const models = inlineModels(async (value) => (loads.push(value), load()));
    const arrays = [createSlotArrays(description()), createSlotArrays(description())];
    const slots = await Promise.all(arrays.map((own) => models.open('tiny', payload, own)));
    expect(loads).toEqual(['weights']);
    calls.length = 0;
    await Promise.all([slots[0]?.(3), slots[1]?.(2)]);
    expect(calls).toEqual([3, 2]);
    expect(arrays.map(({ outputs }) => outputs[0])).toEqual([3, 2]);
    expect(models.sinceProgressMs()).toBe(0);
    await models.close();
    expect(released).toEqual(['model']);
    await expect(slots[0]?.(1)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('fails its caller alone', async () => {
    let broken = false;
    const { load } = tinyModel();
    const models = inlineModels(async () => {
      const model = await load();
      return {
        ...model,
        bind: (arrays) => (count) => {
          if (broken) throw new Error('out of rows');
          return model.bind(arrays)(count);
        },
      };
    });
    const slot = await models.open('tiny', payload, createSlotArrays(description()));
    broken = true;
    await expect(slot?.(2)).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
      message: 'model tiny failed in a call of 2 rows: out of rows',
    });
    broken = false;
    expect(await slot?.(1)).toBeGreaterThanOrEqual(0);
  });

  it('is told which calls are wide', async () => {
    const { load } = tinyModel();
    const told: (boolean | undefined)[] = [];
    const models = inlineModels(async () => {
      const model = await load();
      return { ...model, bind: () => (_count, wide) => void told.push(wide) };
    });
    const slot = await models.open('tiny', payload, createSlotArrays(description()));
    told.length = 0;
    await slot?.(1, true);
    await slot?.(1);
    expect(told).toEqual([true, undefined]);
  });

  it('refuses a slot that is already running', async () => {
    const models = inlineModels(tinyModel().load);
    const slot = await models.open('tiny', payload, createSlotArrays(description()));
    const running = slot?.(1);
    expect(() => slot?.(1)).toThrow('already running');
    await running;
  });
});

describe('a model that belongs to the thread', () => {
  it('has calls that would hold up the heartbeat', async () => {
    const { load, released } = tinyModel(300);
    const models = inlineModels(load);
    expect(await models.open('tiny', payload, createSlotArrays(description()))).toBeUndefined();
    expect(released).toEqual(['model']);
  });

  it('is too large to be loaded to try', async () => {
    const { load, calls } = tinyModel();
    const transfer = [{ byteLength: 2 ** 30 }] as unknown as ArrayBuffer[];
    const large = async (): Promise<Payload> => ({ value: 'weights', transfer });
    const open = inlineModels(load).open('tiny', large, createSlotArrays(description()));
    expect(await open).toBeUndefined();
    expect(calls).toEqual([]);
  });

  it('fails already when it is tried: the thread says how', async () => {
    const models = inlineModels(async () => ({
      bind: () => () => {
        throw new Error('no kernel');
      },
      release: async () => undefined,
    }));
    expect(await models.open('tiny', payload, createSlotArrays(description()))).toBeUndefined();
  });
});

it('tells the error of a load, and tries again for the next slot', async () => {
  const { load } = tinyModel();
  let loads = 0;
  const backend = threadedBackend({
    kind: 'tiny',
    entry: new URL('./slow-thread.ts', import.meta.url),
    load: async () => {
      if (++loads === 1) throw new Error('no memory');
      return load();
    },
    models: [{ description: description(), payload }],
  });
  await expect(backend.slot('tiny')).rejects.toThrow('no memory');
  const slot = await backend.slot('tiny');
  expect((await slot.run(2)).modelMs).toBeGreaterThanOrEqual(0);
  expect(slot.outputs[0]).toBe(2);
  expect(backend.lastProgressMs()).toBe(0);
  await backend.close();
});
