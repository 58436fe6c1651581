import { describe, expect, it } from 'vitest';
import { fillNormal, seedWords } from '../../shared/kernel/random.ts';
import {
  partStart,
  productSums,
  rmsDifference,
  squareSums,
} from '../../shared/numerics/differences.ts';
import { at } from './support.ts';

const seed = seedWords(12);

function latent(sample: number, length: number): Float32Array {
  const out = new Float32Array(length);
  fillNormal(out, 0, length, { seed, stream: 4, sample, step: 2 });
  return out;
}

/** Pieces of 4096, four lanes each, all in the order that the docstring names. */
function inOrder(from: number, to: number, term: (e: number) => number): number {
  let total = 0;
  for (let start = from; start < to; start += 4096) {
    const lanes = [0, 0, 0, 0] as [number, number, number, number];
    for (let e = start; e < Math.min(to, start + 4096); e++) {
      const lane = (e - start) % 4;
      lanes[lane] = at(lanes, lane) + term(e);
    }
    total += lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
  }
  return total;
}

describe('sums over differences', () => {
  // around where the kernel begins, around its room, parts that cross it, and no multiple of four
  const cases = [1, 3, 63, 255, 256, 259, 4097, 9001, 16_384, 16_387, 70_001].flatMap((n) =>
    [1, 2, 7, 16].filter((parts) => parts <= n).map((parts) => ({ n, parts })),
  );

  it.each(cases)('have the bits of their order: $n elements, $parts parts', ({ n, parts }) => {
    const offset = 5;
    const [x, y, f, g] = [0, 1, 2, 3].map((k) => latent(k, n + offset)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const dx = (e: number): number => at(x, offset + e) - at(y, e);
    const df = (e: number): number => at(f, 1 + e) - at(g, 2 + e);
    const squares = new Float64Array(parts);
    const products = new Float64Array(3 * parts);
    const moved = { x, xAt: offset, y, yAt: 0 };
    squareSums(squares, moved, { n, parts });
    productSums(products, { n, parts }, moved, { x: f, xAt: 1, y: g, yAt: 2 });
    for (let k = 0; k < parts; k++) {
      const [from, to] = [partStart(k, { n, parts }), partStart(k + 1, { n, parts })];
      const square = inOrder(from, to, (e) => dx(e) * dx(e));
      expect(at(squares, k)).toBe(square);
      expect(Array.from(products.subarray(3 * k, 3 * k + 3))).toEqual([
        square,
        inOrder(from, to, (e) => dx(e) * df(e)),
        inOrder(from, to, (e) => df(e) * df(e)),
      ]);
    }
  });

  it('give the root of the mean square', () => {
    const [x, y] = [latent(0, 9001), latent(1, 9001)];
    const square = inOrder(0, 9001, (e) => (at(x, e) - at(y, e)) * (at(x, e) - at(y, e)));
    expect(rmsDifference(x, 0, y, 0, 9001)).toBe(Math.sqrt(square / 9001));
    expect(rmsDifference(x, 0, x, 0, 9001)).toBe(0);
  });

  it('are not a number where a difference is none', () => {
    for (const n of [10, 1000]) {
      const x = latent(0, n).fill(Number.NaN, n - 1);
      expect(rmsDifference(x, 0, latent(1, n), 0, n)).toBe(Number.NaN);
    }
  });
});
