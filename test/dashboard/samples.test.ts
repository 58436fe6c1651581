import { describe, expect, it } from 'vitest';
import { npyHeader } from '../../shared/protocol/npy.ts';
import { arrayOf, readNpy } from '../../dashboard/data/npy.ts';
import { differenceOf, kindOf, pathOf, pictureOf } from '../../dashboard/data/samples.ts';

const range = [-1, 1] as const;

function npy(shape: readonly number[], values: Float32Array<ArrayBuffer>): ArrayBuffer {
  const file = Buffer.concat([npyHeader('float32', shape), Buffer.from(values.buffer)]);
  return Uint8Array.from(file).buffer;
}

describe('an array file', () => {
  it('is what the coordinator writes', () => {
    const values = Float32Array.from({ length: 8 }, (_, k) => k / 3);
    expect(readNpy(npy([2, 1, 2, 2], values))).toEqual({ shape: [2, 1, 2, 2], values });
    expect(readNpy(npy([8], values)).shape).toEqual([8]);
  });

  it('is refused where it is none, or is too short', () => {
    const file = npy([4], new Float32Array(4));
    expect(() => readNpy(new ArrayBuffer(0))).toThrow(/not an array file/);
    expect(() => readNpy(file.slice(0, -4))).toThrow(/found 12 bytes, expected 16/);
    const other = Uint8Array.from(Buffer.from(file).toString('latin1').replace('<f4', '<f8'), (c) =>
      c.charCodeAt(0),
    );
    expect(() => readNpy(other.buffer)).toThrow(/expected float32/);
    expect(() => arrayOf([3], new ArrayBuffer(8))).toThrow(RangeError);
  });
});

describe('samples', () => {
  it('look like what their shape says', () => {
    const kind = (shape: number[], latents = false) => kindOf({ shape, latents });
    expect(kind([1, 8, 8])).toBe('image');
    expect(kind([3, 8, 8])).toBe('image');
    expect(kind([3, 8, 8], true)).toBe('latents');
    expect(kind([4, 8, 8])).toBe('latents');
    expect(kind([2, 32])).toBe('path');
    expect(kind([2])).toBe('points');
    expect(kind([7])).toBe('curve');
    expect(kind([])).toBe('curve');
  });

  it('of one channel are grey, clipped to their range', () => {
    const look = { shape: [1, 1, 3], range, latents: false };
    const picture = pictureOf(Float32Array.of(-2, 0, 1), look);
    expect([...(picture?.pixels ?? [])]).toEqual([
      ...[0, 0, 0, 255],
      ...[128, 128, 128, 255],
      ...[255, 255, 255, 255],
    ]);
    expect(pictureOf(new Float32Array(2), look)).toBeUndefined();
  });

  it('of three channels have colours, and latents false ones of their own range', () => {
    const colours = pictureOf(Float32Array.of(1, -1, -1), {
      shape: [3, 1, 1],
      range,
      latents: false,
    });
    expect([...(colours?.pixels ?? [])]).toEqual([255, 0, 0, 255]);
    const latents = { shape: [4, 1, 2], range, latents: true };
    const false_ = pictureOf(Float32Array.of(5, 9, 0, 1, 3, 2, 7, 7), latents);
    expect([...(false_?.pixels ?? [])]).toEqual([0, 0, 255, 255, 255, 255, 0, 255]);
  });

  it('of two rows are a path', () => {
    expect(pathOf(Float32Array.of(1, 2, 3, 4), [2, 2])).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(pathOf(Float32Array.of(5, 6), [2])).toEqual([[5, 6]]);
  });
});

describe('a difference', () => {
  it('is measured, and drawn from blue to red', () => {
    const look = { shape: [1, 1, 3], range, latents: false };
    const found = differenceOf(Float32Array.of(1, 0, 0), Float32Array.of(0, 0, 1), look);
    expect(found.rms).toBeCloseTo(Math.sqrt(2 / 3), 12);
    expect(found.largest).toBe(1);
    const [red, , blue] = found.picture?.pixels ?? [];
    expect(red).toBeGreaterThan(blue ?? 255);
  });

  it('of equal samples is nothing', () => {
    const look = { shape: [3, 1, 1], range, latents: false };
    const same = Float32Array.of(1, 2, 3);
    expect(differenceOf(same, same, look)).toMatchObject({ rms: 0, largest: 0 });
  });
});
