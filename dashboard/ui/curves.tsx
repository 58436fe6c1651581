/** Residual and error estimate by round, on a logarithmic axis. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { residualCurve } from '../data/job-view.ts';
import type { Estimate, TraceRound } from '../data/job-view.ts';
import { small } from '../data/format.ts';
import { Swatch } from './parts.tsx';
import { colour, usePaint } from './theme.ts';
import { useWidth } from './use-width.ts';

interface CurvesProps {
  readonly rounds: readonly TraceRound[];
  readonly estimates: readonly Estimate[];
  readonly tolerance: number;
}

const HEIGHT = 200;

export function Curves(props: CurvesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const width = useWidth(frame);
  const paint = usePaint();
  const data = dataOf(props);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    if (!frame.current || width === 0) return;
    const made = new uPlot(optionsOf(width), latest.current, frame.current);
    plot.current = made;
    return () => made.destroy();
  }, [width, paint]);
  useEffect(() => plot.current?.setData(data), [props.rounds, props.estimates, props.tolerance]);
  const last = data[1].at(-1);
  const said = `Largest residual by round, now ${small(last ?? undefined)}`;
  return (
    <div class="curves">
      <div ref={frame} role="img" aria-label={said} />
      <ul class="legend-list">
        <li>
          <Swatch name="largest residual of the round" fill={colour('--series-1')} />
        </li>
        <li>
          <Swatch name="error estimate" fill={colour('--series-2')} />
        </li>
        {props.tolerance > 0 && (
          <li>
            <Swatch name={`tolerance ${small(props.tolerance)}`} fill={colour('--quiet')} />
          </li>
        )}
      </ul>
    </div>
  );
}

type Column = (number | null)[];
type Data = [number[], Column, Column, Column];

/** By round, from both the trace and the estimates; a logarithm has no place for a zero. */
function dataOf({ rounds, estimates, tolerance }: CurvesProps): Data {
  const residuals = new Map(
    residualCurve(rounds).map((value, k) => [rounds[k]?.round ?? k, value]),
  );
  const errors = new Map(estimates.map(({ round, value }) => [round, value]));
  const all = [...new Set([...residuals.keys(), ...errors.keys()])].sort((a, b) => a - b);
  const column = (values: ReadonlyMap<number, number | undefined>): Column =>
    all.map((round) => values.get(round) ?? null);
  const wanted = all.map(() => (tolerance > 0 ? tolerance : null));
  return [all, column(residuals), column(errors), wanted];
}

function optionsOf(width: number): uPlot.Options {
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '11px system-ui, sans-serif',
  };
  const points = { size: 5 };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    padding: [8, 8, 0, 0],
    scales: { x: { time: false }, y: { distr: 3, log: 10 } },
    axes: [
      { ...axis, size: 30, label: 'round', labelSize: 16, labelFont: axis.font, incrs: WHOLE },
      {
        ...axis,
        size: 52,
        grid: { ...axis.grid, filter: decades },
        ticks: { ...axis.ticks, filter: decades },
        filter: decades,
        values: labels,
      },
    ],
    series: [
      {},
      { stroke: colour('--series-1'), width: 2, points, spanGaps: true },
      { stroke: colour('--series-2'), width: 2, points, spanGaps: true },
      { stroke: colour('--quiet'), width: 1, dash: [6, 4], points: { show: false } },
    ],
  };
}

/** There is no half of a round. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/** Only whole decades have lines and numbers. */
function decades(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((value) => {
    const power = Math.log10(value);
    return Math.abs(power - Math.round(power)) < 1e-6 ? value : null;
  });
}

function labels(_: uPlot, splits: (number | null)[]): string[] {
  return splits.map((value) => (value === null ? '' : `1e${Math.round(Math.log10(value))}`));
}
