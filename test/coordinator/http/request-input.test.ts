import { expect, test } from 'vitest';
import { z } from 'zod';
import { checked } from '../../../coordinator/shell/http/request-input.ts';

test('an object whose length cannot be compared is a bad request like any other', () => {
  const schema = z.strictObject({ a: z.string().max(3) });
  const body: unknown = JSON.parse('{"a": {"length": {"toString": 1}}}');
  const refusal = expect.objectContaining({ code: 'INVALID_REQUEST' }) as Error;
  expect(() => checked(schema, body, 'body')).toThrow(refusal);
});
