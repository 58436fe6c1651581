import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { ConditionInfo } from '../../cli/client.ts';
import { collectInput, resolveInputs } from '../../cli/inputs.ts';
import { encodeNpy } from '../../shared/protocol/npy.ts';
import type { NpyData } from '../../shared/protocol/npy.ts';
import { temporaryFolder } from './support.ts';

const label: ConditionInfo = {
  name: 'class',
  dtype: 'int64',
  shape: [],
  minimum: 10,
  maximum: 12,
  unconditional: null,
  labels: ['T-shirt', 'ankle boot', 'bag, large'],
};
const pose: ConditionInfo = {
  ...label,
  name: 'pose',
  dtype: 'float32',
  shape: [2],
  labels: [],
};
const index: ConditionInfo = { ...label, name: 'index', dtype: 'int32', labels: [] };
const conditions = [label, pose, index];

async function resolve(text: string, known: readonly ConditionInfo[] | undefined = conditions) {
  const [input] = await resolveInputs(collectInput(text), known);
  return input;
}

describe('an input', () => {
  it.each([
    ['class=11', 'int64', [], [11n]],
    ['class=10,12', 'int64', [2], [10n, 12n]],
    ['class=ankle boot', 'int64', [], [11n]],
    ['class=t-SHIRT, 12 ,Ankle Boot', 'int64', [3], [10n, 12n, 11n]],
    ['class=bag, large', 'int64', [], [12n]],
    ['index=-3', 'int32', [], [-3]],
    ['pose=0.5,1', 'float32', [2], [0.5, 1]],
    ['pose=-0.5, 0.25', 'float32', [2], [-0.5, 0.25]],
    ['pose=1,2,3,4', 'float32', [2, 2], [1, 2, 3, 4]],
    ['pose=1,2,3', 'float32', [3], [1, 2, 3]],
  ])('%s is %s %o', async (text, dtype, shape, values) => {
    const input = await resolve(text);
    expect(input).toMatchObject({ dtype, shape });
    expect(Array.from<number | bigint>(input?.data ?? [])).toEqual(values);
  });

  it.each([
    ['class=sneaker', /found "sneaker", expected a number or one of T-shirt, ankle boot/],
    ['class=1.5', /found "1.5", expected an integer \(int64\)/],
    ['index=3000000000', /expected an integer \(int32\)/],
    ['pose=a,b', /found "a", expected a number, a list of numbers or a .npy file/],
    ['other=x', /input other: found "x"/],
    ['class=1,,2', /found ""/],
  ])('%s is refused', async (text, says) => {
    await expect(resolve(text)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(resolve(text)).rejects.toThrow(says);
  });

  it('of a model that no worker offers yet travels as it looks', async () => {
    const [a, b] = await resolveInputs(collectInput('b=0.5', collectInput('a=1,2')), undefined);
    expect(a).toEqual({ name: 'a', dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 2n) });
    expect(b).toEqual({ name: 'b', dtype: 'float32', shape: [], data: Float32Array.of(0.5) });
    const one = resolveInputs(collectInput('class=sneaker'), undefined);
    await expect(one).rejects.toThrow('its labels are unknown');
  });
});

describe('an input from a .npy file', () => {
  function npy(data: NpyData, shape: readonly number[]): string {
    const file = join(temporaryFolder(), 'values.npy');
    writeFileSync(file, encodeNpy(data, shape));
    return file;
  }

  it.each<[string, NpyData, number[], object]>([
    ['class', Int32Array.of(10, 11), [2], { dtype: 'int64', data: BigInt64Array.of(10n, 11n) }],
    ['class', Uint8Array.of(12), [], { dtype: 'int64', data: BigInt64Array.of(12n) }],
    ['index', BigInt64Array.of(5n), [1], { dtype: 'int32', data: Int32Array.of(5) }],
    ['pose', Float64Array.of(1, 2), [1, 2], { dtype: 'float32', data: Float32Array.of(1, 2) }],
    ['other', Float64Array.of(1), [1], { dtype: 'float32', data: Float32Array.of(1) }],
  ])('for %s takes what fits exactly', async (name, data, shape, expected) => {
    expect(await resolve(`${name}=${npy(data, shape)}`)).toEqual({ name, shape, ...expected });
  });

  it('is refused where it would be rounded', async () => {
    const found = resolve(`class=${npy(Float32Array.of(10.5), [1])}`);
    await expect(found).rejects.toThrow(/found "10.5", expected an integer/);
  });

  it('is refused where it cannot be read, by its name', async () => {
    await expect(resolve('class=/nowhere/x.npy')).rejects.toThrow('/nowhere/x.npy');
    const text = join(temporaryFolder(), 'text.npy');
    writeFileSync(text, 'hello');
    await expect(resolve(`class=${text}`)).rejects.toThrow(/text.npy: expected an NPY file/);
  });
});

it('is not repeated at any length in an error', async () => {
  const value = 'x'.repeat(100_000);
  const inputs = resolveInputs([{ name: 'class', value }], conditions);
  await expect(inputs).rejects.toThrow(/^.{0,400}$/s);
});
