/**
 * The live strip of a running job: every step of the trajectory as frozen, active or waiting.
 *
 *   swift-fox  ███████████████▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░  38/100
 *              round 12   residual 3.1e-3   412 calls   ETA 1.2 s
 */
import { formatDuration, formatScientific, formatSi } from './format.ts';
import { plainText, terminalWidth, truncate } from './table.ts';

export interface StripView {
  readonly steps: number;
  /** The first step that is not frozen. */
  readonly frontier: number;
  /** One past the last active step. */
  readonly windowEnd: number;
  /** Columns of the terminal; no line is wider. */
  readonly width: number;
  readonly rounds: number;
  /** The largest residual of the active rows; NaN when there is none yet. */
  readonly residual: number;
  readonly modelCalls: number;
  /** NaN when unknown. */
  readonly etaMs: number;
  readonly label: string;
  readonly colour: boolean;
}

type RowState = 'frozen' | 'active' | 'waiting';

const BLOCK: Record<RowState, string> = { frozen: '█', active: '▓', waiting: '░' };
/** Green, bright yellow and grey of the 16 colours every terminal theme chooses for itself. */
const COLOUR: Record<RowState, string> = { frozen: '32', active: '93', waiting: '90' };
const BAR_WIDTH_MIN = 8;
const BAR_WIDTH_MAX = 100;
const GAP = '  ';

/** One line when the terminal is too narrow for figures, two otherwise. */
export function renderStrip(view: StripView): readonly string[] {
  const width = Math.max(0, Math.floor(view.width));
  const label = truncate(plainText(view.label), Math.floor(width / 4));
  const count = `${view.frontier}/${view.steps}`;
  const head = label === '' ? '' : label + GAP;
  const free = width - terminalWidth(head) - GAP.length - count.length;
  if (free < BAR_WIDTH_MIN) return [renderBar(view, width)];
  const first = head + renderBar(view, Math.min(BAR_WIDTH_MAX, free)) + GAP + count;
  const indent = ' '.repeat(terminalWidth(head));
  const figures = joinWhatFits(figuresOf(view), width - indent.length);
  return figures === '' ? [first] : [first, indent + figures];
}

/** Most important first: what does not fit is left out from the end. */
function figuresOf(view: StripView): readonly string[] {
  const figures = [`round ${view.rounds}`];
  if (Number.isFinite(view.residual)) figures.push(`residual ${formatScientific(view.residual)}`);
  figures.push(`${formatSi(view.modelCalls)} calls`);
  if (Number.isFinite(view.etaMs)) figures.push(`ETA ${formatDuration(view.etaMs)}`);
  return figures;
}

function joinWhatFits(parts: readonly string[], width: number): string {
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}   ${part}`;
    if (terminalWidth(longer) > width) break;
    line = longer;
  }
  return line;
}

function renderBar(view: StripView, width: number): string {
  const states = Array.from({ length: width }, (_, cell) => stateOfCell(view, cell, width));
  let bar = '';
  for (let start = 0; start < width;) {
    const state = states[start] ?? 'waiting';
    let end = start + 1;
    while (end < width && states[end] === state) end += 1;
    const run = BLOCK[state].repeat(end - start);
    bar += view.colour ? `\x1b[${COLOUR[state]}m${run}\x1b[0m` : run;
    start = end;
  }
  return bar;
}

/** A cell covers several steps of a long run, and one active step among them is what matters. */
function stateOfCell(view: StripView, cell: number, width: number): RowState {
  const { steps, frontier, windowEnd } = view;
  const first = Math.floor((cell * steps) / width);
  const last = Math.max(first, Math.ceil(((cell + 1) * steps) / width) - 1);
  if (frontier < windowEnd && first < windowEnd && last >= frontier) return 'active';
  return last < frontier ? 'frozen' : 'waiting';
}
