import { describe, expect, it } from 'vitest';
import { LANES, vectorKernel } from '../../shared/kernel/vector-kernel.ts';

describe('loops in vector instructions', () => {
  const kernel = vectorKernel();

  it('are there, in this engine', () => {
    expect(kernel?.room).toBe(16_384);
    expect(kernel?.slots.map(({ length }) => length)).toEqual(
      Array.from({ length: 4 }, () => 16_384),
    );
  });

  it('work on what they are told to, and not beyond', () => {
    if (!kernel) return expect.unreachable('no kernel');
    const { slots, sums } = kernel;
    for (const [k, slot] of slots.entries()) slot.fill(k + 1);
    kernel.increment(4, 10);
    expect(Array.from(slots[0]?.subarray(0, 5) ?? [])).toEqual([-9, -9, -9, -9, 1]);
    kernel.squares(4, 12);
    expect(Array.from(sums.subarray(0, LANES))).toEqual([2, 2, 2, 2]);
    kernel.products(0, 4);
    expect(Array.from(sums)).toEqual([
      ...[121, 121, 121, 121],
      ...[11, 11, 11, 11],
      ...[1, 1, 1, 1],
    ]);
    expect(kernel.finite(8)).toBe(true);
    slots[0]?.fill(Number.NaN, 7, 8);
    expect([kernel.finite(4), kernel.finite(8)]).toEqual([true, false]);
  });
});
