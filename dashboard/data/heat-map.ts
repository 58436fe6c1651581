/**
 * The convergence heat map as pixels, one a cell: rounds downwards, timesteps to the right. A swept
 * step is coloured by the logarithm of its residual, frozen and waiting ones as the page wants.
 */
import { viridis } from './colours.ts';
import type { Rgb } from './colours.ts';
import type { TraceRound } from './job-view.ts';
import { codeOf, residualOf } from './residual.ts';

/** Codes at the ends of the colour bar. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

export interface Cells {
  readonly columns: number;
  readonly lines: number;
  readonly stepsPerCell: number;
  readonly roundsPerCell: number;
}

export interface HeatMapOptions {
  readonly rounds: readonly TraceRound[];
  readonly steps: number;
  readonly cells: Cells;
  readonly scale: Scale;
  readonly frozen: Rgb;
  readonly waiting: Rgb;
}

const CODES_PER_DECADE = codeOf(10) - codeOf(1);
/** Less would paint noise in strong colours, more would hide what happens in the others. */
const DECADES_MIN = 2;
const DECADES_MAX = 9;
/** Share of the residuals that may lie below the scale: single tiny ones would flatten the rest. */
const FEW = 0.02;

/** As many steps and rounds in a cell as it takes to fit; `linesMin` keeps a young map in place. */
export function cellsOf(
  steps: number,
  rounds: number,
  room: { readonly columns: number; readonly lines: number; readonly linesMin: number },
): Cells {
  const stepsPerCell = Math.max(1, Math.ceil(steps / Math.max(1, room.columns)));
  const roundsPerCell = Math.max(1, Math.ceil(rounds / Math.max(1, room.lines)));
  const lines = Math.max(room.linesMin, Math.ceil(rounds / roundsPerCell), 1);
  return {
    columns: Math.max(1, Math.ceil(steps / stepsPerCell)),
    lines,
    stepsPerCell,
    roundsPerCell,
  };
}

/** One scale for all the traces, in whole decades. */
export function scaleOf(...traces: readonly (readonly TraceRound[])[]): Scale {
  const counts = new Uint32Array(256);
  for (const { codes } of traces.flat()) {
    for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  }
  // 0 has no logarithm, and 255 is what no number is: infinite, or not one
  const seen = counts.subarray(1, 255);
  const all = seen.reduce((sum, count) => sum + count, 0);
  if (all === 0) return { low: codeOf(1e-3), high: codeOf(1) };
  const most = 1 + seen.findLastIndex((count) => count > 0);
  const least = codeAbove(seen, FEW * all);
  const top = Math.ceil(Math.log10(residualOf(most)) - 0.05);
  const decades = top - Math.floor(Math.log10(residualOf(least)));
  const shown = Math.min(DECADES_MAX, Math.max(DECADES_MIN, decades));
  return { low: codeOf(10 ** (top - shown)), high: codeOf(10 ** top) };
}

/** The first code with more than `few` residuals at or below it. */
function codeAbove(seen: Uint32Array, few: number): number {
  let sum = 0;
  return 1 + seen.findIndex((count) => (sum += count) > few);
}

/** RGBA, [lines, columns]. */
export function heatMapPixels(options: HeatMapOptions): Uint8ClampedArray<ArrayBuffer> {
  const { rounds, steps, cells } = options;
  const { columns, lines, stepsPerCell, roundsPerCell } = cells;
  const pixels = new Uint8ClampedArray(4 * columns * lines);
  for (let line = 0; line < lines; line++) {
    const group = rounds.slice(line * roundsPerCell, (line + 1) * roundsPerCell);
    for (let column = 0; column < columns; column++) {
      const begin = column * stepsPerCell;
      const end = Math.min(steps, begin + stepsPerCell);
      const [red, green, blue] = cellColour(group, begin, end, options);
      pixels.set([red, green, blue, 255], 4 * (line * columns + column));
    }
  }
  return pixels;
}

/** The largest residual of the cell; without one it is frozen only where all of it is. */
function cellColour(
  group: readonly TraceRound[],
  begin: number,
  end: number,
  { scale, frozen, waiting }: HeatMapOptions,
): Rgb {
  let most = -1;
  let allFrozen = group.length > 0;
  for (const round of group) {
    for (let step = begin; step < end; step++) {
      const code = codeAt(round, step);
      if (code !== undefined) most = Math.max(most, code);
    }
    allFrozen &&= end <= round.firstStep || end <= round.frontier;
  }
  if (most >= 0) return viridis((most - scale.low) / (scale.high - scale.low));
  return allFrozen ? frozen : waiting;
}

function codeAt({ firstStep, codes }: TraceRound, step: number): number | undefined {
  return step < firstStep ? undefined : codes[step - firstStep];
}

/** What a cell says, in words: for people who point at it or go there with arrow keys. */
export function cellText(rounds: readonly TraceRound[], line: number, step: number): string {
  const round = rounds[line];
  if (!round) return `no round here yet, timestep ${step}`;
  const where = `round ${round.round}, timestep ${step}`;
  const code = codeAt(round, step);
  if (code === 255) return `${where}: residual not finite`;
  if (code !== undefined) {
    const frozen = step < round.frontier ? ', frozen in this round' : '';
    return `${where}: residual ${residualText(code)}${frozen}`;
  }
  return `${where}: ${step < round.firstStep ? 'frozen' : 'waiting'}`;
}

function residualText(code: number): string {
  return code === 0 ? '0' : residualOf(code).toExponential(1).replace('e+', 'e');
}

/** Where the colour bar has its numbers: whole decades, at most `most` of them. */
export function decades({ low, high }: Scale, most: number): { share: number; label: string }[] {
  const first = Math.round(Math.log10(residualOf(low)));
  const last = Math.round(Math.log10(residualOf(high)));
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, most - 1)));
  const found: { share: number; label: string }[] = [];
  for (let decade = last; decade >= first; decade -= every) {
    const share = ((decade - last) * CODES_PER_DECADE) / (high - low) + 1;
    found.unshift({ share, label: `1e${decade}` });
  }
  return found;
}
