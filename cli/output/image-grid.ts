/** Samples side by side: the picture that `submit --out` writes next to `samples.npy`. */
import { assert } from '../../shared/kernel/assert.ts';
import { brightness } from '../../shared/protocol/picture.ts';
import { CAPITAL_ROWS, GLYPH_ROWS, drawText, fitText } from './bitmap-font.ts';
import { createRaster, fillRect } from './raster.ts';
import type { Raster, Rect } from './raster.ts';

export interface ImageGridOptions {
  /** [count, ...shape], row-major, in data units. */
  readonly samples: Float32Array;
  readonly count: number;
  /** Of one sample. Only [1, H, W] (grey) and [3, H, W] (RGB) are pictures. */
  readonly shape: readonly number[];
  /** The data values drawn as black and as full brightness; values outside are clipped. */
  readonly range: readonly [low: number, high: number];
  /** Tiles in a row; by default the grid is about square. */
  readonly columns?: number;
  /** Picture pixels per data pixel; by default such that a tile is at least 96 pixels wide. */
  readonly scale?: number;
  /** Pixels between tiles and around them. */
  readonly gap?: number;
  /** One line under each tile, such as a class name. */
  readonly labels?: readonly string[];
}

const TILE_WIDTH_WANTED = 96;
const BACKGROUND = 0xffffff;
const LABEL_COLOUR = 0x333333;
/** A value that is no number must be seen, not pass for black. */
const NOT_A_NUMBER_COLOUR = 0xff00ff;

interface Layout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly scale: number;
  readonly range: readonly [low: number, high: number];
}

/** The picture, or undefined when one sample is not one: then only the NPY file is written. */
export function imageGrid(options: ImageGridOptions): Raster | undefined {
  const [channels = 0, height = 0, width = 0] = options.shape;
  if (options.shape.length !== 3 || (channels !== 1 && channels !== 3)) return undefined;
  if (height < 1 || width < 1) return undefined;
  const { samples, count, range, gap = 4, labels } = options;
  const elements = count * channels * height * width;
  assert(count >= 1, `an image grid needs at least one sample, found ${count}`);
  assert(samples.length === elements, `expected ${elements} values, found ${samples.length}`);
  assert(range[1] > range[0], `the range must grow, found ${range[0]} .. ${range[1]}`);

  const scale = options.scale ?? Math.max(1, Math.ceil(TILE_WIDTH_WANTED / width));
  const columns = Math.min(count, options.columns ?? Math.ceil(Math.sqrt(count)));
  const labelScale = scale * width >= 2 * TILE_WIDTH_WANTED ? 2 : 1;
  const labelHeight = labels === undefined ? 0 : (GLYPH_ROWS + 3) * labelScale;
  const stepX = width * scale + gap;
  const stepY = height * scale + labelHeight + gap;
  const rows = Math.ceil(count / columns);
  const raster = createRaster(columns * stepX + gap, rows * stepY + gap, BACKGROUND);
  const layout = { channels, height, width, scale, range };
  for (let sample = 0; sample < count; sample++) {
    const x = gap + (sample % columns) * stepX;
    const y = gap + Math.floor(sample / columns) * stepY;
    const size = channels * height * width;
    drawTile(raster, samples.subarray(sample * size, (sample + 1) * size), { ...layout, x, y });
    const label = labels?.[sample] ?? '';
    const under = { x, y: y + height * scale, width: width * scale, height: labelHeight };
    drawLabel(raster, label, under, labelScale);
  }
  return raster;
}

function drawTile(raster: Raster, sample: Float32Array, at: Layout & { x: number; y: number }) {
  const { channels, height, width, scale } = at;
  const plane = height * width;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const element = row * width + column;
      const red = brightness(sample[element], at.range);
      const green = channels === 1 ? red : brightness(sample[element + plane], at.range);
      const blue = channels === 1 ? red : brightness(sample[element + 2 * plane], at.range);
      const broken = Number.isNaN(red + green + blue);
      const colour = broken ? NOT_A_NUMBER_COLOUR : (red << 16) | (green << 8) | blue;
      const x = at.x + column * scale;
      fillRect(raster, { x, y: at.y + row * scale, width: scale, height: scale }, colour);
    }
  }
}

function drawLabel(raster: Raster, label: string, under: Rect, scale: number): void {
  if (label === '' || under.height === 0) return;
  const x = under.x + under.width / 2;
  const y = under.y + Math.floor((under.height - CAPITAL_ROWS * scale) / 2);
  const text = fitText(label, under.width, scale);
  drawText(raster, text, { x, y, scale, colour: LABEL_COLOUR, anchor: 'middle' });
}
