/** Text beside the points of a plot, where it covers neither the frame nor other text. */
import { textWidth } from './bitmap-font.ts';
import type { Mark } from './marks.ts';
import type { Colour, Rect } from './raster.ts';

export interface PointLabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly colour: Colour;
}

const BESIDE = 8;
const ABOVE = 11;
const LINE_HEIGHT = 16;

/**
 * One mark for every label that finds a place: right above its point, where a falling curve leaves
 * room, else right below, left above or left below. One that finds none is left out.
 */
export function labelMarks(labels: readonly PointLabel[], plot: Rect, scale: number): Mark[] {
  const taken: Rect[] = [];
  return labels.flatMap(({ x, y, text, colour }): Mark[] => {
    const width = textWidth(text, scale);
    for (const [left, down] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const at = left ? x - BESIDE - width : x + BESIDE;
      const middle = down ? y + ABOVE : y - ABOVE;
      const box = { x: at, y: middle - LINE_HEIGHT / 2, width, height: LINE_HEIGHT };
      if (!inside(box, plot) || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return [{ kind: 'text', x: at, y: middle, text, colour, anchor: 'start' }];
    }
    return [];
  });
}

function inside(box: Rect, plot: Rect): boolean {
  // a little over the right edge is only white paper
  const right = box.x + box.width <= plot.x + plot.width + BESIDE;
  const vertical = box.y >= plot.y - LINE_HEIGHT && box.y + box.height <= plot.y + plot.height;
  return right && vertical && box.x >= plot.x;
}

function overlap(a: Rect, b: Rect): boolean {
  const across = a.x < b.x + b.width && b.x < a.x + a.width;
  return across && a.y < b.y + b.height && b.y < a.y + a.height;
}
