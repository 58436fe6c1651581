import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';

import { errorCodes, SamplerError } from '../../shared/protocol/errors.ts';
import {
  codeKey,
  codeOfForeignStatus,
  contextKey,
  fromServiceError,
  grpcStatus,
  toServiceError,
} from '../../shared/protocol/status.ts';

const statuses = Object.values(status).filter((value) => typeof value === 'number');

describe('the table', () => {
  test('covers every code, and no code is OK', () => {
    expect(Object.keys(grpcStatus).sort()).toEqual([...errorCodes].sort());
    expect(Object.values(grpcStatus)).not.toContain(status.OK);
  });

  test('covers every status the other way', () => {
    expect(Object.keys(codeOfForeignStatus).map(Number).sort()).toEqual([...statuses].sort());
  });

  test('agrees with itself: a status that a code maps to leads back to that status', () => {
    // Our own ABORTED is a numeric failure; a stranger's is unknown, so it becomes INTERNAL.
    for (const found of new Set(Object.values(grpcStatus))) {
      if (found === status.ABORTED) continue;
      expect(grpcStatus[codeOfForeignStatus[found]]).toBe(found);
    }
  });
});

describe('over the wire and back', () => {
  test.each(errorCodes)('%s', (code) => {
    const context = { model: 'größe\n', rows: 3, sure: true, reference: 'abcd' };
    const sent = new SamplerError(code, 'what was found', { context, retriable: true });
    const wire = toServiceError(sent);
    expect(wire.code).toBe(grpcStatus[code]);
    const back = fromServiceError(wire);
    expect([back.code, back.retriable]).toEqual([code, true]);
    if (code === 'INTERNAL') expect(back.context).toEqual({ reference: 'abcd' });
    else expect([back.message, back.context]).toEqual(['what was found', context]);
  });

  test('an internal error keeps its text and its cause', () => {
    const secret = SamplerError.from(new Error('password=hunter2', { cause: '/home/me' }));
    const wire = toServiceError(secret);
    const everything = JSON.stringify([wire, wire.message, wire.stack, wire.metadata.toJSON()]);
    expect(everything).not.toMatch(/hunter2|home/);
    expect(wire.details).toBe(`INTERNAL (ref ${String(secret.context['reference'])})`);
  });

  test('line breaks and escape codes do not act', () => {
    const wire = toServiceError(new SamplerError('CANCELLED', 'a\nb\u001b[31mc\u2028d'));
    expect(wire.details).toBe('a\\u000ab\\u001b[31mc\\u2028d');
  });

  test('texts and contexts have a limit', () => {
    const context = { long: 'x'.repeat(10_000) };
    const wire = toServiceError(new SamplerError('CANCELLED', 'y'.repeat(10_000), { context }));
    expect(wire.details.length).toBeLessThan(1100);
    expect(wire.metadata.get(contextKey)).toEqual([]);
  });
});

describe('what others send', () => {
  function foreign(code: status, entries: Record<string, string> = {}): Error {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
    return Object.assign(new Error('x'), { code, details: 'their text', metadata });
  }

  test.each([
    [status.UNAVAILABLE, 'UNREACHABLE'],
    [status.DEADLINE_EXCEEDED, 'DEADLINE_MISSED'],
    [status.UNIMPLEMENTED, 'VERSION_SKEW'],
    [status.UNKNOWN, 'INTERNAL'],
  ])('status %i without a code is %s', (code, expected) => {
    expect(fromServiceError(foreign(code))).toMatchObject({
      code: expected,
      message: 'their text',
    });
  });

  test.each(['NOPE', 'toString', ''])('the unknown code %j counts as none', (code) => {
    const error = foreign(status.UNAVAILABLE, { [codeKey]: code });
    expect(fromServiceError(error).code).toBe('UNREACHABLE');
  });

  test.each(['{', 'null', '[1]', '3', '{"a":{"b":1},"c":null}'])('the context %s', (context) => {
    const error = foreign(status.CANCELLED, { [contextKey]: context });
    expect(fromServiceError(error).context).toEqual({});
  });

  test.each([new Error('plain'), { code: 14 }, 'text', undefined])(
    'no gRPC error: %o',
    (thrown) => {
      expect(fromServiceError(thrown).code).toBe('INTERNAL');
    },
  );
});

test.each([
  ['cut in the middle of a character', 'x'.repeat(1_023) + '\u{1f600}'],
  ['with half a character in it', 'key "\ud800"'],
])('a text %s is one that gRPC can send', (_, text) => {
  const { details } = toServiceError(new SamplerError('INVALID_REQUEST', text));
  expect(details.isWellFormed()).toBe(true);
  expect(() => encodeURI(details)).not.toThrow();
});
