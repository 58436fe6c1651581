import { describe, expect, it } from 'vitest';
import { checked } from '../../../coordinator/shell/http/request-input.ts';
import { received } from '../../../coordinator/shell/http/message-json.ts';
import { submitBody, submitRequest } from '../../../coordinator/shell/http/submit-body.ts';
import type { ConditionDescription } from '../../../shared/protocol/model-description.ts';

const animals: ConditionDescription = {
  name: 'class',
  dtype: 'int64',
  shape: [],
  minimum: 3,
  maximum: 5,
  unconditional: null,
  labels: ['cat', 'dog', 'newt'],
};
const goal = { ...animals, name: 'goal', dtype: 'float32', shape: [2], labels: [] } as const;
const parsed = (body: unknown) => checked(submitBody, body, 'body');
const request = (body: object) =>
  submitRequest(parsed({ model: 'm', steps: 5, ...body }), () => [animals, goal]);
const one = (value: unknown, name = 'class') => request({ inputs: [{ name, value }] }).inputs[0];

describe('a job as JSON', () => {
  it('is the message that gRPC would have brought, with the same defaults', () => {
    expect(request({})).toEqual(received('SubmitRequest', { model: 'm', steps: 5 }));
    const options = { order: 3 };
    const message = { model: 'm', steps: 5, eta: 0, solverOptions: JSON.stringify(options) };
    expect(request({ eta: 0, solverOptions: options })).toEqual(received('SubmitRequest', message));
  });

  it('labels and numbers become the tensors that the model takes', () => {
    expect(one('Dog')).toMatchObject({ dtype: 'int64', shape: [] });
    expect(one('Dog')?.data.readBigInt64LE(0)).toBe(4n);
    expect(one(['cat', 5])).toMatchObject({ shape: [2] });
    expect(one([0, 1], 'goal')).toMatchObject({ dtype: 'float32', shape: [2] });
    expect(
      one(
        [
          [0, 1],
          [2, 3],
        ],
        'goal',
      ),
    ).toMatchObject({ dtype: 'float32', shape: [2, 2] });
    expect(
      one(
        [
          [0, 1],
          [2, 3],
        ],
        'goal',
      )?.data.readFloatLE(12),
    ).toBe(3);
    expect(() => one('wolf')).toThrowError('expected a number or one of cat, dog, newt');
    expect(() => one(1.5)).toThrowError('expected an integer (int64)');
  });

  it('tensors come as they are, and not beside values', () => {
    const tensor = { name: 'class', dtype: 'int32', shape: [1], data: 'AQAAAA==' };
    expect(request({ inputs: [tensor] }).inputs[0]?.data).toEqual(Buffer.from([1, 0, 0, 0]));
    expect(() => request({ inputs: [{ ...tensor, value: 1 }] })).toThrowError('found "both"');
    expect(() => request({ inputs: [{ name: 'class' }] })).toThrowError('found "neither"');
  });

  it.each([
    [{ model: 'm', steps: 5, stepz: 1 }, 'body: found the unknown field "stepz"'],
    [{ steps: 5 }, 'model: found nothing, expected string'],
    [{ model: 'm', steps: '5' }, 'steps: found "5", expected number'],
    [{ model: 'm', steps: 1.5 }, 'steps: found 1.5, expected int'],
    [{ model: 'm', steps: 5, encoded: [] }, 'unknown field "encoded"'],
    [
      { model: 'm', steps: 5, inputs: [{ name: 'a', valu: 1 }] },
      'body inputs.0: found the unknown',
    ],
    [{ model: 'm', steps: 5, image: { dtype: 'int8', shape: [], data: '' } }, 'image.dtype: found'],
    [[], 'body: found [], expected object'],
    [null, 'body: found null, expected object'],
  ])('what it cannot be is said: %j', (body, text) => {
    expect(() => parsed(body)).toThrowError(text);
  });

  it('no field reaches the prototype of anything', () => {
    const hostile = JSON.parse('{"model":"m","steps":5,"__proto__":{"polluted":1}}') as unknown;
    expect(() => parsed(hostile)).toThrowError('unknown field "__proto__"');
    const options = JSON.parse('{"__proto__":{"polluted":1},"order":2}') as object;
    request({ solverOptions: options });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
