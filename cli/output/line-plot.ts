/** The charts of `bench`: lines with markers or grouped bars, as an SVG document and as a PNG. */
import { isShowable, logAxis, niceAxis, shareOf } from './axis.ts';
import type { Axis } from './axis.ts';
import { fitText, textWidth } from './bitmap-font.ts';
import { SERIES_COLOURS } from './colour-map.ts';
import { sceneToRaster, sceneToSvg } from './marks.ts';
import type { Mark, Scene } from './marks.ts';
import { labelMarks } from './point-labels.ts';
import type { PointLabel } from './point-labels.ts';
import { encodePng } from './raster.ts';
import type { Colour, Rect } from './raster.ts';

export interface Series {
  readonly name: string;
  /** A point that its axis cannot show (not finite, or not positive on a log axis) is a gap. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** For a reference, such as the ideal: no markers. */
  readonly dashed?: boolean;
  /** Written beside the points of a line, in their order, as far as there is room. */
  readonly labels?: readonly string[];
}

export interface LinePlotOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly kind?: 'line' | 'bar';
  /** Names on the x axis of a bar chart: a bar at x stands over the x-th of them. */
  readonly categories?: readonly string[];
  readonly series: readonly Series[];
}

export interface Plot {
  readonly svg: string;
  readonly png: Uint8Array;
}

const INK = 0x24292f;
const QUIET_INK = 0x57606a;
const GRID = 0xe3e6ea;
const AXIS = 0x8c959f;

const WIDTH = 960;
const HEIGHT = 540;
const MARGIN = 28;
const PLOT_TOP = 98;
const PLOT_BOTTOM = HEIGHT - 86;
const SCALE = 2;
const LEGEND_SWATCH = 28;
const LEGEND_TEXT_MAX = 260;
const MARKERS_MAX = 60;
const SWEPT_TICKS_MAX = 10;

interface Frame {
  readonly plot: Rect;
  readonly x: Axis;
  readonly y: Axis;
}

export function linePlot(options: LinePlotOptions): Plot {
  const scene = buildScene(options);
  return { svg: sceneToSvg(scene), png: encodePng(sceneToRaster(scene)) };
}

function buildScene(options: LinePlotOptions): Scene {
  const { title, series, kind = 'line' } = options;
  const legendWidth = legendWidthOf(series);
  const frame = layOut(options, WIDTH - MARGIN - legendWidth);
  const heading = fitText(title, WIDTH - 2 * MARGIN, SCALE);
  const legendX = frame.plot.x + frame.plot.width + 24;
  const marks: Mark[] = [
    { kind: 'text', x: MARGIN, y: 32, text: heading, colour: INK, anchor: 'start', bold: true },
    ...axisMarks(frame, options),
    ...series.flatMap((one, index) =>
      kind === 'bar' ? barMarks(one, index, frame, series.length) : lineMarks(one, index, frame),
    ),
    ...labelMarks(
      series.flatMap((one, index) => labelsOf(one, index, frame)),
      frame.plot,
      SCALE,
    ),
    ...(legendWidth === 0 ? [] : legendMarks(series, legendX, kind)),
  ];
  return { width: WIDTH, height: HEIGHT, marks };
}

function layOut(options: LinePlotOptions, right: number): Frame {
  const points = options.series.flatMap((one) => one.points);
  const bars = options.kind === 'bar';
  const yValues = points.map(([, y]) => y);
  // Bars mean their length, so a linear axis under them starts at zero.
  if (bars && options.logY !== true) yValues.push(0);
  const y = options.logY === true ? logAxis(yValues, 7) : niceAxis(yValues, 6);
  const labelWidth = Math.max(...y.ticks.map((tick) => textWidth(tick.label, SCALE)));
  const left = MARGIN + labelWidth + 12;
  const plot = { x: left, y: PLOT_TOP, width: right - left, height: PLOT_BOTTOM - PLOT_TOP };
  return { plot, x: xAxis(options), y };
}

function xAxis(options: LinePlotOptions): Axis {
  const values = options.series.flatMap((one) => one.points.map(([x]) => x));
  if (options.kind !== 'bar')
    return options.logX === true ? sweptAxis(values) : niceAxis(values, 8);
  const count = options.categories?.length ?? 1 + Math.max(0, ...values);
  const ticks = Array.from({ length: count }, (_, value) => ({
    value,
    label: options.categories?.[value] ?? String(value),
  }));
  return { low: -0.5, high: count - 0.5, log: false, ticks };
}

/** A few chosen values, such as 1, 2, 4, 8 workers, are the best ticks; times are not. */
function sweptAxis(values: readonly number[]): Axis {
  const usable = values.filter((value) => isShowable(value, true));
  const places = [...new Set(usable)].sort((a, b) => a - b);
  const [low = 0, high = 0] = [places[0], places.at(-1)];
  const chosen = places.length <= SWEPT_TICKS_MAX && places.every(Number.isInteger);
  if (!chosen || high <= low) return logAxis(values, 8);
  const ticks = places.map((value) => ({ value, label: String(value) }));
  return { low, high, log: true, ticks };
}

function axisMarks({ plot, x, y }: Frame, { xLabel, yLabel, kind }: LinePlotOptions): Mark[] {
  const marks: Mark[] = [];
  const bottom = plot.y + plot.height;
  const right = plot.x + plot.width;
  for (const tick of y.ticks) {
    const at = bottom - shareOf(y, tick.value) * plot.height;
    marks.push(rule([plot.x, at], [right, at], GRID));
    const place = { x: plot.x - 10, y: at, anchor: 'end' } as const;
    marks.push({ kind: 'text', ...place, text: tick.label, colour: INK });
  }
  const room = plot.width / x.ticks.length;
  let free = -Infinity;
  for (const tick of x.ticks) {
    const at = plot.x + shareOf(x, tick.value) * plot.width;
    if (kind !== 'bar') marks.push(rule([at, plot.y], [at, bottom], GRID));
    const text = kind === 'bar' ? fitText(tick.label, room - 8, SCALE) : tick.label;
    const half = textWidth(text, SCALE) / 2;
    // On a log axis the ticks are uneven: a label that would touch the last one is left out.
    if (at - half < free) continue;
    free = at + half + 10;
    marks.push({ kind: 'text', x: at, y: bottom + 20, text, colour: INK, anchor: 'middle' });
  }
  marks.push(rule([plot.x, bottom], [right, bottom], AXIS));
  const under = { x: plot.x + plot.width / 2, y: bottom + 52, anchor: 'middle' } as const;
  marks.push({ kind: 'text', ...under, text: xLabel, colour: QUIET_INK });
  // Level, not turned by 90 degrees: quicker to read, and the bitmap font cannot turn.
  const above = { x: MARGIN, y: plot.y - 30, anchor: 'start' } as const;
  marks.push({ kind: 'text', ...above, text: yLabel, colour: QUIET_INK });
  return marks;
}

function lineMarks(series: Series, index: number, frame: Frame): Mark[] {
  const colour = colourOf(index);
  const dashed = series.dashed === true;
  const runs: [number, number][][] = [[]];
  for (const [x, y] of series.points) {
    const place = placeOf(frame, x, y);
    if (place === undefined) runs.push([]);
    else runs.at(-1)?.push(place);
  }
  const marks: Mark[] = runs
    .filter((run) => run.length > 1)
    .map((points) => ({ kind: 'line', points, width: dashed ? 2 : 2.5, colour, dashed }));
  const places = runs.flat();
  // Many points are a curve, and markers would only thicken it; a lone point needs its own.
  const marked = dashed ? [] : places.length <= MARKERS_MAX ? places : lonePoints(runs);
  for (const [x, y] of marked) marks.push({ kind: 'dot', x, y, radius: 4.5, colour });
  return marks;
}

function labelsOf({ points, labels = [] }: Series, index: number, frame: Frame): PointLabel[] {
  return points.flatMap(([atX, atY], k) => {
    const place = placeOf(frame, atX, atY);
    const text = labels[k];
    if (place === undefined || text === undefined) return [];
    return [{ x: place[0], y: place[1], text, colour: colourOf(index) }];
  });
}

function lonePoints(runs: readonly (readonly [number, number][])[]): [number, number][] {
  return runs.flatMap((run) => (run.length === 1 ? run : []));
}

function barMarks(series: Series, index: number, frame: Frame, of: number): Mark[] {
  const { plot, x: axis } = frame;
  const slot = (plot.width / (axis.high - axis.low)) * 0.76;
  const width = slot / of;
  const zero = frame.y.log ? frame.y.low : Math.max(frame.y.low, Math.min(0, frame.y.high));
  return series.points.flatMap(([x, y]): Mark[] => {
    const tip = placeOf(frame, x, y);
    const foot = placeOf(frame, x, zero);
    if (tip === undefined || foot === undefined) return [];
    const left = tip[0] - slot / 2 + index * width;
    const rect = { x: left + 1, y: Math.min(tip[1], foot[1]), width: Math.max(1, width - 2) };
    const height = Math.abs(foot[1] - tip[1]);
    return [{ kind: 'rect', ...rect, height, colour: colourOf(index) }];
  });
}

function placeOf({ plot, x, y }: Frame, atX: number, atY: number): [number, number] | undefined {
  if (!isShowable(atX, x.log) || !isShowable(atY, y.log)) return undefined;
  return [plot.x + shareOf(x, atX) * plot.width, plot.y + (1 - shareOf(y, atY)) * plot.height];
}

/** A single series without a name has no legend. */
function legendWidthOf(series: readonly Series[]): number {
  const widths = series.map((one) => textWidth(one.name, SCALE));
  const widest = Math.min(LEGEND_TEXT_MAX, Math.max(0, ...widths));
  return widest === 0 ? 0 : 24 + LEGEND_SWATCH + 10 + widest;
}

function legendMarks(series: readonly Series[], x: number, kind: 'line' | 'bar'): Mark[] {
  return series.flatMap((one, index): Mark[] => {
    const y = PLOT_TOP + 8 + index * 26;
    const colour = colourOf(index);
    const name = fitText(one.name, LEGEND_TEXT_MAX, SCALE);
    const textX = x + LEGEND_SWATCH + 10;
    const label = { kind: 'text', x: textX, y, text: name, colour: INK, anchor: 'start' } as const;
    const swatch: Mark = { kind: 'rect', x, y: y - 7, width: LEGEND_SWATCH, height: 14, colour };
    if (kind === 'bar') return [swatch, label];
    const dashed = one.dashed === true;
    const points = [
      [x, y],
      [x + LEGEND_SWATCH, y],
    ] as const;
    const line: Mark = { kind: 'line', points, width: dashed ? 2 : 2.5, colour, dashed };
    if (dashed) return [line, label];
    return [line, { kind: 'dot', x: x + LEGEND_SWATCH / 2, y, radius: 4.5, colour }, label];
  });
}

type Place = readonly [x: number, y: number];

/** A thin line along a row or column of pixels, so that the raster draws it sharp. */
function rule([x0, y0]: Place, [x1, y1]: Place, colour: Colour): Mark {
  const at = { x: Math.round(x0), y: Math.round(y0) };
  return { kind: 'rect', ...at, width: Math.max(1, x1 - x0), height: Math.max(1, y1 - y0), colour };
}

/** Beyond seven series the colours repeat; a chart with more is unreadable in any colours. */
function colourOf(index: number): Colour {
  return SERIES_COLOURS[index % SERIES_COLOURS.length] ?? INK;
}
