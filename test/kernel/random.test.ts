import { describe, expect, it } from 'vitest';
import {
  fillNormal,
  fillUniform,
  lnUniform,
  noiseStream,
  philox4x32,
  seedWords,
  sincosUniform,
} from '../../shared/kernel/random.ts';
import type { NoiseKey } from '../../shared/kernel/random.ts';
import { at } from '../numerics/support.ts';

function philoxOf(counter: number[], key: number[]): string {
  const out = new Uint32Array(4);
  philox4x32(Uint32Array.from(counter), Uint32Array.from(key), out);
  return Array.from(out, (word) => word.toString(16).padStart(8, '0')).join(' ');
}

function normals(n: number, key: Partial<NoiseKey> = {}): Float32Array {
  const out = new Float32Array(n);
  const usual = { seed: seedWords(42), stream: noiseStream.step, sample: 0, step: 0 };
  fillNormal(out, 0, n, { ...usual, ...key });
  return out;
}

/** The definition once more, in binary64 and with the engine's functions. */
function wideNormals(n: number, key: Partial<NoiseKey>): number[] {
  const { seed = seedWords(42), stream = noiseStream.step, sample = 0, step = 0 } = key;
  const words = new Uint32Array(4);
  const values: number[] = [];
  for (let q = 0; q < n / 4; q++) {
    philox4x32(Uint32Array.of(q, step, sample, stream), Uint32Array.of(seed.low, seed.high), words);
    const [u0 = 0, u1 = 0, u2 = 0, u3 = 0] = Array.from(words, (w) => (w + 0.5) * 2 ** -32);
    for (const [u, turn] of [
      [u0, u1],
      [u2, u3],
    ] as const) {
      const radius = Math.sqrt(-2 * Math.log(u));
      values.push(radius * Math.cos(2 * Math.PI * turn), radius * Math.sin(2 * Math.PI * turn));
    }
  }
  return values.slice(0, n);
}

/** Words at the ends, around every reduction boundary, and a spread of others. */
function* sampleWords(): Generator<number> {
  for (let power = 0; power <= 32; power++) {
    for (let d = -2; d <= 2; d++) {
      const word = 2 ** power + d;
      if (word >= 0 && word < 2 ** 32) yield word;
    }
  }
  for (let eighth = 1; eighth < 8; eighth++) yield* [eighth * 2 ** 29 - 1, eighth * 2 ** 29];
  for (let power = 1; power <= 32; power++) yield Math.floor(2 ** power / Math.SQRT2);
  const spread = new Uint32Array(4);
  for (let k = 0; k < 50_000; k++) {
    philox4x32(Uint32Array.of(k, 0, 0, 0), Uint32Array.of(1, 2), spread);
    yield at(spread, 0);
  }
}

describe('philox4x32', () => {
  it('gives the known answers of Random123', () => {
    const ones = 0xffffffff;
    expect(philoxOf([0, 0, 0, 0], [0, 0])).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    expect(philoxOf([ones, ones, ones, ones], [ones, ones])).toBe(
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    );
    expect(
      philoxOf([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    ).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });

  it('may write over its counter', () => {
    const counter = Uint32Array.of(0, 0, 0, 0);
    philox4x32(counter, Uint32Array.of(0, 0), counter);
    expect(at(counter, 0)).toBe(0x6627e8d5);
  });
});

describe('lnUniform and sincosUniform', () => {
  it('agree with the engine to 1e-15', () => {
    const circle = new Float64Array(2);
    let worstLn = 0;
    let worstCircle = 0;
    for (const word of sampleWords()) {
      const u = (word + 0.5) * 2 ** -32;
      // Near 1 the engine's argument is exact too, so a relative comparison is fair everywhere.
      const ln = Math.log(u);
      worstLn = Math.max(worstLn, Math.abs(lnUniform(word) - ln) / Math.abs(ln));
      sincosUniform(word, circle);
      // The engine's argument 2 pi u is itself rounded, by up to 4.5e-16.
      const cos = Math.abs(at(circle, 0) - Math.cos(2 * Math.PI * u));
      const sin = Math.abs(at(circle, 1) - Math.sin(2 * Math.PI * u));
      worstCircle = Math.max(worstCircle, cos, sin);
    }
    expect(worstLn).toBeLessThan(1e-15);
    expect(worstCircle).toBeLessThan(1e-15);
  });

  it('agree with the engine within one unit in the last place of binary32', () => {
    const circle = new Float64Array(2);
    const bits = new Int32Array(2);
    const floats = new Float32Array(bits.buffer);
    const ulps = (x: number, y: number): number => {
      floats[0] = x;
      floats[1] = y;
      return Math.abs(at(bits, 0) - at(bits, 1));
    };
    for (const word of sampleWords()) {
      const u = (word + 0.5) * 2 ** -32;
      const radius = Math.sqrt(-2 * Math.log(u));
      expect(ulps(Math.sqrt(-2 * lnUniform(word)), radius)).toBeLessThanOrEqual(1);
      sincosUniform(word, circle);
      // Reduce the reference in turns as well: near a zero 2 pi u has no correct digits left.
      const turns = u - Math.round(u * 4) / 4;
      const near = [Math.cos(2 * Math.PI * turns), Math.sin(2 * Math.PI * turns)];
      const quarter = Math.round(u * 4) % 4;
      const [c = 0, s = 0] = near;
      const turned =
        [
          [c, s],
          [-s, c],
          [-c, -s],
          [s, -c],
        ][quarter] ?? [];
      expect(ulps(at(circle, 0), at(turned, 0))).toBeLessThanOrEqual(1);
      expect(ulps(at(circle, 1), at(turned, 1))).toBeLessThanOrEqual(1);
    }
  });
});

describe('fillNormal', () => {
  it('gives the golden normals of the definition to every printed digit', () => {
    const golden: [Partial<NoiseKey>, string][] = [
      [
        { step: 3 },
        '0.788265393 0.191405446 0.495682728 0.806435264 ' +
          '0.131131415 1.545379491 -0.561035975 -0.015504328',
      ],
      [{ stream: noiseStream.initial }, '-0.970189790 0.194018955 -1.235620743 1.923926750'],
      [
        { seed: seedWords(0x0123456789abcdefn), sample: 5, step: 7 },
        '0.875778220 0.084216586 0.079320442 0.613836576',
      ],
    ];
    for (const [key, printed] of golden) {
      const n = printed.split(' ').length;
      // The digits are those of the binary64 value, before the one rounding to binary32.
      const wide = wideNormals(n, key);
      expect(wide.map((value) => value.toFixed(9)).join(' ')).toBe(printed);
      expect(normals(n, key)).toEqual(Float32Array.from(wide));
    }
  });

  it('fills exactly n elements, whatever n is, and no others', () => {
    const whole = normals(64);
    for (let n = 0; n <= 13; n++) {
      const out = new Float32Array(32).fill(7);
      fillNormal(out, 5, n, { seed: seedWords(42), stream: noiseStream.step, sample: 0, step: 0 });
      expect(out.subarray(5, 5 + n)).toEqual(whole.subarray(0, n));
      expect(out.subarray(0, 5).every((v) => v === 7)).toBe(true);
      expect(out.subarray(5 + n).every((v) => v === 7)).toBe(true);
    }
  });

  it('depends on every part of the key', () => {
    const first = (key: Partial<NoiseKey>): number => at(normals(1, key), 0);
    const values = [
      first({}),
      first({ seed: seedWords(43) }),
      first({ seed: seedWords(42n + (1n << 32n)) }),
      first({ stream: noiseStream.initial }),
      first({ stream: noiseStream.test }),
      first({ sample: 1 }),
      first({ step: 1 }),
      first({ sample: 2 ** 32 - 1 }),
    ];
    expect(new Set(values).size).toBe(values.length);
    expect(first({})).toBe(values[0]);
  });

  it('refuses keys that are not 32-bit integers and buffers that are too short', () => {
    expect(() => normals(1, { sample: -1 })).toThrow('32-bit');
    expect(() => normals(1, { step: 0.5 })).toThrow('32-bit');
    expect(() => normals(1, { sample: 2 ** 32 })).toThrow('32-bit');
    const key = { seed: seedWords(0), stream: 0, sample: 0, step: 0 };
    expect(() => fillNormal(new Float32Array(4), 1, 4, key)).toThrow('leaves its buffer');
  });

  it('has the moments of the normal distribution', () => {
    const n = 1 << 20;
    const values = normals(n);
    const mean = (power: number): number => values.reduce((sum, v) => sum + v ** power, 0) / n;
    // Five standard errors: var(x^p) is 1, 2, 15, 96 for p = 1 .. 4.
    expect(Math.abs(mean(1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(mean(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(mean(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(mean(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    const lag = values.reduce((sum, v, e) => sum + v * at(values, (e + 1) % n), 0) / n;
    expect(Math.abs(lag)).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(values.every((v) => Math.abs(v) < 6.77)).toBe(true);
  });
});

describe('fillUniform', () => {
  it('returns the words of the counter, never 0 and never 1', () => {
    const n = 4099;
    const values = new Float64Array(n);
    fillUniform(values, 0, n, { seed: seedWords(0), stream: 0, sample: 0, step: 0 });
    expect(at(values, 0)).toBe((0x6627e8d5 + 0.5) / 2 ** 32);
    expect(at(values, 3)).toBe((0x9b00dbd8 + 0.5) / 2 ** 32);
    expect(values.every((u) => u > 0 && u < 1)).toBe(true);
    const mean = values.reduce((sum, u) => sum + u, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
  });
});

describe('seedWords', () => {
  it('splits numbers and bigints alike', () => {
    expect(seedWords(42)).toEqual({ low: 42, high: 0 });
    expect(seedWords(2 ** 32 + 3)).toEqual({ low: 3, high: 1 });
    expect(seedWords(2n ** 64n - 1n)).toEqual({ low: 0xffffffff, high: 0xffffffff });
    expect(seedWords(Number.MAX_SAFE_INTEGER)).toEqual({ low: 0xffffffff, high: 0x1fffff });
  });

  it('refuses what is not a 64-bit seed', () => {
    for (const seed of [-1, 0.5, Number.NaN, Infinity, 2 ** 53, -1n, 2n ** 64n]) {
      expect(() => seedWords(seed), String(seed)).toThrow(RangeError);
    }
  });
});
