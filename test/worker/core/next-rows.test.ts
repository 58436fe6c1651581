import { describe, expect, it } from 'vitest';
import { nextRows } from '../../../worker/core/next-rows.ts';

describe('the rows that come next', () => {
  it('lie as far behind the last block as that behind the one before', () => {
    const next = nextRows();
    expect(next.expected()).toBeUndefined();
    next.entered(16, 32);
    expect(next.expected()).toBeUndefined();
    next.entered(48, 64);
    expect(next.expected()).toEqual([80, 96]);
    next.entered(80, 96);
    expect(next.expected()).toEqual([112, 128]);
  });

  it('are unknown where a block comes again', () => {
    const next = nextRows();
    next.entered(16, 32);
    next.entered(16, 32);
    expect(next.expected()).toBeUndefined();
    next.entered(0, 16);
    expect(next.expected()).toBeUndefined();
  });
});
