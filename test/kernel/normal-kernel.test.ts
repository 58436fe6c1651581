import { describe, expect, it } from 'vitest';
import { GROUP, normalKernel } from '../../shared/kernel/normal-kernel.ts';
import { lnUniform, philox4x32, sincosUniform } from '../../shared/kernel/random.ts';

const key = { step: 5, sample: 3, stream: 1, low: 0xdeadbeef, high: 0x12345678 };

/** One counter at a time, by the scalar functions: four normals. */
function scalar(counter: number, { step, sample, stream, low, high }: typeof key): number[] {
  const words = new Uint32Array(4);
  philox4x32(Uint32Array.of(counter, step, sample, stream), Uint32Array.of(low, high), words);
  const circle = new Float64Array(2);
  return [0, 2].flatMap((first) => {
    const radius = Math.sqrt(-2 * lnUniform(words[first] ?? 0));
    sincosUniform(words[first + 1] ?? 0, circle);
    return [radius * (circle[0] ?? 0), radius * (circle[1] ?? 0)].map(Math.fround);
  });
}

describe('normals in vector instructions', () => {
  const kernel = normalKernel();

  it('are there, in this engine', () => {
    expect(kernel?.room).toBe(16_384);
  });

  it.each([0, 1, 77, 2 ** 24])('are those of the scalar functions, from counter %i on', (first) => {
    kernel?.fill(first, 64, key);
    const expected = Array.from({ length: 4 * 64 }, (_, k) => scalar(first + k, key)).flat();
    const found = Array.from(kernel?.normals.subarray(0, 64 * GROUP) ?? []);
    expect(found.every((value, k) => Object.is(value, expected[k]))).toBe(true);
  });

  it('are others for another key', () => {
    const of = (other: Partial<typeof key>) => {
      kernel?.fill(0, 1, { ...key, ...other });
      return Array.from(kernel?.normals.subarray(0, GROUP) ?? []).join();
    };
    const all = [{}, { step: 6 }, { sample: 4 }, { stream: 0 }, { low: 1 }, { high: 1 }].map(of);
    expect(new Set(all).size).toBe(all.length);
  });

  it('say nothing beyond what was asked for', () => {
    kernel?.normals.fill(7);
    kernel?.fill(0, 1, key);
    expect(kernel?.normals[GROUP]).toBe(7);
  });
});
