import { describe, expect, test } from 'vitest';

import { errorCodes, isErrorCode, SamplerError } from '../../shared/protocol/errors.ts';

test('the codes are a closed set without repeats', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
  for (const code of errorCodes) expect(isErrorCode(code)).toBe(true);
  for (const other of ['', 'internal', 'toString', 3, undefined]) {
    expect(isErrorCode(other)).toBe(false);
  }
});

test('only what passes by itself is retriable by default', () => {
  const retriable = errorCodes.filter((code) => new SamplerError(code, '').retriable);
  expect(retriable).toEqual(['OVERLOADED', 'WORKER_LOST', 'CORRUPTED', 'UNREACHABLE']);
  expect(new SamplerError('OVERLOADED', '', { retriable: false }).retriable).toBe(false);
});

test('an internal error has a reference to quote, others have none', () => {
  expect(new SamplerError('INTERNAL', 'x').context['reference']).toMatch(/^[0-9a-f]{8}$/);
  const known = new SamplerError('INTERNAL', 'x', { context: { reference: 'r1' } });
  expect(known.context).toEqual({ reference: 'r1' });
  expect(new SamplerError('OVERLOADED', 'x').context).toEqual({});
});

describe('from', () => {
  test('keeps a SamplerError', () => {
    const error = new SamplerError('DIVERGED', 'x');
    expect(SamplerError.from(error)).toBe(error);
  });

  test('reads aborts and time-outs', () => {
    expect(SamplerError.from(new DOMException('a', 'AbortError')).code).toBe('CANCELLED');
    expect(SamplerError.from(new DOMException('t', 'TimeoutError')).code).toBe('DEADLINE_MISSED');
  });

  test('makes the rest internal and keeps the cause', () => {
    const cause = new TypeError('boom');
    expect(SamplerError.from(cause)).toMatchObject({ code: 'INTERNAL', message: 'boom', cause });
  });

  test.each([undefined, null, 3, 'text', { a: 1 }, Symbol('s'), 1n])('takes %o', (thrown) => {
    expect(SamplerError.from(thrown).code).toBe('INTERNAL');
  });
});
