/**
 * The other way to be fast: the same solver with n < N steps, driven by the noise of the N.
 *
 * With eta = 0 that is just the solver on a grid of n steps. With eta = 1 a coarse step must see
 * the noise of the fine steps it replaces, or the two samples have nothing in common. In
 * y = (al/sg^2) x a step of DDPM adds sqrt(snr' - snr) xi to y (numerics 4.3), so the step from
 * row s to row e of the fine grid takes
 *
 *   xi = sum_{l=s}^{e-1} sqrt(snr_{l+1} - snr_l) xi_l / sqrt(snr_e - snr_s),     snr = ab/(1 - ab)
 *
 * which is standard normal again, and its grid must be rows of the fine one: those nearest to the
 * times that the model's own grid of n steps visits.
 */
import type { NoiseSource } from './sequential.ts';
import { posteriorDeviation } from './step/posterior.ts';
import { stepTable, type Grid, type StepTable } from './step-table.ts';
import { accumulate, combineWide } from './vector.ts';

export interface CoarseSolver {
  readonly table: StepTable;
  readonly noise: NoiseSource;
}

/**
 * The solver of `coarse.steps` steps whose samples may be compared with those of `fine`.
 *
 * @param fine DDIM with eta 0, or DDPM, in N steps
 * @param coarse the same solver in n <= N steps, on the grid of its own
 * @param noise of the fine steps, `dim` elements each
 */
export function coarseSolver(
  fine: StepTable,
  coarse: StepTable,
  noise: NoiseSource,
  dim: number,
): CoarseSolver {
  if (coarse.noiseScale.every((scale) => scale === 0)) return { table: coarse, noise };
  const rows = nearestRows(fine.timestep, coarse.timestep);
  const table = stepTable(gridOn(fine, rows));
  return { table, noise: aggregated(fine, rows, noise, dim) };
}

/**
 * For every coarse time the nearest fine row, strictly ascending; then N. [n + 1]
 * Times descend in both grids.
 */
export function nearestRows(fine: Float64Array, coarse: Float64Array): Int32Array {
  const rows = new Int32Array(coarse.length + 1);
  for (const [j, time] of coarse.entries()) {
    let nearest = j === 0 ? 0 : rows[j - 1]! + 1;
    // each of the steps still to come needs a row of its own
    const most = fine.length - coarse.length + j;
    for (let i = nearest + 1; i <= most; i++) {
      if (Math.abs(fine[i]! - time) < Math.abs(fine[nearest]! - time)) nearest = i;
    }
    rows[j] = nearest;
  }
  rows[coarse.length] = fine.length;
  return rows;
}

function gridOn({ timestep, signal, sigma, prediction }: StepTable, rows: Int32Array): Grid {
  const steps = rows.length - 1;
  const level = (row: number) => ({ signal: signal[row]!, sigma: sigma[row]! });
  return {
    timestep: Float64Array.from({ length: steps }, (_, j) => timestep[rows[j]!]!),
    signal: Float64Array.from(rows, (row) => signal[row]!),
    sigma: Float64Array.from(rows, (row) => sigma[row]!),
    noiseScale: Float64Array.from({ length: steps }, (_, j) =>
      posteriorDeviation(level(rows[j]!), level(rows[j + 1]!)),
    ),
    prediction,
  };
}

function aggregated(
  { signal, sigma }: StepTable,
  rows: Int32Array,
  noise: NoiseSource,
  dim: number,
): NoiseSource {
  const snr = signal.map((al, i) => (al / sigma[i]!) ** 2);
  const drawn = new Float32Array(dim);
  const sum = new Float64Array(dim);
  return (step, sample, out, at) => {
    const [begin, end] = [rows[step]!, rows[step + 1]!];
    const whole = snr[end]! - snr[begin]!;
    sum.fill(0);
    for (let l = begin; l < end; l++) {
      noise(l, sample, drawn, 0);
      accumulate(sum, Math.sqrt((snr[l + 1]! - snr[l]!) / whole), drawn, 0, dim);
    }
    combineWide(out, at, 0, drawn, 0, 1, sum, dim);
  };
}
