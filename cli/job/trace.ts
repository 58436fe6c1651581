/** The convergence trace in the two forms that people look at. */
import type { TraceRound } from '../client/types.ts';
import type { HeatMapRound } from '../output/heat-map.ts';

const CSV_DIGITS = 3;

/**
 * One line per round and row that was evaluated; `row` is the i of r[i] = x[i+1] - step(x[i]).
 * Three digits: the residuals are known to 12 %.
 */
export function traceCsv(trace: readonly TraceRound[]): string {
  const lines = ['round,row,residual'];
  for (const { round, firstStep, residuals } of trace) {
    for (const [offset, residual] of residuals.entries()) {
      const digits = residual === 0 ? '0' : residual.toExponential(CSV_DIGITS - 1);
      lines.push(`${round},${firstStep + offset},${digits}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** One entry per round, in order, whatever number of blocks it came from. */
export function heatMapRounds(trace: readonly TraceRound[], steps: number): HeatMapRound[] {
  const rounds = new Map<
    number,
    { residuals: Float32Array; frontier: number; windowEnd: number }
  >();
  for (const { round, frontier, firstStep, residuals } of trace) {
    const entry = rounds.get(round) ?? {
      residuals: new Float32Array(steps).fill(Number.NaN),
      frontier,
      windowEnd: 0,
    };
    for (const [offset, residual] of residuals.entries()) {
      if (firstStep + offset < steps) entry.residuals[firstStep + offset] = residual;
    }
    entry.frontier = Math.max(entry.frontier, frontier);
    entry.windowEnd = Math.max(entry.windowEnd, Math.min(steps, firstStep + residuals.length));
    rounds.set(round, entry);
  }
  return [...rounds.entries()].sort(([a], [b]) => a - b).map(([, entry]) => entry);
}
