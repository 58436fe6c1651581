import { describe, expect, it } from 'vitest';
import { viridis } from '../../../cli/output/colour-map.ts';
import { heatMap } from '../../../cli/output/heat-map.ts';
import type { HeatMapRound } from '../../../cli/output/heat-map.ts';
import { pixelAt } from '../../../cli/output/raster.ts';
import type { Colour, Raster } from '../../../cli/output/raster.ts';

const FROZEN = 0x3d434c;
const WAITING = 0xe9ebef;
const UNMEASURED = 0xf3c6c0;

/** A round of `steps` whose window [frontier, windowEnd) has the residual given. */
function round(
  steps: number,
  [frontier, windowEnd]: readonly [number, number],
  residual: number,
): HeatMapRound {
  const residuals = new Float32Array(steps).fill(Number.NaN);
  return { residuals: residuals.fill(residual, frontier, windowEnd), frontier, windowEnd };
}

/** How often each colour occurs in the picture. */
function areas(raster: Raster): Map<Colour, number> {
  const counts = new Map<Colour, number>();
  for (let y = 0; y < raster.height; y++) {
    for (let x = 0; x < raster.width; x++) {
      const colour = pixelAt(raster, x, y);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  return counts;
}

const LEGEND = areas(heatMap({ rounds: [round(10, [0, 10], 1)], steps: 10, title: '' }));

/** Pixels of `colour` in the cells, without the legend's swatch. */
function cellArea(raster: Raster, colour: Colour): number {
  return (areas(raster).get(colour) ?? 0) - (LEGEND.get(colour) ?? 0);
}

describe('heatMap', () => {
  it('gives every state its own colour, in proportion', () => {
    const rounds = [round(10, [0, 4], 1), round(10, [2, 6], 0.01)];
    const raster = heatMap({ rounds, steps: 10, title: 'states' });
    const cell = 56 * 28;
    expect(cellArea(raster, FROZEN)).toBe(2 * cell);
    expect(cellArea(raster, WAITING)).toBe((6 + 4) * cell);
    expect(areas(raster).get(viridis(1))).toBeGreaterThanOrEqual(4 * cell);
    expect(areas(raster).get(viridis(0))).toBeGreaterThanOrEqual(4 * cell);
  });

  it('marks an active step without a residual, and takes zero and infinity as extremes', () => {
    const residuals = Float32Array.of(0, Infinity, Number.NaN, 1, 0.1, 0.01);
    const rounds = [{ residuals, frontier: 0, windowEnd: 6 }];
    const raster = heatMap({ rounds, steps: 6, title: '' });
    const counts = areas(raster);
    const cell = 90 * 28;
    expect(counts.get(UNMEASURED)).toBe(cell);
    expect(counts.get(viridis(0))).toBeGreaterThanOrEqual(2 * cell);
    expect(counts.get(viridis(1))).toBeGreaterThanOrEqual(2 * cell);
  });

  it.each([
    [10, 1],
    [10, 1000],
    [37, 12],
    [100, 14],
    [400, 30],
    [546, 30],
    [547, 30],
    [1000, 20],
    [1000, 1000],
  ])('is 600 to 1400 pixels wide and not too high: %d steps, %d rounds', (steps, count) => {
    const rounds = Array.from({ length: count }, () => round(steps, [0, steps], 0.1));
    const { width, height } = heatMap({ rounds, steps, title: 'x'.repeat(500) });
    expect(width).toBeGreaterThanOrEqual(600);
    expect(width).toBeLessThanOrEqual(1400);
    expect(height).toBeLessThanOrEqual(1200);
  });

  it('keeps the largest residual when steps and rounds share a pixel', () => {
    const steps = 3000;
    const rounds = Array.from({ length: 2000 }, () => round(steps, [0, steps], 1e-3));
    rounds[700]?.residuals.fill(1, 1499, 1500);
    const counts = areas(heatMap({ rounds, steps, title: '' }));
    // One cell of one pixel, and one column of the colour bar.
    expect(counts.get(viridis(1))).toBe(1 + 14);
  });

  it('refuses nothing at all and the wrong number of residuals', () => {
    expect(() => heatMap({ rounds: [], steps: 4, title: '' })).toThrow(/at least one round/);
    const rounds = [round(5, [0, 5], 1)];
    expect(() => heatMap({ rounds, steps: 4, title: '' })).toThrow(/expected 4 residuals/);
  });
});

describe('viridis', () => {
  it('runs from violet to yellow, ever lighter', () => {
    expect([viridis(-1), viridis(0)]).toEqual([0x440154, 0x440154]);
    expect([viridis(1), viridis(2)]).toEqual([0xfde725, 0xfde725]);
    const luma = (colour: Colour) =>
      0.2126 * (colour >> 16) + 0.7152 * ((colour >> 8) & 255) + 0.0722 * (colour & 255);
    for (let i = 1; i <= 64; i++) {
      expect(luma(viridis(i / 64))).toBeGreaterThan(luma(viridis((i - 1) / 64)));
    }
  });
});
