/**
 * UniPC for x0-hat. With hh = -h, phi = e^{hh} - 1, B = hh ("bh1") or phi ("bh2"),
 *
 *   r_k = (lam_{i-k} - lam_i)/h, k = 1 .. p-1, r_p = 1,    d_k = (M_{i-k} - M_i)/r_k
 *   R_{n,k} = r_k^{n-1},  b_n = q_n n!/B,  q_1 = phi/hh - 1,  q_{n+1} = q_n/hh - 1/(n+1)!
 *
 *   predictor   x~' = (sg'/sg) y - al' phi M_i - al' B sum_{k<p} rho_k d_k,  rho of p-1 rows of R
 *   corrector   y'  = (sg'/sg) y - al' phi M_i - al' B sum_{k<=p} rho_k d_k,  d_p = M_{i+1} - M_i
 *
 * with rho = 1/2 where there is one unknown (predictor 2, corrector 1). Order min(p, i+1, N-i).
 *
 * Zhao, Bai, Rao, Zhou, Lu, "UniPC", NeurIPS 2023, eq. (3), (8), (9), algorithms 5 and 6.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { lambdaAt, rowsOf, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';
import { correctedSteps, type Corrector } from './corrected.ts';

export type UnipcOptions = {
  readonly order: number;
  readonly variant?: 'bh1' | 'bh2' | undefined;
  readonly lowerOrderFinal?: boolean | undefined;
  /** Absent: true; without it this is UniP. */
  readonly corrector?: boolean | undefined;
  readonly bound?: Bound | undefined;
};

export function unipcRows(levels: Levels, options: UnipcOptions): Rows {
  const { order, lowerOrderFinal = true, variant = 'bh2', corrector = true, bound } = options;
  const count = levels.timestep.length;
  const clean = levels.sigma[count] === 0;
  const predictors: Step[] = [];
  const correctors: Corrector[] = [];
  for (let i = 0; i < count; i++) {
    const left = lowerOrderFinal || (clean && i === count - 1) ? count - i : order;
    const interval = intervalAt(levels, i, Math.min(order, i + 1, left));
    const state = levels.sigma[i + 1]! / levels.sigma[i]!;
    predictors.push({ state, values: predictorOf(interval, variant) });
    const values = predictors[i]!.values;
    correctors.push(corrector ? correctorOf(interval, variant) : [0, ...values]);
  }
  const steps = correctedSteps(predictors, correctors);
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound }));
}

/** An interval: al', h, and r_1 .. r_p. */
type Interval = { readonly signal: number; readonly h: number; readonly ratios: number[] };

function intervalAt(levels: Levels, i: number, order: number): Interval {
  const here = lambdaAt(levels, i);
  const h = lambdaAt(levels, i + 1) - here;
  const before = Array.from({ length: order - 1 }, (_, k) => lambdaAt(levels, i - k - 1));
  return {
    signal: levels.signal[i + 1]!,
    h,
    ratios: [...before.map((lam) => (lam - here) / h), 1],
  };
}

function baseOf(h: number, variant: 'bh1' | 'bh2'): number {
  return variant === 'bh1' ? -h : Math.expm1(-h);
}

/** rho of the given ratios: R rho = b. */
function rhoOf(h: number, ratios: readonly number[], variant: 'bh1' | 'bh2'): number[] {
  if (ratios.length === 0) return [];
  if (ratios.length === 1) return [1 / 2];
  const base = baseOf(h, variant);
  const b: number[] = [];
  let q = Math.expm1(-h) / -h - 1;
  let factorial = 1;
  for (let n = 1; n <= ratios.length; n++) {
    b.push((q * factorial) / base);
    factorial *= n + 1;
    q = q / -h - 1 / factorial;
  }
  const powers = b.map((_, n) => ratios.map((r) => r ** n));
  return solve(powers, b);
}

function predictorOf({ signal, h, ratios }: Interval, variant: 'bh1' | 'bh2'): number[] {
  const older = ratios.slice(0, -1);
  const scale = signal * baseOf(h, variant);
  const weights = rhoOf(h, older, variant).map((rho, k) => (-scale * rho) / older[k]!);
  return [-signal * Math.expm1(-h) - sum(weights), ...weights];
}

function correctorOf({ signal, h, ratios }: Interval, variant: 'bh1' | 'bh2'): Corrector {
  const scale = signal * baseOf(h, variant);
  const weights = rhoOf(h, ratios, variant).map((rho, k) => (-scale * rho) / ratios[k]!);
  const newest = weights.pop()!;
  return [newest, -signal * Math.expm1(-h) - sum(weights) - newest, ...weights];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Gauss with partial pivoting, for at most three unknowns. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, n) => [...row, right[n]!]);
  const size = rows.length;
  for (let p = 0; p < size; p++) {
    let pivot = p;
    for (let n = p + 1; n < size; n++) {
      if (Math.abs(rows[n]![p]!) > Math.abs(rows[pivot]![p]!)) pivot = n;
    }
    [rows[p], rows[pivot]] = [rows[pivot]!, rows[p]!];
    for (let n = 0; n < size; n++) {
      if (n === p) continue;
      const factor = rows[n]![p]! / rows[p]![p]!;
      for (let k = p; k <= size; k++) rows[n]![k]! -= factor * rows[p]![k]!;
    }
  }
  return rows.map((row, n) => row[size]! / row[n]!);
}
