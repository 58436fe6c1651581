/**
 * The called rows that a row left out takes its x0-hat from, and what its step misses by that, with
 * B_i of the step:
 *
 *   between   B_i sigma_i D                     D = sqrt(|(i - l)(r - i)/(r - l)|)
 *   moved     B_i 4 tau_i RMS(dx_i) D, and what the row was off by before, as squares
 *
 * x0-hat along a noisy chain is a martingale, so what a line between l and r misses is a Brownian
 * bridge, and what different rows miss is independent: it adds up as squares (docs/NUMERICS.md,
 * "Rows that are not called"). Smooth trajectories miss less than that says. Where no called row is
 * near on the right, r is one more on the left of a smooth trajectory, and l itself on a noisy one.
 */
import { indexOf, isSmooth, type FixedPointState } from './fixed-point-state.ts';
import { source } from './row-store.ts';

/** Called rows with rows on a line between them are at most this far apart ... */
const BETWEEN_MAX = 4;
/** ... and with rows that take their change. */
export const MOVED_MAX = 16;
/** What changes of neighbouring rows miss is alike, and adds up as more than squares. */
const MOVED_MARGIN = 4;
/** tau before anything was measured: 0.05 to 0.3 on DDPM-1000, more where steps are larger. */
export const UNMEASURED_ROUGHNESS = 0.25;

export interface Neighbours {
  readonly i: number;
  readonly l: number;
  readonly r: number;
}

/** D. */
export function distance({ i, l, r }: Neighbours): number {
  return Math.sqrt(r === l ? i - l : Math.abs(((i - l) * (r - i)) / (r - l)));
}

/** What the step behind row i is off by if x0-hat lies on a line between those of l and r. */
export function missedBetween(state: FixedPointState, m: number, theirs: Neighbours): number {
  const { i } = theirs;
  const measured = state.rows.volatility[indexOf(state, i, m)]!;
  const sigma = measured < 0 ? priorVolatility(state, i) : measured;
  return state.problem.table.valueWeight[i]! * (sigma * distance(theirs));
}

/** What the step behind row i is off by if x0-hat changed by what lies between theirs. */
export function missedMoving(state: FixedPointState, m: number, theirs: Neighbours): number {
  const { rows, problem } = state;
  const row = indexOf(state, theirs.i, m);
  const tau = MOVED_MARGIN * rows.roughness[row]! * rows.inputMoved[row]!;
  const own = problem.table.valueWeight[theirs.i]! * tau * distance(theirs);
  const before = rows.interpolated[row]!;
  return Math.sqrt(before * before + own * own);
}

/** sigma of data N(mu, s^2), by the variance of x0 that a step takes. */
function priorVolatility({ problem }: FixedPointState, i: number): number {
  const { table, method } = problem;
  const data = method.priorStd * method.priorStd;
  const variance = (row: number): number => {
    const [al, sg] = [table.signal[row]!, table.sigma[row]!];
    return (data * sg * sg) / (al * al * data + sg * sg);
  };
  return Math.sqrt(Math.max(0, variance(i) - variance(i + 1)));
}

/** The rows that row i takes its x0-hat from, or its change, of those that are called so far. */
export function neighbours(
  state: FixedPointState,
  m: number,
  i: number,
  as: number,
): Neighbours | undefined {
  const first = state.frontier[m]!;
  const most = as === source.moved ? MOVED_MAX : BETWEEN_MAX;
  const begin = Math.max(first, i - most + 1);
  let l = i - 1;
  while (l >= begin && !tells(state, m, l, as)) l--;
  if (l < begin) return undefined;
  const end = Math.min(state.activeEnd, i + most);
  let r = i + 1;
  while (r < end && !tells(state, m, r, as)) r++;
  if (r < end) return { l, i, r };
  // none is near on the right: noise takes x0-hat both ways, a smooth one goes on as it went
  if (!isSmooth(state)) return { l, i, r: l };
  r = l - 1;
  while (r >= first && !tells(state, m, r, as)) r--;
  return r < first ? undefined : { l, i, r };
}

function tells(state: FixedPointState, m: number, k: number, as: number): boolean {
  const { rows } = state;
  const row = indexOf(state, k, m);
  if (rows.source[row] !== source.called) return false;
  return as === source.between || rows.sourceBefore[row] !== source.between;
}
