/**
 * A picture in memory and the few shapes that our plots are made of.
 *
 * Coordinates are in pixels, x to the right and y down; whatever lies outside is clipped. Colours
 * are 0xRRGGBB, since the SVG writers want the same number as text.
 */
import { encode } from 'fast-png';
import type { Picture } from '../client/types.ts';
import { assert } from '../../shared/kernel/assert.ts';

export type Colour = number;

/** RGB, 8 bits a channel: `data` holds height x width x 3 bytes. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A straight stroke with round ends, `width` pixels thick; a dot when both ends coincide. */
export interface Stroke {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly width: number;
}

/** 192 MiB of bytes: more is a mistake in the arguments, not a picture anybody opens. */
const PIXELS_MAX = 1 << 26;

export function createRaster(width: number, height: number, background: Colour): Raster {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  assert(whole, `a raster needs whole positive sides, found ${width} x ${height}`);
  assert(width * height <= PIXELS_MAX, `${width} x ${height} is over ${PIXELS_MAX} pixels`);
  const raster = { width, height, data: new Uint8Array(width * height * 3) };
  fillRect(raster, { x: 0, y: 0, width, height }, background);
  return raster;
}

/** Fills whole pixels: the edges are rounded first. */
export function fillRect(raster: Raster, rect: Rect, colour: Colour): void {
  const left = Math.max(0, Math.round(rect.x));
  const right = Math.min(raster.width, Math.round(rect.x + rect.width));
  const top = Math.max(0, Math.round(rect.y));
  const bottom = Math.min(raster.height, Math.round(rect.y + rect.height));
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) setPixel(raster, x, y, colour);
  }
}

/** The four sides of `rect`, one pixel wide, drawn inside it. */
export function strokeRect(raster: Raster, rect: Rect, colour: Colour): void {
  const { x, y, width, height } = rect;
  fillRect(raster, { x, y, width, height: 1 }, colour);
  fillRect(raster, { x, y: y + height - 1, width, height: 1 }, colour);
  fillRect(raster, { x, y, width: 1, height }, colour);
  fillRect(raster, { x: x + width - 1, y, width: 1, height }, colour);
}

/** Anti-aliased by distance: coverage falls from 1 to 0 over the pixel at the stroke's edge. */
export function drawStroke(raster: Raster, stroke: Stroke, colour: Colour): void {
  const [x0, y0] = stroke.from;
  const [dx, dy] = [stroke.to[0] - x0, stroke.to[1] - y0];
  const reach = stroke.width / 2 + 0.5;
  const lengthSquared = dx * dx + dy * dy;
  const top = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - reach));
  const bottom = Math.min(raster.height - 1, Math.ceil(Math.max(y0, y0 + dy) + reach));
  for (let y = top; y <= bottom; y++) {
    const [left, right] = columnsNear(stroke, y, reach);
    for (let x = Math.max(0, left); x <= Math.min(raster.width - 1, right); x++) {
      const along = lengthSquared > 0 ? ((x - x0) * dx + (y - y0) * dy) / lengthSquared : 0;
      const nearest = Math.min(1, Math.max(0, along));
      const awayX = x - x0 - nearest * dx;
      const awayY = y - y0 - nearest * dy;
      const coverage = Math.min(1, reach - Math.sqrt(awayX * awayX + awayY * awayY));
      if (coverage > 0) blendPixel(raster, [x, y], colour, coverage);
    }
  }
}

/** The columns of row `y` that a stroke can reach: those near the part of it near the row. */
function columnsNear({ from, to }: Stroke, y: number, reach: number): readonly [number, number] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const xAt = (row: number) => from[0] + dx * Math.min(1, Math.max(0, (row - from[1]) / dy));
  const ends = dy === 0 ? [from[0], to[0]] : [xAt(y - reach), xAt(y + reach)];
  return [Math.floor(Math.min(...ends) - reach), Math.ceil(Math.max(...ends) + reach)];
}

/** The colour of one pixel, which must lie inside. */
export function pixelAt(raster: Raster, x: number, y: number): Colour {
  const at = (y * raster.width + x) * 3;
  const [red = 0, green = 0, blue = 0] = raster.data.subarray(at, at + 3);
  return (red << 16) | (green << 8) | blue;
}

/** a at `share` 0, b at `share` 1, linear in between on the stored (gamma-encoded) values. */
export function mixColours(a: Colour, b: Colour, share: number): Colour {
  let mixed = 0;
  for (const shift of [16, 8, 0]) {
    const from = (a >> shift) & 255;
    const to = (b >> shift) & 255;
    mixed |= Math.round(from + (to - from) * share) << shift;
  }
  return mixed;
}

export function encodePng(raster: Raster): Uint8Array {
  const { width, height, data } = raster;
  return encode({ width, height, data, depth: 8, channels: 3 });
}

/** Whatever its channels are: grey, or red, green and blue. */
export function encodePicture({ width, height, channels, data }: Picture): Uint8Array {
  return encode({ width, height, data, depth: 8, channels });
}

function setPixel(raster: Raster, x: number, y: number, colour: Colour): void {
  const at = (y * raster.width + x) * 3;
  raster.data[at] = colour >> 16;
  raster.data[at + 1] = (colour >> 8) & 255;
  raster.data[at + 2] = colour & 255;
}

type Pixel = readonly [x: number, y: number];

function blendPixel(raster: Raster, [x, y]: Pixel, colour: Colour, coverage: number): void {
  setPixel(raster, x, y, mixColours(pixelAt(raster, x, y), colour, coverage));
}
