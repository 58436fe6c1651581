import { describe, expect, it } from 'vitest';
import {
  ADVANCE,
  GLYPH_ROWS,
  drawText,
  fitText,
  textWidth,
} from '../../../cli/output/bitmap-font.ts';
import { createRaster, pixelAt } from '../../../cli/output/raster.ts';

/** `text` drawn at scale 1 on a raster that just holds it, `#` for ink. */
function drawn(text: string): string {
  const raster = createRaster(Math.max(1, textWidth(text)), GLYPH_ROWS, 0xffffff);
  drawText(raster, text, { x: 0, y: 0, colour: 0 });
  const lines = Array.from({ length: raster.height }, (_, y) =>
    Array.from({ length: raster.width }, (_, x) => (pixelAt(raster, x, y) === 0 ? '#' : '.')),
  );
  return lines.map((line) => line.join('')).join('\n');
}

const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));

describe('bitmap font', () => {
  it('draws capitals, digits and tails', () => {
    expect(`\n${drawn('R2g')}`).toBe(`
####...###.......
#...#.#...#......
#...#.....#..####
####.....#..#...#
#.#.....#...#...#
#..#...#....#...#
#...#.#####..####
................#
.............###.`);
  });

  it('has a different glyph with ink for every printable character', () => {
    const glyphs = new Set(PRINTABLE.map(drawn));
    expect(glyphs.size).toBe(PRINTABLE.length);
    expect(glyphs.has(drawn(' '))).toBe(false);
    expect(drawn(' ')).not.toContain('#');
  });

  it('draws a box for everything else, one per character', () => {
    expect(drawn('ε')).toBe(drawn('漢'));
    expect(drawn('🦊')).toBe(drawn('ε'));
    expect(drawn('\n')).toBe(drawn('ε'));
    expect(PRINTABLE.map(drawn)).not.toContain(drawn('ε'));
  });

  it('anchors at the start, the middle and the end, at any scale', () => {
    const inkOf = (anchor: 'start' | 'middle' | 'end', scale: number) => {
      const raster = createRaster(101, 40, 0xffffff);
      drawText(raster, 'HH', { x: 50, y: 3, colour: 0, anchor, scale });
      const columns = Array.from({ length: 101 }, (_, x) => x);
      const inked = columns.filter((x) => pixelAt(raster, x, 3) === 0);
      return [Math.min(...inked), Math.max(...inked) + 1];
    };
    expect(inkOf('start', 2)).toEqual([50, 50 + textWidth('HH', 2)]);
    expect(inkOf('end', 3)).toEqual([50 - textWidth('HH', 3), 50]);
    expect(inkOf('middle', 2)).toEqual([39, 61]);
  });

  it('knows its width and cuts to it', () => {
    expect(textWidth('')).toBe(0);
    expect(textWidth('ab', 2)).toBe(2 * (2 * ADVANCE - 1));
    for (let width = 0; width < 80; width++) {
      const cut = fitText('trajectory', width);
      expect(textWidth(cut)).toBeLessThanOrEqual(width);
      expect(cut).toMatch(/^(trajectory|(t?r?a?j?e?c?t?)\.{0,3})$/);
    }
    expect(fitText('trajectory', textWidth('trajec..'))).toBe('traje...');
  });
});
