import { describe, expect, it } from 'vitest';
import { brightness, drawPicture } from '../../shared/protocol/picture.ts';

describe('a sample as a picture', () => {
  it('has planes of the sample as channels of its pixels', () => {
    const sample = Float32Array.of(-1, 1, 0, 1, -1, 0);
    const drawn = drawPicture(sample, [3, 1, 2], [-1, 1]);
    expect(drawn).toEqual({
      ...{ width: 2, height: 1, channels: 3 },
      data: Uint8Array.of(0, 128, 0, 255, 255, 128),
    });
    expect(drawPicture(sample, [1, 2, 3], [-1, 1])?.data).toHaveLength(6);
  });

  it('shows what is no number, and clips the rest', () => {
    const drawn = drawPicture(Float32Array.of(NaN, Infinity, -Infinity), [3, 1, 1], [0, 1]);
    expect(drawn?.data).toEqual(Uint8Array.of(255, 255, 0));
    expect(drawPicture(Float32Array.of(NaN, NaN, NaN), [3, 1, 1], [0, 1])?.data).toEqual(
      Uint8Array.of(255, 0, 255),
    );
    expect(brightness(undefined, [0, 1])).toBeNaN();
  });

  it.each([[[2, 1, 3]], [[6]], [[1, 6]], [[1, 2, 2]]])('is none of shape %j', (shape) => {
    expect(drawPicture(new Float32Array(6), shape, [0, 1])).toBeUndefined();
    expect(drawPicture(new Float32Array(6), [1, 2, 3], [1, 1])).toBeUndefined();
  });
});
