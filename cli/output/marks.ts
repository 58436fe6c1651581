/** A picture as a list of marks, and its two forms: an SVG document and a raster. */
import { unreachable } from '../../shared/kernel/assert.ts';
import { CAPITAL_ROWS, drawText } from './bitmap-font.ts';
import { createRaster, drawStroke, fillRect } from './raster.ts';
import type { Colour, Raster } from './raster.ts';

/** Coordinates in pixels, y down. A text's y is the middle of its capitals. */
export type Mark =
  | {
      readonly kind: 'line';
      readonly points: readonly (readonly [x: number, y: number])[];
      readonly width: number;
      readonly colour: Colour;
      readonly dashed?: boolean;
    }
  | {
      readonly kind: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly colour: Colour;
    }
  | {
      readonly kind: 'dot';
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly colour: Colour;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly colour: Colour;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly bold?: boolean;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const FONT_SIZE = 14;
/** From the middle of the capitals to the base line, in font sizes, for the usual sans-serifs. */
const BASE_LINE_DROP = 0.35;
const RASTER_TEXT_SCALE = 2;
const DASH = 7;
const DASH_GAP = 5;

export function sceneToSvg({ width, height, marks }: Scene): string {
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="${FONT_SIZE}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...marks.map(markToSvg),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

export function sceneToRaster({ width, height, marks }: Scene): Raster {
  const raster = createRaster(width, height, 0xffffff);
  for (const mark of marks) drawMark(raster, mark);
  return raster;
}

function markToSvg(mark: Mark): string {
  const colour = `#${mark.colour.toString(16).padStart(6, '0')}`;
  switch (mark.kind) {
    case 'line': {
      const points = mark.points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
      const dash = mark.dashed === true ? ` stroke-dasharray="${DASH} ${DASH_GAP}"` : '';
      const joins = 'stroke-linejoin="round" stroke-linecap="round"';
      const stroke = `stroke="${colour}" stroke-width="${mark.width}" ${joins}${dash}`;
      return `<polyline points="${points}" fill="none" ${stroke}/>`;
    }
    case 'rect': {
      const place = `x="${short(mark.x)}" y="${short(mark.y)}"`;
      const size = `width="${short(mark.width)}" height="${short(mark.height)}"`;
      return `<rect ${place} ${size} fill="${colour}"/>`;
    }
    case 'dot': {
      const place = `cx="${short(mark.x)}" cy="${short(mark.y)}"`;
      return `<circle ${place} r="${mark.radius}" fill="${colour}"/>`;
    }
    case 'text': {
      const y = short(mark.y + BASE_LINE_DROP * FONT_SIZE);
      const weight = mark.bold === true ? ' font-weight="600"' : '';
      const attributes = `x="${short(mark.x)}" y="${y}" fill="${colour}"${weight}`;
      return `<text ${attributes} text-anchor="${mark.anchor}">${escapeXml(mark.text)}</text>`;
    }
    default:
      return unreachable(mark);
  }
}

function drawMark(raster: Raster, mark: Mark): void {
  switch (mark.kind) {
    case 'line':
      return drawPolyline(raster, mark);
    case 'rect':
      return fillRect(raster, mark, mark.colour);
    case 'dot': {
      const centre = [mark.x - 0.5, mark.y - 0.5] as const;
      const stroke = { from: centre, to: centre, width: 2 * mark.radius };
      return drawStroke(raster, stroke, mark.colour);
    }
    case 'text': {
      const y = Math.round(mark.y - (CAPITAL_ROWS * RASTER_TEXT_SCALE) / 2);
      return drawText(raster, mark.text, { ...mark, y, scale: RASTER_TEXT_SCALE });
    }
    default:
      return unreachable(mark);
  }
}

function drawPolyline(raster: Raster, mark: Extract<Mark, { kind: 'line' }>): void {
  let travelled = 0;
  for (const [i, [x1, y1]] of mark.points.entries()) {
    const [x0, y0] = mark.points[i - 1] ?? [x1, y1];
    const length = Math.hypot(x1 - x0, y1 - y0);
    // SVG counts from the corners of pixels, the raster from their centres.
    const at = (s: number) =>
      [x0 + ((x1 - x0) * s) / length - 0.5, y0 + ((y1 - y0) * s) / length - 0.5] as const;
    for (const [begin, end] of inkOf(length, travelled, mark.dashed === true)) {
      const stroke = { from: at(begin), to: at(end), width: mark.width };
      drawStroke(raster, stroke, mark.colour);
    }
    travelled += length;
  }
}

/** The inked parts of a segment, as distances from its start; `travelled` is the dashes' phase. */
function inkOf(
  length: number,
  travelled: number,
  dashed: boolean,
): readonly (readonly [begin: number, end: number])[] {
  if (length === 0) return [];
  if (!dashed) return [[0, length]];
  const parts: [number, number][] = [];
  const period = DASH + DASH_GAP;
  for (let start = -(travelled % period); start < length; start += period) {
    const end = Math.min(length, start + DASH);
    if (end > 0) parts.push([Math.max(0, start), end]);
  }
  return parts;
}

function escapeXml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // XML 1.0 has no way to write control characters at all.
  const visible = text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, ' ');
  return visible.replace(/[&<>"]/g, (character) => names[character] ?? '');
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
