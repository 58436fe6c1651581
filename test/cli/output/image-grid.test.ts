import { describe, expect, it } from 'vitest';
import { imageGrid } from '../../../cli/output/image-grid.ts';
import { pixelAt } from '../../../cli/output/raster.ts';
import type { Raster } from '../../../cli/output/raster.ts';

const RANGE = [-1, 1] as const;

function gridOf(options: Parameters<typeof imageGrid>[0]): Raster {
  const raster = imageGrid(options);
  if (raster === undefined) throw new Error('expected a picture');
  return raster;
}

describe('imageGrid', () => {
  it('lays grey tiles out row by row and enlarges every pixel', () => {
    // Three samples of 1 x 2 pixels in two columns.
    const samples = Float32Array.of(-1, 1, 0, -2, 5, Number.NaN);
    const shape = [1, 1, 2];
    const raster = gridOf({ samples, count: 3, shape, range: RANGE, columns: 2, scale: 3, gap: 1 });
    expect([raster.width, raster.height]).toEqual([2 * 7 + 1, 2 * 4 + 1]);
    expect(pixelAt(raster, 0, 0)).toBe(0xffffff);
    expect([1, 3, 4, 6].map((x) => pixelAt(raster, x, 3))).toEqual([0, 0, 0xffffff, 0xffffff]);
    expect([8, 11].map((x) => pixelAt(raster, x, 1))).toEqual([0x808080, 0]);
    // Above the range, and not a number.
    expect([1, 4].map((x) => pixelAt(raster, x, 5))).toEqual([0xffffff, 0xff00ff]);
  });

  it('reads RGB plane by plane', () => {
    const samples = Float32Array.of(1, -1, -1, 1, 0, -1);
    const raster = gridOf({ samples, count: 1, shape: [3, 1, 2], range: RANGE, scale: 1, gap: 0 });
    expect([0, 1].map((x) => pixelAt(raster, x, 0))).toEqual([0xff0080, 0x00ff00]);
  });

  it('is about square and easy to see by default', () => {
    const samples = new Float32Array(10 * 64);
    const raster = gridOf({ samples, count: 10, shape: [1, 8, 8], range: RANGE });
    expect([raster.width, raster.height]).toEqual([4 * 100 + 4, 3 * 100 + 4]);
  });

  it('writes a label under its tile, and only there', () => {
    const options = { samples: new Float32Array(2 * 64), count: 2, shape: [1, 8, 8], range: RANGE };
    const plain = gridOf(options);
    const labelled = gridOf({ ...options, labels: ['', 'ankle boot, much too long a name'] });
    expect(labelled.height).toBe(plain.height + 12);
    const under = (x: number) => {
      const columns = Array.from({ length: 96 }, (_, column) => x + column);
      return columns.some((column) => pixelAt(labelled, column, 100 + 4) !== 0xffffff);
    };
    expect([under(4), under(104)]).toEqual([false, true]);
    for (let y = 0; y < labelled.height; y++) expect(pixelAt(labelled, 101, y)).toBe(0xffffff);
  });

  it.each([[[2, 8, 8]], [[4, 4, 4]], [[64]], [[8, 8]], [[1, 3, 8, 8]], [[]], [[1, 0, 4]]])(
    'has no picture for shape %j',
    (shape) => {
      const size = shape.reduce((product, side) => product * side, 1);
      const samples = new Float32Array(size);
      expect(imageGrid({ samples, count: 1, shape, range: RANGE })).toBeUndefined();
    },
  );

  it('refuses samples that do not fill the shape, and an empty range', () => {
    const options = { samples: new Float32Array(63), count: 1, shape: [1, 8, 8], range: RANGE };
    expect(() => imageGrid(options)).toThrow(/expected 64 values, found 63/);
    const samples = new Float32Array(64);
    expect(() => imageGrid({ ...options, samples, range: [1, 1] })).toThrow(/range must grow/);
  });
});
