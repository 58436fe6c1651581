import { describe, expect, it } from 'vitest';
import { methodNames } from '../../shared/numerics/solver/method.ts';
import { solverNames } from '../../shared/numerics/solvers.ts';
import { readModels } from '../../dashboard/api/replies.ts';
import { fieldsOfRequest, numbersOf } from '../../dashboard/data/earlier-request.ts';
import {
  METHODS,
  SOLVERS,
  fieldOfMessage,
  firstFields,
  inputFor,
  requestOf,
} from '../../dashboard/data/job-form.ts';

const conditions = [
  { name: 'class', labels: ['shirt', 'bag'], minimum: 0, maximum: 1, unconditional: 2 },
  { name: 'start', shape: [2], minimum: -1, maximum: 1 },
];
const [model] = readModels({ models: [{ model: { name: 'm', conditions }, workers: 1 }] });
const [label, start] = model?.conditions ?? [];
const fields = { ...firstFields, model: 'm', inputs: { class: 'bag', start: '0.5, -1' } };

describe('the form', () => {
  it('offers every solver and every method there is', () => {
    expect([...SOLVERS].sort()).toEqual([...solverNames].sort());
    expect(METHODS.slice(1).toSorted()).toEqual([...methodNames].sort());
  });

  it('becomes a request without what was left empty', () => {
    const { request, errors } = requestOf({ ...fields, window: ' 12 ', seed: '' }, model);
    expect(errors).toEqual({});
    expect(request).toEqual({
      ...{ model: 'm', solver: 'ddim', method: 'auto', compareSequential: false },
      ...{ steps: 50, samples: 1, window: 12 },
      inputs: [
        { name: 'class', value: 'bag' },
        { name: 'start', value: [0.5, -1] },
      ],
    });
  });

  it('says at which field a value is none', () => {
    const wrong = { ...fields, steps: '1.5', tolerance: 'x', inputs: { start: '1, 2, 3' } };
    const { errors } = requestOf({ ...wrong, model: '' }, model);
    expect(Object.keys(errors).sort()).toEqual(['inputs.start', 'model', 'steps', 'tolerance']);
    expect(requestOf({ ...fields, steps: ' ' }, model).errors).toHaveProperty('steps');
  });

  it('puts the words of the server at their field', () => {
    const sent = [{ name: 'start', value: 1 }];
    const at = (message: string): string => fieldOfMessage(message, fields, sent);
    expect(at('steps: found 0, expected an integer')).toBe('steps');
    expect(at('negative_prompts: too many')).toBe('negativePrompt');
    expect(at('input class: found "x"')).toBe('inputs.class');
    expect(at('inputs.0: neither')).toBe('inputs.start');
    expect(at('input other: found "x"')).toBe('');
    expect(at('sigmas: none')).toBe('');
    expect(at('no colon at all')).toBe('');
  });

  it('starts with what a condition needs', () => {
    expect(label && inputFor(label, undefined)).toBe('');
    expect(start && inputFor(start, undefined)).toBe('0, 0');
    expect(label && inputFor(label, '1')).toBe('bag');
    expect(label && inputFor(label, '9')).toBe('');
  });
});

describe('a stored request', () => {
  it('fills the form again', () => {
    const data = Buffer.from(Float32Array.of(0.5, -0.85).buffer).toString('base64');
    const found = { model: 'm', solver: 'ddpm', steps: 20, seed: 4, tolerance: 0.1, method: '' };
    const inputs = [{ name: 'start', dtype: 'float32', shape: [2], data }, { name: 'x' }];
    expect(fieldsOfRequest({ ...found, inputs, window: null })).toMatchObject({
      ...{ solver: 'ddpm', steps: '20', seed: '4', samples: '1', window: '', tolerance: '0.1' },
      ...{ method: 'auto', inputs: { start: '0.5, -0.85' } },
    });
    expect(fieldsOfRequest({})).toBe(firstFields);
  });

  it('has numbers of every type', () => {
    const base64 = (array: { buffer: ArrayBuffer }): string =>
      Buffer.from(array.buffer).toString('base64');
    expect(numbersOf({ dtype: 'int64', data: base64(BigInt64Array.of(7n)) })).toEqual([7]);
    expect(numbersOf({ dtype: 'int32', data: base64(Int32Array.of(-7, 8)) })).toEqual([-7, 8]);
    expect(numbersOf({ dtype: 'float32', data: base64(new Float32Array(17)) })).toBeUndefined();
    expect(numbersOf({ dtype: 'int64', data: 'AAAA' })).toBeUndefined();
  });
});
