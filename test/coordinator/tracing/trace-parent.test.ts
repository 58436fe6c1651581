import { describe, expect, it } from 'vitest';
import {
  currentTraceParent,
  parseTraceParent,
  withTraceParent,
} from '../../../coordinator/shell/tracing/trace-parent.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

describe('traceparent', () => {
  it('names the span of the caller', () => {
    const found = { traceId: trace, spanId: span, traceFlags: 1, isRemote: true };
    expect(parseTraceParent(`00-${trace}-${span}-01`)).toEqual(found);
    expect(parseTraceParent(`cc-${trace}-${span}-00-what-comes-later`)?.traceFlags).toBe(0);
  });

  it.each([
    undefined,
    '',
    'x',
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}-01x`,
    `00-${trace}-${span}`,
  ])('%s is none', (found) => expect(parseTraceParent(found)).toBeUndefined());

  it('reaches what is awaited, and nobody else', async () => {
    const later = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return currentTraceParent();
    };
    expect(
      await Promise.all([withTraceParent('a', later), withTraceParent('b', later), later()]),
    ).toEqual(['a', 'b', undefined]);
  });
});
