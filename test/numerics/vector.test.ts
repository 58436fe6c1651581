import { describe, expect, it } from 'vitest';
import { fillNormal, seedWords } from '../../shared/kernel/random.ts';
import {
  accumulate,
  combine2,
  combine3,
  combineWide,
  copyInto,
  dot,
  equals,
  firstNonFinite,
  increment,
  maxDifference,
  projections,
  rms,
  scaleInto,
} from '../../shared/numerics/vector.ts';
import { at } from './support.ts';

/** Longer than one piece of 4096, and not a multiple of anything. */
const n = 9001;
const seed = seedWords(11);

function latent(sample: number, length = n): Float32Array {
  const out = new Float32Array(length);
  fillNormal(out, 0, length, { seed, stream: 4, sample, step: 2 });
  return out;
}

const [x, y, z] = [latent(0), latent(1), latent(2)];

describe('element-wise expressions', () => {
  it('evaluate in float64 and round once', () => {
    const out = new Float32Array(n);
    const each = (f: (e: number) => number): Float32Array => Float32Array.from(x, (_, e) => f(e));
    scaleInto(out, 0, 0.1, x, 0, n);
    expect(out).toEqual(each((e) => 0.1 * at(x, e)));
    combine2(out, 0, 0.1, x, 0, 0.7, y, 0, n);
    expect(out).toEqual(each((e) => 0.1 * at(x, e) + 0.7 * at(y, e)));
    combine3(out, 0, 0.1, x, 0, 0.7, y, 0, -1.3, z, 0, n);
    expect(out).toEqual(each((e) => 0.1 * at(x, e) + 0.7 * at(y, e) + -1.3 * at(z, e)));
    increment(out, 0, x, 0, 0.9, y, 0, z, 0, n);
    expect(out).toEqual(each((e) => at(x, e) + 0.9 * (at(y, e) - at(z, e))));
    const wide = new Float64Array(n);
    accumulate(wide, 0.3, x, 0, n);
    accumulate(wide, 0.6, y, 0, n);
    expect(at(wide, 5)).toBe(0.3 * at(x, 5) + 0.6 * at(y, 5));
    combineWide(out, 0, 0.1, z, 0, 2, wide, n);
    expect(out).toEqual(each((e) => 0.1 * at(z, e) + 2 * at(wide, e)));
  });

  it('return f bit for bit when nothing moved', () => {
    const out = new Float32Array(n);
    increment(out, 0, x, 0, 1.37, y, 0, y, 0, n);
    expect(equals(out, 0, x, 0, n)).toBe(true);
  });

  it.each([255, 256, 257, 4099, 16_384, 40_001])('have the bits of the formula, %i', (length) => {
    // long latents go through the kernel, in pieces: special values and every tail have to survive
    const special = [Infinity, -Infinity, Number.NaN, 0, -0, 2 ** -149, -(2 ** -130), 3.4e38];
    const [p, q, r] = [0, 1, 2].map((k) => {
      const values = latent(k, length);
      values.set(special, length - special.length);
      return values;
    }) as [Float32Array, Float32Array, Float32Array];
    q.reverse();
    const out = new Float32Array(length + 2).fill(7);
    const expectEach = (f: (e: number) => number): void => {
      const expected = p.map((_, e) => f(e));
      const wrong = expected.findIndex((value, e) => !Object.is(value, at(out, e + 1)));
      expect(wrong).toBe(-1);
      expect([at(out, 0), at(out, length + 1)]).toEqual([7, 7]);
    };
    combine2(out, 1, 0.3, p, 0, -1.7, q, 0, length);
    expectEach((e) => 0.3 * at(p, e) + -1.7 * at(q, e));
    combine3(out, 1, 0.3, p, 0, -1.7, q, 0, 1e-3, r, 0, length);
    expectEach((e) => 0.3 * at(p, e) + -1.7 * at(q, e) + 1e-3 * at(r, e));
    increment(out, 1, p, 0, 1.1, q, 0, r, 0, length);
    expectEach((e) => at(p, e) + 1.1 * (at(q, e) - at(r, e)));
    copyInto(out, 1, p, 0, length);
    expectEach((e) => at(p, e));
  });

  it('work in place and touch nothing outside the latent', () => {
    const buffer = Float32Array.from([...latent(3, 8), ...latent(4, 8)]);
    const before = buffer.slice();
    combine2(buffer, 4, 2, buffer, 4, 1, buffer, 8, 4);
    for (let e = 0; e < 16; e++) {
      const inside = e >= 4 && e < 8;
      const expected = inside ? Math.fround(2 * at(before, e) + at(before, e + 4)) : at(before, e);
      expect(at(buffer, e)).toBe(expected);
    }
    copyInto(buffer, 0, before, 8, 4);
    expect(buffer.subarray(0, 4)).toEqual(before.subarray(8, 12));
  });
});

describe('reductions', () => {
  /** Pieces of 4096, ascending, pieces added ascending. */
  const inPieces = (term: (e: number) => number): number => {
    let total = 0;
    for (let start = 0; start < n; start += 4096) {
      let sum = 0;
      for (let e = start; e < Math.min(n, start + 4096); e++) sum += term(e);
      total += sum;
    }
    return total;
  };

  it('add in the documented order', () => {
    expect(dot(x, 0, y, 0, n)).toBe(inPieces((e) => at(x, e) * at(y, e)));
    expect(rms(x, 0, n)).toBe(Math.sqrt(inPieces((e) => at(x, e) ** 2) / n));
  });

  it('project on many rows with the bits of dot', () => {
    for (const rows of [1, 3, 4, 6, 9]) {
      const matrix = latent(6, rows * n);
      const out = new Float64Array(rows + 1).fill(7);
      projections(out, x, 0, matrix, rows, n);
      for (let j = 0; j < rows; j++) expect(at(out, j)).toBe(dot(x, 0, matrix, j * n, n));
      expect(at(out, rows)).toBe(7);
    }
  });

  it('see the largest difference, signed zeros as equal, and what is not finite', () => {
    const other = x.slice();
    other[17] = at(x, 17) + 3;
    expect(maxDifference(x, 0, other, 0, n)).toBeCloseTo(3, 5);
    expect(equals(x, 0, other, 0, n)).toBe(false);
    expect(equals(Float32Array.of(0), 0, Float32Array.of(-0), 0, 1)).toBe(true);
    expect(equals(Float32Array.of(Number.NaN), 0, Float32Array.of(Number.NaN), 0, 1)).toBe(false);
    expect(firstNonFinite(x, 0, n)).toBe(-1);
    other[4100] = Number.NaN;
    expect(firstNonFinite(other, 0, n)).toBe(4100);
    expect(firstNonFinite(other, 100, n - 100)).toBe(4000);
    const long = latent(7, 3 * 16_384 + 5);
    expect(firstNonFinite(long, 0, long.length)).toBe(-1);
    for (const place of [0, 3, 16_384, long.length - 1]) {
      const broken = long.slice();
      broken[place] = -Infinity;
      expect(firstNonFinite(broken, 0, broken.length)).toBe(place);
      expect(firstNonFinite(broken, 0, place)).toBe(-1);
    }
  });
});
