/** The heat map on a canvas: blocks above, cells, boundaries, the frozen frontier, axes. */
import { rgbOf } from '../data/colours.ts';
import { heatMapPixels } from '../data/heat-map.ts';
import type { Cells, Scale } from '../data/heat-map.ts';
import type { Block, TraceRound } from '../data/job-view.ts';
import { contextOf, drawPixels } from './canvas.ts';
import type { Box } from './canvas.ts';
import { workerColour } from './name-colours.ts';
import { colour } from './theme.ts';

export interface Drawing {
  readonly rounds: readonly TraceRound[];
  readonly steps: number;
  readonly blocks: readonly Block[];
  readonly scale: Scale;
  readonly cells: Cells;
  readonly plot: Box;
  readonly size: { readonly width: number; readonly height: number };
  readonly place: { readonly line: number; readonly step: number } | undefined;
}

const FONT = '11px system-ui, sans-serif';
const STRIP = 10;

/** Where the cells are, with room for the numbers of the rounds and of the timesteps. */
export function plotOf(width: number, height: number, rounds: number, blocks: number): Box {
  const x = 24 + 7 * String(Math.max(10, rounds)).length;
  const y = blocks > 0 ? STRIP + 8 : 6;
  return { x, y, width: Math.max(10, width - x - 6), height: height - y - 36 };
}

export function drawHeatMap(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { size, plot, cells } = drawing;
  const context = contextOf(canvas, size.width, size.height);
  if (!context) return;
  const [frozen, waiting] = [rgbOf(colour('--frozen')), rgbOf(colour('--waiting'))];
  const pixels = heatMapPixels({ ...drawing, frozen, waiting });
  drawPixels(context, { width: cells.columns, height: cells.lines, pixels }, plot);
  drawBlocks(context, drawing);
  drawFrontier(context, drawing);
  context.strokeStyle = colour('--line-strong');
  context.lineWidth = 1;
  context.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  drawAxes(context, drawing);
  drawPlace(context, drawing);
}

function stepX({ plot, cells }: Drawing, step: number): number {
  const shown = cells.columns * cells.stepsPerCell;
  return plot.x + (plot.width * Math.min(step, shown)) / shown;
}

/** Who holds which timesteps: a strip above, and boundaries in the colour of their right side. */
function drawBlocks(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { blocks, plot } = drawing;
  for (const { begin, end, worker, held } of blocks) {
    const x = stepX(drawing, begin);
    context.fillStyle = worker === '' ? colour('--line-strong') : workerColour(worker);
    context.globalAlpha = held ? 1 : 0.4;
    const width = Math.max(1, stepX(drawing, end) - x - 1);
    context.fillRect(x + 0.5, plot.y - STRIP - 3, width, STRIP);
    if (begin > 0) {
      context.setLineDash([5, 3]);
      context.strokeStyle = context.fillStyle;
      context.lineWidth = 1.5;
      line(context, [x, plot.y], [x, plot.y + plot.height]);
      context.setLineDash([]);
    }
  }
  context.globalAlpha = 1;
  if (blocks.length === 0) return;
  context.fillStyle = colour('--quiet');
  context.font = FONT;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillText('blocks', 0, plot.y - STRIP / 2 - 3, plot.x - 4);
}

/** Left of it nothing changes any more. Light on dark, so that it is seen on every colour. */
function drawFrontier(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { rounds, cells, plot } = drawing;
  if (rounds.length === 0) return;
  const height = plot.height / cells.lines;
  const path = new Path2D();
  let before = stepX(drawing, 0);
  path.moveTo(before, plot.y);
  for (let group = 0; group * cells.roundsPerCell < rounds.length; group++) {
    const end = Math.min(rounds.length, (group + 1) * cells.roundsPerCell);
    const x = stepX(drawing, Math.max(0, rounds[end - 1]?.frontier ?? 0));
    const y = plot.y + (group + 1) * height;
    path.lineTo(before, y);
    path.lineTo(x, y);
    before = x;
  }
  context.lineJoin = 'round';
  context.strokeStyle = '#111111';
  context.lineWidth = 3.5;
  context.stroke(path);
  context.strokeStyle = '#ffffff';
  context.lineWidth = 1.5;
  context.stroke(path);
}

function drawAxes(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { plot, cells, rounds, steps } = drawing;
  context.font = FONT;
  context.fillStyle = colour('--quiet');
  context.strokeStyle = colour('--line-strong');
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const bottom = plot.y + plot.height;
  for (const step of ticks(0, steps, Math.min(10, plot.width / 44))) {
    const x = stepX(drawing, step);
    line(context, [x, bottom], [x, bottom + 4]);
    context.fillText(String(step), Math.min(x, plot.x + plot.width - 8), bottom + 6);
  }
  context.fillText(
    'timestep (noise on the left, sample on the right)',
    plot.x + plot.width / 2,
    bottom + 21,
  );
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const height = plot.height / cells.lines;
  const last = Math.max(rounds.length, cells.lines * cells.roundsPerCell);
  for (const number of ticks(1, last, Math.min(8, plot.height / 22))) {
    const round = rounds[number - 1]?.round ?? number;
    const y = plot.y + (Math.floor((number - 1) / cells.roundsPerCell) + 0.5) * height;
    context.fillText(String(round), plot.x - 6, y);
  }
  context.save();
  context.translate(8, plot.y + plot.height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillText('round', 0, 0);
  context.restore();
}

function drawPlace(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { place, plot, cells } = drawing;
  if (!place) return;
  const width = plot.width / cells.columns;
  const height = plot.height / cells.lines;
  const x = plot.x + Math.floor(place.step / cells.stepsPerCell) * width;
  const y = plot.y + Math.floor(place.line / cells.roundsPerCell) * height;
  for (const [style, thick] of [
    ['#111111', 4],
    ['#ffffff', 2],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = thick;
    context.strokeRect(x, y, Math.max(3, width), Math.max(3, height));
  }
}

/** Round numbers from `first` to `last`, at most about `most` of them. */
function ticks(first: number, last: number, most: number): number[] {
  const span = Math.max(1, last - first);
  const raw = span / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const every =
    Math.max(1, [1, 2, 5, 10].find((k) => k * power >= raw - 1e-9) ?? 10) * Math.max(1, power);
  const found = [first];
  for (let k = Math.ceil((first + every / 2) / every) * every; k <= last; k += every) found.push(k);
  return found;
}

function line(
  context: CanvasRenderingContext2D,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
