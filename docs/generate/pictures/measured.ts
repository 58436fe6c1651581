/** Drawings of what measure.ts measured: each says so. */
import { viridis } from '../../../cli/output/colour-map.ts';
import { createRaster, encodePng, fillRect } from '../../../cli/output/raster.ts';
import type { Runs } from './runs.ts';
import { box, cell, line, picture, text, WIDTH, type Point } from './svg.ts';

/** Rows of a real trajectory, noise to sample. */
export function trajectory({ states }: Runs): string {
  const side = 70;
  const marks = states.flatMap(({ row, pixels }, k) => {
    const x = 22 + k * 78.5;
    const data = pngOf(Buffer.from(pixels, 'base64'));
    const image = `<image x="${x}" y="48" width="${side}" height="${side}" href="${data}"/>`;
    const name = row === 0 ? 'x[0]: noise' : row === 100 ? 'x[100]' : `x[${row}]`;
    return [image, text(x + side / 2, 136, name, 'ink small middle')];
  });
  const says = 'fashion-unet, DDPM-100, class sneaker, seed 7: a real job, sampled in 12 rounds';
  return picture(172, 'A trajectory: ten of its 101 rows', [
    ...marks,
    text(22, 158, says, 'quiet small'),
  ]);
}

function pngOf(pixels: Uint8Array): string {
  const side = Math.sqrt(pixels.length);
  const scale = 3;
  const raster = createRaster(side * scale, side * scale, 0);
  for (const [k, value] of pixels.entries()) {
    const [x, y] = [(k % side) * scale, Math.floor(k / side) * scale];
    fillRect(raster, { x, y, width: scale, height: scale }, value * 0x010101);
  }
  return `data:image/png;base64,${Buffer.from(encodePng(raster)).toString('base64')}`;
}

const steps = 100;

/** Residuals of a real job, a line per round. */
export function rounds({ trace, job }: Runs): string {
  const [left, top, unit, height] = [70, 62, 7, 20];
  const marks: string[] = [];
  for (let round = 1; round <= job.rounds; round += 1) {
    const own = trace.filter(([at]) => at === round);
    const first = Math.min(...own.map(([, step]) => step));
    const y = top + (round - 1) * height;
    marks.push(text(left - 8, y + 14, String(round), 'quiet small end'));
    const bar = { y, height: height - 2 };
    marks.push(box({ ...bar, x: left, width: unit * steps }, 'waiting'));
    if (first > 0) marks.push(box({ ...bar, x: left, width: unit * first }, 'frozen'));
    for (const [, step, residual] of own) {
      marks.push(cell({ ...bar, x: left + step * unit, width: unit }, colourOf(residual)));
    }
  }
  const bottom = top + job.rounds * height;
  for (const step of [0, 25, 50, 75, 100]) {
    marks.push(
      line(
        [
          [left + step * unit, top - 4],
          [left + step * unit, bottom + 2],
        ],
        'grid',
      ),
    );
    marks.push(text(left + step * unit, bottom + 16, String(step), 'quiet small middle'));
  }
  marks.push(text(20, top - 12, 'round', 'quiet small'));
  marks.push(text(left + unit * steps, top - 12, 'step', 'quiet small end'));
  marks.push(...key(left, bottom + 34));
  const says =
    `fashion-unet, DDPM-100, window ${job.window}, ${job.blocks} blocks on ` +
    `${job.workers} workers: ` +
    `${job.rounds} rounds, ${job.modelCalls} model calls in place of 100`;
  marks.push(text(left, bottom + 68, says, 'quiet small'));
  return picture(bottom + 84, 'A real job: residual of every step in every round', marks);
}

const [low, high] = [-4.5, 0];

function colourOf(residual: number): number {
  const decade = Math.log10(Math.max(residual, 1e-9));
  return viridis((decade - low) / (high - low));
}

function key(x: number, y: number): string[] {
  const marks = [box({ x, y, width: 14, height: 12 }, 'frozen')];
  marks.push(text(x + 20, y + 10, 'frozen', 'quiet small'));
  marks.push(box({ x: x + 80, y, width: 14, height: 12 }, 'waiting'));
  marks.push(text(x + 100, y + 10, 'waiting', 'quiet small'));
  const from = x + 250;
  marks.push(text(from - 8, y + 10, 'residual 1e-4.5', 'quiet small end'));
  for (let k = 0; k < 40; k += 1) {
    marks.push(cell({ x: from + k * 6, y, width: 6, height: 12 }, viridis(k / 39)));
  }
  marks.push(text(from + 248, y + 10, '1', 'quiet small'));
  return marks;
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Logarithmic, from `from` at one end to `to` at the other. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const logs = values.map(Math.log10);
  const [first, last] = [Math.min(...logs), Math.max(...logs)];
  const at = (value: number): number =>
    from + ((Math.log10(value) - first) / (last - first)) * (to - from);
  return { at, ticks: values };
}

function axes(x: Scale, y: Scale, names: readonly [string, string]): string[] {
  const [left = 0, right = 0] = [x.ticks[0], x.ticks.at(-1)].map((value) => x.at(value ?? 1));
  const [bottom = 0, top = 0] = [y.ticks[0], y.ticks.at(-1)].map((value) => y.at(value ?? 1));
  const marks = y.ticks.flatMap((value) => [
    line(
      [
        [left, y.at(value)],
        [right, y.at(value)],
      ],
      'grid',
    ),
    text(left - 8, y.at(value) + 4, String(value), 'quiet small end'),
  ]);
  const below = x.ticks.map((value) =>
    text(x.at(value), bottom + 18, String(value), 'quiet small middle'),
  );
  const name = text((left + right) / 2, bottom + 38, names[0], 'quiet small middle');
  return [...marks, ...below, name, text(20, top - 14, names[1], 'quiet small')];
}

/** Rounds and model calls over the window. */
export function windows({ windows: settings }: Runs): string {
  const all = [{ window: 1, rounds: steps, modelCalls: steps }, ...settings];
  const x = logScale(
    all.map(({ window }) => window),
    70,
    WIDTH - 170,
  );
  const y = logScale([10, 20, 50, 100, 200, 500], 300, 74);
  const series = [
    ['as', 'a', 'rounds', ({ rounds: r }: (typeof all)[number]) => r],
    ['bs', 'b', 'model calls', ({ modelCalls: c }: (typeof all)[number]) => c],
  ] as const;
  const marks = series.flatMap(([stroke, fill, name, of]) => {
    const points = all.map((setting): Point => [x.at(setting.window), y.at(of(setting))]);
    const [endX, endY] = points.at(-1) ?? [0, 0];
    const label = `${name}: ${of(all.at(-1) ?? { window: 1, rounds: 0, modelCalls: 0 })}`;
    return [
      line(points, stroke),
      ...dots(points, fill),
      text(endX + 12, endY + 4, label, 'ink small'),
    ];
  });
  const says =
    'fashion-unet, DDPM-100, secant, tolerance 0.01, means of 4 seeds; window 1 is sequential';
  return picture(372, 'A wider window: fewer rounds, more model calls', [
    ...axes(x, y, ['window (rows active at once)', '']),
    ...marks,
    text(70, 360, says, 'quiet small'),
  ]);
}

function dots(points: readonly Point[], look: string): string[] {
  return points.map(([x, y]) => box({ x: x - 3.5, y: y - 3.5, width: 7, height: 7 }, look, 3));
}

/** Error of the final sample after each round. */
export function errors({ methods }: Runs): string {
  const longest = Math.max(...methods.map((curve) => curve.errors.length));
  const [left, right] = [70, WIDTH - 130];
  const at = (round: number): number => left + ((round - 1) / (longest - 1)) * (right - left);
  const x = { at, ticks: Array.from({ length: longest }, (_, k) => k + 1) };
  const y = logScale([0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3], 300, 60);
  const looks = ['a', 'b', 'c'];
  const marks = methods.flatMap(({ method, errors: found }, k) => {
    const look = looks[k] ?? 'd';
    const points = found.map((error, round): Point => [at(round + 1), y.at(error)]);
    const [endX, endY] = points.at(-1) ?? [0, 0];
    return [
      line(points, `${look}s`),
      ...dots(points, look),
      text(endX + 6, endY + 18, method, 'ink small'),
    ];
  });
  const tolerance = line(
    [
      [left, y.at(0.01)],
      [right, y.at(0.01)],
    ],
    'ds',
  );
  const says =
    'fashion-unet, DDIM-100, full window, worst of 4 seeds, until the rule for tolerance 0.01 ' +
    'ends the run';
  return picture(372, 'Distance of the final sample from the sequential one, by round', [
    ...axes(x, y, ['round', '']),
    tolerance,
    text(right + 8, y.at(0.01) + 4, 'tolerance', 'ink small'),
    ...marks,
    text(70, 360, says, 'quiet small'),
  ]);
}
