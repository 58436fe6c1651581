/**
 * x0-hat of the last evaluated row, and how it changes with the signal: what rows that enter are
 * rolled out from.
 *
 *   x0hat(al) = x0hat_e + (al - al_e) (x0hat_e - x0hat_{e-1}) / (al_e - al_{e-1})
 *
 * A deterministic trajectory has a smooth x0-hat, so a line through its last two values guesses the
 * rows behind them better than a constant does, as the second difference of DPM-Solver++ 2M does in
 * its own variable; al stays finite at the noise, where the logarithm of the SNR does not. It
 * saves rounds with DDIM and costs some with DDPM, since fresh noise moves x0-hat both ways: there
 * the constant is kept (docs/NUMERICS.md, section 9).
 */
import * as vector from '../vector.ts';
import { bundleAt, type FixedPointState } from './fixed-point-state.ts';
import type { Place } from './follow.ts';

/**
 * Takes in one of the last two evaluated steps, in order, while its image still holds the
 * network's output D.
 */
export function keepDenoised(state: FixedPointState, i: number, m: number): void {
  const { problem, denoised, denoisedSlope, hasTrend, trendRow } = state;
  const { dim, table } = problem;
  const at = m * dim;
  const smooth = denoisedSlope.length > 0;
  if (i < state.activeEnd - 1) {
    if (!smooth) return;
    denoise(state, i, { out: denoisedSlope, m });
    trendRow[m] = i;
    return;
  }
  denoise(state, i, { out: denoised, m });
  state.denoisedRow = i;
  state.hasDenoised = true;
  if (!smooth) return;
  const rise = table.signal[i]! - table.signal[i - 1]!;
  const paired = trendRow[m] === i - 1 && rise > 0;
  trendRow[m] = -1;
  hasTrend[m] = paired ? 1 : 0;
  if (!paired) return;
  vector.combine2(denoisedSlope, at, 1 / rise, denoised, at, -1 / rise, denoisedSlope, at, dim);
}

/** Step i has no x0-hat: where rows enter behind it, the last known one stays as it is. */
export function dropTrend(state: FixedPointState, i: number, m: number): void {
  const { hasTrend, trendRow, activeEnd } = state;
  if (i < activeEnd - 1) return;
  hasTrend[m] = 0;
  trendRow[m] = -1;
}

/** x0-hat of step i, from its state and the network's output. */
function denoise(
  state: FixedPointState,
  i: number,
  { out, m }: { readonly out: Float32Array; readonly m: number },
): void {
  const { problem, rows } = state;
  const { table, dim } = problem;
  const at = bundleAt(state, i, m);
  const fromState = table.denoisedFromState[i]!;
  const fromOutput = table.denoisedFromOutput[i]!;
  vector.combine2(out, m * dim, fromState, rows.state, at, fromOutput, rows.image, at, dim);
}

/**
 * x0-hat of sample m where the signal is that of `row`: in `out` at `at`, or where it is kept if it
 * does not change with the signal.
 */
export function denoisedAt(
  state: FixedPointState,
  row: number,
  m: number,
  { data, at }: Place,
): Place {
  const { denoised, denoisedSlope, hasTrend, denoisedRow, problem } = state;
  const { dim, table } = problem;
  const from = m * dim;
  if (hasTrend[m] === 0) return { data: denoised, at: from };
  const further = table.signal[row]! - table.signal[denoisedRow]!;
  vector.combine2(data, at, 1, denoised, from, further, denoisedSlope, from, dim);
  return { data, at };
}

/** x0-hat where the active rows end, for all samples: what a block that enters is given. */
export function denoisedEdge(state: FixedPointState): Float32Array {
  const edge = state.denoised.slice();
  if (state.denoisedSlope.length === 0) return edge;
  const { samples, dim } = state.problem;
  for (let m = 0; m < samples; m++) {
    denoisedAt(state, state.activeEnd, m, { data: edge, at: m * dim });
  }
  return edge;
}
