import { describe, expect, test } from 'vitest';
import { jsonSize } from '../../../coordinator/shell/http/json-size.ts';

describe('the size of a JSON text', () => {
  test.each([
    ['1', 1, 0],
    ['[]', 2, 1],
    ['[1, 2, 3]', 4, 1],
    ['{"a": [{"b": 1}], "c": 2}', 5, 3],
    // what is in a string is none of it, nor a quote that is escaped
    ['"[{,"', 1, 0],
    ['"\\",[" ', 1, 0],
    ['["\\\\", 1]', 3, 1],
    // what is no JSON
    ['"never ends ,,,', 1, 0],
    ['"\\', 1, 0],
    [']]]][', 2, 0],
  ])('of %s', (text, values, depth) => {
    expect(jsonSize(Buffer.from(text))).toEqual({ values, depth });
  });

  test('counts what a parser would have to make', () => {
    expect(jsonSize(Buffer.alloc(1_000, '['))).toEqual({ values: 1_001, depth: 1_000 });
    expect(jsonSize(Buffer.from('{},'.repeat(1_000)))).toEqual({ values: 2_001, depth: 1 });
  });
});
