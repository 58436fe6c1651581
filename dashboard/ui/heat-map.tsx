/** The convergence heat map with axes, blocks and frontier; read with a pointer or with keys. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { cellText, cellsOf, scaleOf } from '../data/heat-map.ts';
import type { Cells, Scale } from '../data/heat-map.ts';
import type { Block, TraceRound } from '../data/job-view.ts';
import { plural } from '../data/format.ts';
import { drawHeatMap, plotOf } from './heat-map-drawing.ts';
import { HeatMapLegend } from './heat-map-legend.tsx';
import { usePaint } from './theme.ts';
import { useWidth } from './use-width.ts';

export interface HeatMapProps {
  readonly rounds: readonly TraceRound[];
  readonly steps: number;
  readonly blocks?: readonly Block[];
  /** While a job runs the map keeps room for rounds to come. */
  readonly running?: boolean;
  /** Where several maps have one scale. */
  readonly scale?: Scale;
  readonly name: string;
}

/** Rounds that fit before rows of cells become thinner, while more are to come. */
const LINES_MIN = 12;
const HEIGHT = 300;

interface Place {
  readonly line: number;
  readonly step: number;
}

export function HeatMap(props: HeatMapProps) {
  const { rounds, steps, blocks = [], running = false, name } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const paint = usePaint();
  const [place, setPlace] = useState<Place>();
  const scale = props.scale ?? scaleOf(rounds);
  const plot = plotOf(width, HEIGHT, rounds.length, blocks.length);
  const room = { columns: plot.width, lines: plot.height, linesMin: running ? LINES_MIN : 1 };
  const cells = cellsOf(steps, rounds.length, room);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const size = { width, height: HEIGHT };
    drawHeatMap(canvas.current, { rounds, steps, blocks, scale, cells, plot, size, place });
  });
  const label = `${name}: ${plural(rounds.length, 'round')} by ${plural(steps, 'timestep')}. `;
  return (
    <div class="heat-map" ref={frame} data-paint={paint} data-rounds={rounds.length}>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-roledescription="heat map"
        aria-label={`${label}Arrow keys read residuals.`}
        onPointerMove={(event) => setPlace(placeAt(event, { cells, plot, steps }))}
        onPointerLeave={() => setPlace(undefined)}
        onKeyDown={(event) => {
          const next = moved(event, place, { cells, rounds: rounds.length, steps });
          if (next === undefined) return;
          event.preventDefault();
          setPlace(next);
        }}
      />
      <output class="readout" aria-live="polite">
        {place ? cellText(rounds, place.line, place.step) : hint(rounds)}
      </output>
      <HeatMapLegend scale={scale} blocks={blocks} />
    </div>
  );
}

function hint(rounds: readonly TraceRound[]): string {
  return rounds.length === 0
    ? 'No rounds yet.'
    : 'Point at a cell, or focus the map and use the arrow keys.';
}

interface Layout {
  readonly cells: Cells;
  readonly plot: { readonly x: number; readonly y: number; width: number; height: number };
  readonly steps: number;
}

function placeAt(event: PointerEvent, { cells, plot, steps }: Layout): Place | undefined {
  const x = (event.offsetX - plot.x) / plot.width;
  const y = (event.offsetY - plot.y) / plot.height;
  if (x < 0 || x >= 1 || y < 0 || y >= 1) return undefined;
  const column = Math.floor(x * cells.columns);
  return {
    line: Math.floor(y * cells.lines) * cells.roundsPerCell,
    step: Math.min(steps - 1, column * cells.stepsPerCell),
  };
}

const moves: Readonly<Record<string, readonly [steps: number, rounds: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
  PageUp: [0, -Infinity],
  PageDown: [0, Infinity],
};

function moved(
  { key }: KeyboardEvent,
  place: Place | undefined,
  size: { readonly cells: Cells; readonly rounds: number; readonly steps: number },
): Place | undefined {
  const move = moves[key];
  if (!move || size.rounds === 0) return undefined;
  const { cells, rounds, steps } = size;
  const from = place ?? { line: 0, step: 0 };
  const clip = (value: number, end: number): number => Math.min(end - 1, Math.max(0, value));
  return {
    line: clip(from.line + move[1] * cells.roundsPerCell, rounds),
    step: clip(from.step + move[0] * cells.stepsPerCell, steps),
  };
}
