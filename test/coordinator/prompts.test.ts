import { describe, expect, it, vi } from 'vitest';
import type { PipelineCalls } from '../../coordinator/shell/pipeline-calls.ts';
import { withEncoded } from '../../coordinator/shell/prompts.ts';
import { inputsOf } from '../../coordinator/shell/request-inputs.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { submitRequest } from '../../cli/bench/local-job.ts';

const words = { name: 'words', dtype: 'float32', shape: [2, 3], unconditional: null } as const;
const weight = { name: 'guidance', dtype: 'float32', shape: [], unconditional: null } as const;
const model = {
  name: 'm',
  takesPrompts: true,
  guidance: 7,
  conditions: [words, weight],
} as unknown as RegisteredModel;

const made = [
  { name: 'words', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: 'guidance', shape: [], data: Float32Array.of(3.5) },
];

function calls() {
  const encode = vi.fn(() => Promise.resolve(made));
  return { encode, calls: { encode } as unknown as PipelineCalls };
}

const request = (changes: object) =>
  submitRequest('m', { solver: 'ddim', steps: 5, prompts: ['a'], ...changes });

describe('prompts of a request', () => {
  it('become inputs beside those that it has', async () => {
    const { calls: pipelines, encode } = calls();
    const own = { name: 'guidance', dtype: 'float32', shape: [], data: Buffer.alloc(4) };
    const whole = await withEncoded(request({ inputs: [own] }), model, pipelines);
    expect(inputsOf(whole).map(({ name }) => name)).toEqual(['guidance', 'words']);
    expect(inputsOf(whole)[1]).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect(inputsOf(whole)[1]?.data.readFloatLE(20)).toBe(6);
    expect(encode).toHaveBeenCalledWith(model, { positive: ['a'], negative: [null] });
  });

  it.each([
    [{ guidance: 1 }, undefined],
    [{ guidance: 0 }, undefined],
    [{ guidance: 3 }, [null]],
    [{ negativePrompts: ['b'] }, ['b']],
  ])('are guided away from what %j says', async (changes, negative) => {
    const { calls: pipelines, encode } = calls();
    await withEncoded(request(changes), model, pipelines);
    expect(encode).toHaveBeenCalledWith(model, { positive: ['a'], negative });
  });

  it('cannot be beside what they become', async () => {
    const own = { name: 'words', dtype: 'float32', shape: [2, 3], data: Buffer.alloc(24) };
    const failed = withEncoded(request({ inputs: [own] }), model, calls().calls);
    await expect(failed).rejects.toThrow(/input: found "words", expected prompts, or inputs/);
  });

  it('must fit beside each other in memory', async () => {
    const conditions = [{ ...words, shape: [333, 4096] }];
    const large = { ...model, conditions } as unknown as RegisteredModel;
    const prompts = Array.from({ length: 60 }, () => 'a');
    const { calls: pipelines, encode } = calls();
    const failed = withEncoded(request({ prompts, samples: 60 }), large, pipelines);
    await expect(failed).rejects.toThrow(/found "61 texts", expected at most 49 of m/);
    expect(encode).not.toHaveBeenCalled();
  });

  it('mean nothing to a model without text encoders', async () => {
    const blind = { ...model, takesPrompts: false };
    const failed = withEncoded(request({}), blind, calls().calls);
    await expect(failed).rejects.toThrow(/m has no text encoders; it takes words, guidance/);
    const plain = request({ prompts: [] });
    expect(await withEncoded(plain, blind, calls().calls)).toBe(plain);
  });
});
