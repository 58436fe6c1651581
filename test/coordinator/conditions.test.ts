import { describe, expect, it } from 'vitest';
import { checkConditions } from '../../coordinator/shell/conditions.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';

const goal = { name: 'goal', dtype: 'float32', shape: [2], minimum: -1, maximum: 1 };
const model = {
  name: 'planner',
  conditions: [{ ...goal, unconditional: null, labels: [] }],
} as unknown as ModelDescription;

function goalOf(data: Float32Array | Int32Array | BigInt64Array, shape: number[], dtype: string) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const { conditions } = checkConditions(model, [{ name: 'goal', dtype, shape, data: bytes }], 3);
  return [...(conditions[0]?.values ?? [])];
}

describe('a condition of two real numbers', () => {
  it('serves all samples or each its own', () => {
    expect(goalOf(Float32Array.of(-0.5, 1), [2], 'float32')).toEqual([-0.5, 1, -0.5, 1, -0.5, 1]);
    const each = Float32Array.of(0, 0.25, 0.5, -0.5, 1, -1);
    expect(goalOf(each, [3, 2], 'float32')).toEqual([...each]);
  });

  it('may be given in whole numbers', () => {
    expect(goalOf(BigInt64Array.of(0n, -1n), [2], 'int64')).toEqual([0, -1, 0, -1, 0, -1]);
    expect(goalOf(Int32Array.of(1, 0), [2], 'int32')).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it.each([
    [Float32Array.of(0), [1], /input goal shape.*\[1\].*\[3, 2\], or \[2\] for all samples/],
    [Float32Array.of(0, 1.5), [2], /input goal.*1\.5.*a value from -1 to 1/],
    [Float32Array.of(0, Number.NaN), [2], /input goal.*NaN.*a value from -1 to 1/],
  ])('is refused as %o of shape %o', (data, shape, says) => {
    expect(() => goalOf(data, shape, 'float32')).toThrow(says);
  });

  it('has to be given where the model has no unconditional value', () => {
    expect(() => checkConditions(model, [], 1)).toThrow(/input goal.*nothing/);
  });

  it('may come with what the unconditional half of a pair sees', () => {
    const input = (name: string, ...data: number[]) => {
      const bytes = Buffer.from(Float32Array.from(data).buffer);
      return { name, dtype: 'float32', shape: [2], data: bytes };
    };
    const inputs = [input('goal', 1, 1), input('goal.unconditional', 0, -1)];
    expect(checkConditions(model, inputs, 2).conditions).toEqual([
      { name: 'goal', values: Float64Array.of(1, 1, 1, 1) },
      { name: 'goal.unconditional', values: Float64Array.of(0, -1, 0, -1) },
    ]);
    const unknown = [input('goal', 1, 1), input('start.unconditional', 0, 0)];
    expect(() => checkConditions(model, unknown, 2)).toThrow(/start.unconditional.*one of.*goal/);
  });
});
