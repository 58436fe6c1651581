/**
 * The convergence heat map: one line per round, downwards, one column per step. Active steps are
 * coloured by the logarithm of their residual; frozen ones are dark, waiting ones light, so that
 * the window is seen to roll to the right while the residuals in it fall.
 */
import { assert } from '../../shared/kernel/assert.ts';
import { integerTicks } from './axis.ts';
import { ADVANCE, CAPITAL_ROWS, drawText, fitText, textWidth } from './bitmap-font.ts';
import { viridis } from './colour-map.ts';
import { createRaster, fillRect, strokeRect } from './raster.ts';
import type { Colour, Raster, Rect } from './raster.ts';

export interface HeatMapRound {
  /** [steps], in data units; NaN where the step was not evaluated in this round. */
  readonly residuals: Float32Array;
  /** The first step that was not frozen. */
  readonly frontier: number;
  /** One past the last active step. */
  readonly windowEnd: number;
}

export interface HeatMapOptions {
  readonly rounds: readonly HeatMapRound[];
  readonly steps: number;
  readonly title: string;
}

const BACKGROUND = 0xffffff;
const INK = 0x24292f;
const QUIET_INK = 0x6b7280;
const FROZEN = 0x3d434c;
const WAITING = 0xe9ebef;
/** In the window, but nothing was measured: the pale red of missing data. */
const UNMEASURED = 0xf3c6c0;

const TEXT = 2;
const MARGIN = 28;
const TICK = 6;
const PLOT_WIDTH_WANTED = 820;
const PLOT_WIDTH_MAX = 1180;
const PLOT_WIDTH_MIN = 540;
const PLOT_HEIGHT_WANTED = 480;
const PLOT_HEIGHT_MAX = 900;
const CELL_WIDTH_MAX = 56;
const CELL_HEIGHT_MAX = 28;
/** Less would paint noise in strong colours, more would hide what happens in the others. */
const DECADES_MIN = 2;
const DECADES_MAX = 9;

/** 10^low is the darkest colour, 10^high the brightest. */
interface ColourScale {
  readonly low: number;
  readonly high: number;
}

/** A cell shows `stepsPerCell` steps of `roundsPerCell` rounds; both are 1 while there is room. */
interface Layout {
  readonly plot: Rect;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly stepsPerCell: number;
  readonly roundsPerCell: number;
  readonly columns: number;
  readonly lines: number;
}

/** Between about 600 and 1400 pixels wide, whatever the numbers of steps and rounds. */
export function heatMap({ rounds, steps, title }: HeatMapOptions): Raster {
  assert(steps >= 1, `a heat map needs at least one step, found ${steps}`);
  assert(rounds.length >= 1, 'a heat map needs at least one round');
  const fits = rounds.every((round) => round.residuals.length === steps);
  assert(fits, `expected ${steps} residuals in every round`);
  const layout = layOut(steps, rounds.length);
  const { plot } = layout;
  const scale = colourScaleOf(rounds);
  const width = plot.x + plot.width + MARGIN;
  const raster = createRaster(width, plot.y + plot.height + 130, BACKGROUND);
  const heading = fitText(title, width - 2 * MARGIN, TEXT);
  drawText(raster, heading, { x: MARGIN, y: 22, colour: INK, scale: TEXT, bold: true });
  drawCells(raster, rounds, layout, scale);
  strokeRect(raster, grown(plot), QUIET_INK);
  drawRoundAxis(raster, layout, rounds.length);
  drawStepAxis(raster, layout, steps);
  drawLegend(raster, plot, scale);
  return raster;
}

function layOut(steps: number, rounds: number): Layout {
  const stepsPerCell = Math.ceil(steps / PLOT_WIDTH_MAX);
  const columns = Math.ceil(steps / stepsPerCell);
  const cellWidthMax = Math.max(CELL_WIDTH_MAX, Math.ceil(PLOT_WIDTH_MIN / columns));
  const cellWidth = clamp(Math.round(PLOT_WIDTH_WANTED / columns), 1, cellWidthMax);
  const roundsPerCell = Math.ceil(rounds / PLOT_HEIGHT_MAX);
  const lines = Math.ceil(rounds / roundsPerCell);
  const cellHeight = clamp(Math.round(PLOT_HEIGHT_WANTED / lines), 1, CELL_HEIGHT_MAX);
  const plot = {
    x: MARGIN + textWidth(String(rounds), TEXT) + 16,
    y: 92,
    width: columns * cellWidth,
    height: lines * cellHeight,
  };
  return { plot, cellWidth, cellHeight, stepsPerCell, roundsPerCell, columns, lines };
}

function colourScaleOf(rounds: readonly HeatMapRound[]): ColourScale {
  let least = Infinity;
  let most = 0;
  for (const { residuals } of rounds) {
    for (const residual of residuals) {
      if (!(residual > 0) || residual === Infinity) continue;
      least = Math.min(least, residual);
      most = Math.max(most, residual);
    }
  }
  if (most === 0) return { low: -3, high: 0 };
  const high = Math.log10(most);
  return { low: high - clamp(high - Math.log10(least), DECADES_MIN, DECADES_MAX), high };
}

function drawCells(
  raster: Raster,
  rounds: readonly HeatMapRound[],
  layout: Layout,
  scale: ColourScale,
): void {
  const { plot, cellWidth, cellHeight, stepsPerCell, roundsPerCell } = layout;
  for (let line = 0; line < layout.lines; line++) {
    const group = rounds.slice(line * roundsPerCell, (line + 1) * roundsPerCell);
    for (let column = 0; column < layout.columns; column++) {
      const begin = column * stepsPerCell;
      const colour = cellColour(group, [begin, begin + stepsPerCell], scale);
      const x = plot.x + column * cellWidth;
      const y = plot.y + line * cellHeight;
      fillRect(raster, { x, y, width: cellWidth, height: cellHeight }, colour);
    }
  }
}

/** The largest residual in the cell; a cell without one is frozen only when all of it is. */
function cellColour(
  group: readonly HeatMapRound[],
  [begin, end]: readonly [begin: number, end: number],
  scale: ColourScale,
): Colour {
  let most = Number.NaN;
  let frozen = true;
  let waiting = true;
  for (const { residuals, frontier, windowEnd } of group) {
    const last = Math.min(end, residuals.length) - 1;
    for (const residual of residuals.subarray(begin, end)) {
      if (!(residual <= most) && !Number.isNaN(residual)) most = residual;
    }
    frozen &&= last < frontier;
    waiting &&= begin >= windowEnd || last < frontier;
  }
  if (!Number.isNaN(most)) return residualColour(most, scale);
  if (frozen) return FROZEN;
  return waiting ? WAITING : UNMEASURED;
}

/** An exact zero, which exact mode reaches, has no logarithm and takes the darkest colour. */
function residualColour(residual: number, { low, high }: ColourScale): Colour {
  return viridis(residual > 0 ? (Math.log10(residual) - low) / (high - low) : 0);
}

function drawRoundAxis(raster: Raster, layout: Layout, rounds: number): void {
  const { plot, cellHeight, roundsPerCell } = layout;
  const right = plot.x - 1 - TICK;
  const ticks = integerTicks(1, rounds, clamp(Math.floor(plot.height / 26), 2, 12));
  for (const { value, label } of ticks) {
    const middle = plot.y + (Math.floor((value - 1) / roundsPerCell) + 0.5) * cellHeight;
    fillRect(raster, { x: right, y: middle - 0.5, width: TICK, height: 1 }, QUIET_INK);
    const y = Math.round(middle - (CAPITAL_ROWS * TEXT) / 2);
    drawText(raster, label, { x: right - 5, y, colour: INK, scale: TEXT, anchor: 'end' });
  }
  const y = plot.y - 16 - CAPITAL_ROWS * TEXT;
  drawText(raster, 'round', { x: MARGIN, y, colour: QUIET_INK, scale: TEXT });
}

function drawStepAxis(raster: Raster, layout: Layout, steps: number): void {
  const { plot, cellWidth, stepsPerCell } = layout;
  const top = plot.y + plot.height + 1;
  const room = (String(steps).length + 2) * ADVANCE * TEXT;
  const ticks = integerTicks(0, steps - 1, Math.min(10, Math.floor(plot.width / room)));
  const y = top + TICK + 6;
  for (const { value, label } of ticks) {
    const x = plot.x + (Math.floor(value / stepsPerCell) + 0.5) * cellWidth;
    fillRect(raster, { x: x - 0.5, y: top, width: 1, height: TICK }, QUIET_INK);
    drawText(raster, label, { x, y, colour: INK, scale: TEXT, anchor: 'middle' });
  }
  const x = plot.x + plot.width / 2;
  const below = y + 12 + CAPITAL_ROWS * TEXT;
  drawText(raster, 'step', { x, y: below, colour: QUIET_INK, scale: TEXT, anchor: 'middle' });
}

/** Two swatches on the left, the colour bar with its decades on the right. */
function drawLegend(raster: Raster, plot: Rect, scale: ColourScale): void {
  const y = plot.y + plot.height + 82;
  let x = plot.x;
  for (const [name, colour] of [
    ['frozen', FROZEN],
    ['waiting', WAITING],
  ] as const) {
    const swatch = { x, y, width: 22, height: 14 };
    fillRect(raster, swatch, colour);
    strokeRect(raster, grown(swatch), QUIET_INK);
    drawText(raster, name, { x: x + 30, y, colour: INK, scale: TEXT });
    x += 30 + textWidth(name, TEXT) + 20;
  }
  const name = 'residual';
  const barX = x + textWidth(name, TEXT) + 14;
  drawText(raster, name, { x, y, colour: INK, scale: TEXT });
  drawColourBar(raster, { x: barX, y, width: plot.x + plot.width - barX, height: 14 }, scale);
}

function drawColourBar(raster: Raster, bar: Rect, { low, high }: ColourScale): void {
  for (let column = 0; column < bar.width; column++) {
    const colour = viridis(column / (bar.width - 1));
    fillRect(raster, { x: bar.x + column, y: bar.y, width: 1, height: bar.height }, colour);
  }
  strokeRect(raster, grown(bar), QUIET_INK);
  const first = Math.ceil(low - 1e-3);
  const room = textWidth(`1e${first}`, TEXT) + 16;
  const every = Math.max(1, Math.ceil(((high - low) * room) / bar.width));
  const y = bar.y + bar.height + 1;
  for (let decade = first; decade <= high + 1e-3; decade += every) {
    const label = `1e${decade}`;
    const x = bar.x + clamp((decade - low) / (high - low), 0, 1) * (bar.width - 1);
    fillRect(raster, { x, y, width: 1, height: 5 }, QUIET_INK);
    // The last label stays within the picture.
    const middle = Math.min(x, raster.width - textWidth(label, TEXT) / 2 - 4);
    const place = { x: middle, y: y + 9, colour: INK, scale: TEXT, anchor: 'middle' } as const;
    drawText(raster, label, place);
  }
}

/** The rectangle around `rect` whose one-pixel sides touch it from outside. */
function grown({ x, y, width, height }: Rect): Rect {
  return { x: x - 1, y: y - 1, width: width + 2, height: height + 2 };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
