import { expect, it } from 'vitest';
import type { ModelDescription } from '../../../shared/protocol/model-description.ts';
import { createSlotArrays } from '../../../worker/backend/slot-arrays.ts';

const condition = { dtype: 'float32', shape: [2], unconditional: null, labels: [] } as const;

it.each([
  ['zero where it may be', { minimum: -1e6, maximum: 1e6 }, 0],
  ['the least value above zero', { minimum: 1, maximum: 9 }, 1],
  ['the greatest value below it', { minimum: -9, maximum: -1 }, -1],
  ['the unconditional value where there is one', { minimum: 0, maximum: 9, unconditional: 9 }, 9],
])('conditions start out as %s', (_what, range, expected) => {
  const conditions = [{ ...condition, name: 'words', ...range }];
  const model = { maxBatch: 2, dim: 3, conditions } as unknown as ModelDescription;
  const { conditions: arrays } = createSlotArrays(model);
  expect(Array.from(arrays.get('words') as Float32Array)).toEqual(
    new Array<number>(4).fill(expected),
  );
});
