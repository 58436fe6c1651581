/**
 * What freezing a row costs: a running bound of how far the frozen rows are from the sequential
 * trajectory, from scalars that a round measures anyway.
 *
 * A row that freezes at x_{i+1} = F_i + J_i dx_i, with dx_i the last movement of its input, is
 * wrong by how badly J_i stands in for the step along dx_i. The last two evaluations measured that
 * along the movement before: kappa_i = ||dF - J dx|| / ||dx||. So
 *
 *   delta_i = 1.5 kappa_i RMS(dx_i)         predicted defect: f_i(x_i) - x_{i+1}
 *   e_{i+1} = max(1, gain_i) e_i + delta_i
 *   r_{i+1} = max(1, gain_i) r_i + C_{i+1} delta_i
 *   z_{i+1} = largest gain_i z_i + delta_i
 *   estimate = 2.5 (min(e_N, 1.25 max(r_N, z_N)) + 1.5 s_N)
 *
 * e and r for each group of a large latent, RMS over groups. Defects of one chain point the same
 * way, fresh noise or not: the true error is about their sum, also over 1000 steps of DDPM, and
 * not the root of the sum of squares (measured, docs/NUMERICS.md, "Error control"). It is that with
 * what rows that were not called leave, s: the larger of a root of the sum of squares that grows as
 * r does, and one that grows as z (`interpolated-rows.ts`). Where a row was evaluated once, kappa
 * is that of another row, rescaled: what departs from the closed form is x0-hat, and step i passes
 * on B_i of it, so rows of all noise levels agree in kappa / B.
 *
 * C is what the model's late steps leave of an error (`contraction.ts`), measured once for a model;
 * 1 where nobody did, so that r = e. It is a mean over trajectories, and one that passes close to
 * where modes part contracts nothing. z is what this trajectory's own steps make of the defects:
 * their gains as they are, the largest one that was seen along a small movement, since the last
 * movement may point where a step contracts and the error where it does not. Neither is enough
 * alone: gains contract more than errors do, and C knows no single trajectory. The estimate covers
 * nearly all runs of the bundled models, and not a place where modes part: it is no proof. The
 * certificate measures defects; only the sequential sampler measures the error.
 */
import type { ErrorState } from '../../kernel/error-state.ts';

/** The defect of a frozen row is 0.4 to 3 times kappa RMS(dx), and their sums agree with this. */
export const DEFECT_MARGIN = 1.5;
/** kappa / B of another row, which may be further from the solution. */
const OTHER_MARGIN = 2;
/** kappa / B before anything was measured: 0.3 to 3 in the median, by solver and window. */
const UNMEASURED = 2;
/** Runs of the bundled U-Net end at 0.5 e_N in the median, 99 % below 2.2 (docs/NUMERICS.md). */
const BOUND_FACTOR = 2.5;
/** For what neither the mean over trajectories nor a trajectory's own gains tell. */
const CONTRACTION_MARGIN = 1.25;
/** The same where nothing is known of the trajectory: single ones contract less than the mean. */
const CERTIFIED_MARGIN = 1.75;
/** Without noise what neighbouring rows miss is not quite independent. */
const LEFT_OUT_MARGIN = 1.5;
/** What the sum of measured defects is multiplied by: a round measures no gains. */
const CERTIFIED_FACTOR = 5;

/** Nothing is frozen, nothing was measured. */
export function noErrors(samples: number, groups = 1): ErrorState {
  return {
    bound: new Float64Array(samples * groups),
    defects: new Float64Array(samples),
    reaching: new Float64Array(samples * groups),
    carried: new Float64Array(samples),
    interpolated: new Float64Array(2 * samples),
    departure: new Float64Array(samples).fill(-1),
  };
}

/** What an error that nothing contracts stays below, from e: what modes are kept by. */
export function uncontracted(bound: number): number {
  return BOUND_FACTOR * bound;
}

/** RMS over the groups of one sample. */
export function overGroups(values: Float64Array, m: number, groups: number): number {
  if (groups === 1) return values[m]!;
  let sum = 0;
  for (let g = m * groups; g < (m + 1) * groups; g++) sum += values[g]! * values[g]!;
  return Math.sqrt(sum / groups);
}

/** What rows of a sample that were not called leave, in the measure of e. */
export function leftOutOf(interpolated: Float64Array, m = 0): number {
  return LEFT_OUT_MARGIN * Math.max(interpolated[2 * m]!, interpolated[2 * m + 1]!);
}

/** What the true error of the worst sample stays below. */
export function estimateOf(
  { bound, reaching, carried, interpolated }: Omit<ErrorState, 'defects' | 'departure'>,
  samples: number,
): number {
  const groups = bound.length / samples;
  let worst = 0;
  for (let m = 0; m < samples; m++) {
    const [e, r] = [overGroups(bound, m, groups), overGroups(reaching, m, groups)];
    const frozen = Math.min(e, CONTRACTION_MARGIN * Math.max(r, carried[m]!));
    worst = Math.max(worst, frozen + leftOutOf(interpolated, m));
  }
  return BOUND_FACTOR * worst;
}

/** The same from the measured defects of every row of a sample, [N], and C. */
export function certifiedEstimate(defects: Float64Array, contraction?: Float64Array): number {
  let [sum, reaching] = [0, 0];
  for (const [i, defect] of defects.entries()) {
    sum += defect;
    reaching += (contraction?.[i] ?? 1) * defect;
  }
  return CERTIFIED_FACTOR * Math.min(sum, CERTIFIED_MARGIN * reaching);
}

/** Parareal tells itself what a block that freezes may still be off by: it only adds up. */
export function addError(
  { bound, defects, reaching, carried, interpolated, departure }: ErrorState,
  remaining: number,
): { errors: ErrorState; errorEstimate: number; distrusted: false } {
  const more = (values: Float64Array) => values.map((before) => before + remaining);
  const sum = more(bound);
  const parts = { reaching: more(reaching), carried: more(carried) };
  const sums = { bound: sum, defects: more(defects), ...parts };
  const errors = { ...sums, interpolated, departure };
  return { errors, errorEstimate: Math.max(...sum), distrusted: false };
}

/** The scalars of a sample's live rows that the prediction needs; see `RowScalars`. */
export interface PredictedRows {
  /** How far the input of the first step moved; undefined where it is final. */
  readonly inputMoved?: number | undefined;
  /** u of the row behind each step; the input of step k moved by update[k - 1]. */
  readonly update: Float64Array;
  readonly departure: Float64Array;
  readonly closedFormDeparture: Float64Array;
}

/**
 * delta of every live row, and kappa / B to remember.
 *
 * @param scales B of every row: what x0-hat counts for in its step
 */
export function predictDefects(
  { inputMoved = 0, update, departure, closedFormDeparture }: PredictedRows,
  scales: Float64Array,
  earlier: number,
): { readonly defects: Float64Array; readonly departure: number } {
  let known = earlier;
  const defects = update.map((_, k) => {
    // where the input of the first row is final, its output is the sampler's own
    const moved = k === 0 ? inputMoved : update[k - 1]!;
    const own = departure[k]!;
    if (own >= 0 && scales[k]! > 0) known = closedFormDeparture[k]! / scales[k]!;
    const other = known >= 0 ? OTHER_MARGIN * known : UNMEASURED;
    const kappa = own >= 0 ? DEFECT_MARGIN * own : other * scales[k]!;
    return moved === 0 ? 0 : Math.min(1, kappa) * moved;
  });
  return { defects, departure: known };
}

/** e of every group behind a row that freezes, in place, from e before it and the row's gains. */
export function propagate(bound: Float64Array, gains: Float64Array, defect: number): void {
  for (let g = 0; g < bound.length; g++) {
    bound[g] = Math.max(1, gains[g]!) * bound[g]! + defect;
  }
}

/**
 * s of both kinds behind a row that freezes, in place: defects of rows that were not called are
 * independent, and add up as squares.
 */
export function propagateLeftOut(
  sums: Float64Array,
  defect: number,
  { gain, nearGain, part }: { gain: number; nearGain: number; part: number },
): void {
  sums[0] = lengthOf(Math.max(1, gain) * sums[0]!, part * defect);
  sums[1] = lengthOf(nearGain * sums[1]!, defect);
}

function lengthOf(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}
