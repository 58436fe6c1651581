import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import {
  createRaster,
  drawStroke,
  encodePng,
  fillRect,
  mixColours,
  pixelAt,
  strokeRect,
} from '../../../cli/output/raster.ts';
import type { Raster } from '../../../cli/output/raster.ts';

/** One character per pixel: `.` for the background, `#` for full ink, `+` for anything between. */
function drawing(raster: Raster): string {
  const lines = Array.from({ length: raster.height }, (_, y) =>
    Array.from({ length: raster.width }, (_, x) => {
      const colour = pixelAt(raster, x, y);
      return colour === 0xffffff ? '.' : colour === 0 ? '#' : '+';
    }).join(''),
  );
  return lines.join('\n');
}

describe('raster', () => {
  it('fills and strokes whole pixels and clips the rest', () => {
    const raster = createRaster(8, 4, 0xffffff);
    strokeRect(raster, { x: 0, y: 0, width: 4, height: 4 }, 0);
    fillRect(raster, { x: 5.6, y: 2, width: 100, height: 100 }, 0);
    fillRect(raster, { x: -9, y: -9, width: 3, height: 3 }, 0);
    expect(`\n${drawing(raster)}`).toBe(`
####....
#..#....
#..#..##
####..##`);
  });

  it('draws strokes with soft edges and round ends', () => {
    const raster = createRaster(9, 5, 0xffffff);
    drawStroke(raster, { from: [2, 2], to: [6, 2], width: 2 }, 0);
    expect(`\n${drawing(raster)}`).toBe(`
.........
.+++++++.
.+#####+.
.+++++++.
.........`);
    const dot = createRaster(5, 5, 0xffffff);
    drawStroke(dot, { from: [2, 2], to: [2, 2], width: 3 }, 0);
    expect(`\n${drawing(dot)}`).toBe(`
.....
.+#+.
.###.
.+#+.
.....`);
  });

  it('mixes channel by channel', () => {
    expect(mixColours(0x000000, 0xff8000, 0)).toBe(0x000000);
    expect(mixColours(0x000000, 0xff8000, 1)).toBe(0xff8000);
    expect(mixColours(0x000000, 0x10ff20, 0.5)).toBe(0x088010);
  });

  it('survives PNG', () => {
    const raster = createRaster(3, 2, 0x123456);
    fillRect(raster, { x: 1, y: 0, width: 1, height: 1 }, 0xfedcba);
    const png = decode(encodePng(raster));
    expect([png.width, png.height, png.channels, png.depth]).toEqual([3, 2, 3, 8]);
    expect(Array.from(png.data)).toEqual(Array.from(raster.data));
  });

  it.each([
    [0, 1],
    [1.5, 1],
    [100_000, 100_000],
  ])('refuses a size of %d x %d', (width, height) => {
    expect(() => createRaster(width, height, 0)).toThrow(/raster needs|is over/);
  });
});
