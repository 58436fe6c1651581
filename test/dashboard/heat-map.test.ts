import { describe, expect, it } from 'vitest';
import { residualCode, residualOf as kernelResidualOf } from '../../shared/kernel/residual-code.ts';
import { diverging, viridis, type Rgb } from '../../dashboard/data/colours.ts';
import {
  cellText,
  cellsOf,
  decades,
  heatMapPixels,
  scaleOf,
} from '../../dashboard/data/heat-map.ts';
import type { TraceRound } from '../../dashboard/data/job-view.ts';
import { codeOf, residualOf } from '../../dashboard/data/residual.ts';

const frozen: Rgb = [1, 2, 3];
const waiting: Rgb = [4, 5, 6];

function round(number: number, frontier: number, firstStep: number, residuals: number[]) {
  const codes = Uint8Array.from(residuals, residualCode);
  return { round: number, frontier, firstStep, codes } satisfies TraceRound;
}

function pixelsOf(rounds: readonly TraceRound[], steps: number, room = { columns: 99, lines: 99 }) {
  const cells = cellsOf(steps, rounds.length, { ...room, linesMin: 1 });
  const scale = { low: codeOf(1e-4), high: codeOf(1) };
  const pixels = heatMapPixels({ rounds, steps, cells, scale, frozen, waiting });
  const at = (line: number, column: number): number[] => [
    ...pixels.subarray(
      4 * (line * cells.columns + column),
      4 * (line * cells.columns + column) + 3,
    ),
  ];
  return { at, cells };
}

describe('codes', () => {
  it('mean what the coordinator means by them', () => {
    for (let code = 0; code < 256; code++) expect(residualOf(code)).toBe(kernelResidualOf(code));
    expect(codeOf(residualOf(137))).toBeCloseTo(137, 9);
  });
});

describe('the map', () => {
  const rounds = [round(1, 0, 0, [1, 1, 1e-2]), round(2, 2, 1, [1e-4, 1, 1e-4])];

  it('colours what was swept and tells what is frozen from what waits', () => {
    const { at } = pixelsOf(rounds, 5);
    expect(at(0, 0)).toEqual([...viridis(1)]);
    expect(at(0, 3)).toEqual([...waiting]);
    expect(at(1, 0)).toEqual([...frozen]);
    // a code is within 6 % of its residual, and the scale has four decades
    const [red = 0] = at(1, 1);
    expect(Math.abs(red - viridis(0)[0])).toBeLessThan(4);
    expect(at(1, 4)).toEqual([...waiting]);
  });

  it('shows the largest residual of a cell that holds several', () => {
    const { at, cells } = pixelsOf(rounds, 5, { columns: 2, lines: 1 });
    expect(cells).toEqual({ columns: 2, lines: 1, stepsPerCell: 3, roundsPerCell: 2 });
    expect(at(0, 0)).toEqual([...viridis(1)]);
  });

  it('says what a cell is', () => {
    expect(cellText(rounds, 0, 2)).toBe('round 1, timestep 2: residual 9.8e-3');
    expect(cellText(rounds, 1, 0)).toBe('round 2, timestep 0: frozen');
    expect(cellText(rounds, 1, 1)).toMatch(/residual 9\.7e-5, frozen in this round$/);
    expect(cellText(rounds, 0, 4)).toBe('round 1, timestep 4: waiting');
    expect(cellText(rounds, 7, 4)).toBe('no round here yet, timestep 4');
    expect(cellText([round(1, 0, 0, [Infinity])], 0, 0)).toMatch(/not finite$/);
    expect(cellText([round(1, 0, 0, [0])], 0, 0)).toMatch(/residual 0$/);
  });
});

describe('the scale', () => {
  it('is in whole decades, leaves out zero and infinity, and is one for several traces', () => {
    const scale = scaleOf([round(1, 0, 0, [0.03, Infinity, 0])], [round(1, 0, 0, [2e-5])]);
    expect(decades(scale, 9).map(({ label }) => label)).toEqual([
      '1e-5',
      '1e-4',
      '1e-3',
      '1e-2',
      '1e-1',
    ]);
    expect(decades(scale, 3).at(-1)).toEqual({ share: 1, label: '1e-1' });
  });

  it('is not stretched by a few tiny residuals', () => {
    const many = Array.from({ length: 200 }, () => 0.02);
    const scale = scaleOf([round(1, 0, 0, [1e-9, ...many])]);
    expect(residualOf(scale.low)).toBeCloseTo(1e-3, 6);
  });

  it('is there without any residual', () => {
    const { low, high } = scaleOf([]);
    expect(high).toBeGreaterThan(low);
  });
});

describe('colours', () => {
  it('grow brighter all the way, for the colour-blind as well', () => {
    const brightness = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
    for (let k = 1; k <= 64; k++) {
      expect(brightness(viridis(k / 64))).toBeGreaterThan(brightness(viridis((k - 1) / 64)));
    }
    expect(viridis(-1)).toEqual(viridis(0));
    expect(diverging(0)).toEqual([247, 247, 247]);
    expect(diverging(-2)).toEqual([33, 102, 172]);
  });
});
