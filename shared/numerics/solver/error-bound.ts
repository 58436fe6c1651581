/**
 * What freezing a row costs: a running bound of how far the frozen rows are from the sequential
 * trajectory, from scalars that a round measures anyway.
 *
 * A row that freezes at x_{i+1} = F_i + J_i dx_i, with dx_i the last movement of its input, is
 * wrong by how badly J_i stands in for the step along dx_i. The last two evaluations measured that
 * along the movement before: kappa_i = ||dF - J dx|| / ||dx||. So
 *
 *   delta_i = kappa_i RMS(dx_i)             predicted defect: f_i(x_i) - x_{i+1}
 *   e_{i+1} = max(1, gain_i) e_i  (+)  delta_i
 *   estimate = factor e_N
 *
 * (+) adds where the sampler is deterministic and takes the root of the sum of squares where fresh
 * noise makes the defects independent; in between with the correlation 1 - eta. Measured
 * (docs/NUMERICS.md, "Error control"): defects of frozen rows are 1.2 (median) to 2.2 (95 %) times
 * kappa RMS(dx). `factor` covers nearly all runs of the bundled models, and not a place where modes
 * part: it is an estimate and no proof. The certificate measures defects; only the sequential
 * sampler measures the error.
 */
import type { ErrorState } from '../../kernel/error-state.ts';

/** Between two evaluations a row is known; before, its neighbour to the left is the best guess. */
const DEFECT_MARGIN = 1.25;
const NEIGHBOUR_MARGIN = 2;
/** The last row measured in an earlier round is further away. */
const EARLIER_MARGIN = 4;
/** Before anything was measured: at the noise, where kappa is 0.001 to 0.01. */
const UNMEASURED = 0.05;

/** Nothing is frozen, nothing was measured. */
export function noErrors(samples: number): ErrorState {
  const bound = new Float64Array(samples);
  return { bound, departure: new Float64Array(samples).fill(-1) };
}

/** What turns e into a figure that the true error stays below. */
export function boundFactor(randomness: number): number {
  return 5 + 2.5 * randomness;
}

/** Parareal tells itself what a block that freezes may still be off by: it only adds up. */
export function addError(
  { bound, departure }: ErrorState,
  remaining: number,
): { errors: ErrorState; errorEstimate: number; distrusted: false } {
  const sum = bound.map((before) => before + remaining);
  const errors = { bound: sum, departure };
  return { errors, errorEstimate: Math.max(...sum), distrusted: false };
}

/** The scalars of a sample's live rows that the prediction needs; see `RowScalars`. */
export interface PredictedRows {
  /** u of the row behind each step; the input of step k moved by update[k - 1]. */
  readonly update: Float64Array;
  readonly departure: Float64Array;
  readonly closedFormDeparture: Float64Array;
}

/** delta of every live row, and the departure to remember. */
export function predictDefects(
  { update, departure, closedFormDeparture }: PredictedRows,
  earlier: number,
): { readonly defects: Float64Array; readonly departure: number } {
  let neighbour = -1;
  const defects = update.map((_, k) => {
    // the input of the first row is final: its output is the sampler's own
    const moved = k === 0 ? 0 : update[k - 1]!;
    const own = departure[k]!;
    if (own >= 0) neighbour = closedFormDeparture[k]!;
    return moved === 0 ? 0 : Math.min(1, kappa(own, neighbour, earlier)) * moved;
  });
  return { defects, departure: neighbour >= 0 ? neighbour : earlier };
}

function kappa(own: number, neighbour: number, earlier: number): number {
  if (own >= 0) return DEFECT_MARGIN * own;
  if (neighbour >= 0) return NEIGHBOUR_MARGIN * neighbour;
  return earlier >= 0 ? EARLIER_MARGIN * earlier : UNMEASURED;
}

/** e behind a row that freezes, from e before it. */
export function propagate(bound: number, gain: number, defect: number, randomness: number): number {
  const carried = Math.max(1, gain) * bound;
  const both = carried * carried + defect * defect + 2 * (1 - randomness) * carried * defect;
  return Math.sqrt(both);
}
