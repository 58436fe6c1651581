import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { benchInputs, benchInputsFile } from '../../../cli/bench/bench-inputs.ts';
import type { DescribedModel } from '../../../cli/bench/bench-inputs.ts';
import { temporaryFolder } from '../support.ts';

type Condition = DescribedModel['conditions'][number];

const label: Condition = {
  name: 'class',
  dtype: 'int64',
  shape: [],
  minimum: 2,
  maximum: 4,
  unconditional: null,
  labels: [],
};
const point = (name: string, unconditional: number | null = null): Condition => {
  return { ...label, name, dtype: 'float32', shape: [2], minimum: 0, maximum: 1, unconditional };
};

function model(conditions: readonly Condition[], backend = 'onnx'): DescribedModel {
  return { name: 'm', backend, conditions };
}

function folderWith(document: unknown): string {
  const folder = temporaryFolder();
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  writeFileSync(join(folder, benchInputsFile), text);
  return folder;
}

describe('what seed k is measured with', () => {
  it('is class k modulo their number', async () => {
    const inputs = await benchInputs(model([label]), undefined);
    expect(inputs(7, 1)).toEqual([
      { name: 'class', dtype: 'int64', shape: [1], data: BigInt64Array.of(3n) },
    ]);
    expect(inputs(0, 4)[0]?.data).toEqual(BigInt64Array.of(2n, 3n, 4n, 2n));
  });

  it('is nothing for an analytic mixture and for a model without conditions', async () => {
    expect((await benchInputs(model([label], 'analytic'), undefined))(1, 1)).toEqual([]);
    expect((await benchInputs(model([]), temporaryFolder()))(1, 1)).toEqual([]);
    expect((await benchInputs(model([point('goal', -1)]), undefined))(1, 1)).toEqual([]);
  });

  it('is entry k of the file beside the model', async () => {
    const sets = [
      { start: [0, 0.5], goal: [1, 1] },
      { start: [0.25, 0.5], goal: [0, 1] },
    ];
    const inputs = await benchInputs(
      model([point('start'), point('goal')]),
      folderWith({ inputs: sets }),
    );
    expect(inputs(3, 1)).toEqual([
      { name: 'start', dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.25, 0.5) },
      { name: 'goal', dtype: 'float32', shape: [1, 2], data: Float32Array.of(0, 1) },
    ]);
    expect(inputs(1, 2)[1]?.data).toEqual(Float32Array.of(0, 1, 1, 1));
  });

  it('must be given where nothing else can be known', async () => {
    const needing = model([point('start'), point('goal')]);
    const expected = /model m: found no bench-inputs.json .* values of start, goal/;
    await expect(benchInputs(needing, temporaryFolder())).rejects.toThrow(expected);
  });

  it.each([
    ['no JSON', '{', /expected a JSON document/],
    ['another document', { sets: [] }, /expected \{ "inputs"/],
    ['an empty list', { inputs: [] }, /expected \{ "inputs"/],
    ['an unknown name', { inputs: [{ start: [0, 0], end: [1, 1] }] }, /found end with 2 values/],
    ['too few values', { inputs: [{ start: [0, 0], goal: [1] }] }, /found goal with 1 values/],
    ['a condition left out', { inputs: [{ start: [0, 0] }] }, /inputs\[0\]: found no goal/],
  ])('is refused with one clear error: %s', async (_, document, expected) => {
    const both = model([point('start'), point('goal')]);
    await expect(benchInputs(both, folderWith(document))).rejects.toThrow(expected);
  });

  it('must name the same conditions for every seed', async () => {
    const document = { inputs: [{ start: [0, 0] }, { start: [0, 0], goal: [1, 1] }] };
    const given = benchInputs(model([point('start'), point('goal', -1)]), folderWith(document));
    await expect(given).rejects.toThrow(/inputs\[1\]: found values of start, goal/);
  });
});
