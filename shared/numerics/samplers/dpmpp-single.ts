/**
 * Singlestep DPM-Solver++ (2S, 3S): the order of the steps goes 1, 2 or 1, 2, 3 and begins anew;
 * the steps of a group all start from the group's first state y, s = its row,
 *
 *   1   x' = (sg'/sg_s) y + al' (1-E) M_s                             E = e^{-h}, h = lam' - lam_s
 *   2   .. + al' (1-E)/2 D1            midpoint;   .. + al' ((E-1)/h + 1) D1     heun
 *       D1 = (M_i - M_{i-1})/r0,  r0 = (lam_i - lam_s)/h
 *   3   .. + al' ((E-1)/h + 1) D1_1    midpoint
 *       .. + al' ((E-1)/h + 1) D1 - kappa al' ((E-1+h)/h^2 - 1/2) D2     heun, kappa = 1 with D2
 *       D1_0 = (M_{i-1} - M_s)/r1,  D1_1 = (M_i - M_s)/r0,  r1 = (lam_{i-1} - lam_s)/h,
 *       D1 = (r0 D1_0 - r1 D1_1)/(r0 - r1),  D2 = 2 (D1_1 - D1_0)/(r0 - r1)
 *
 * A group's intermediate states are rows; y is what such a row was made from, taken back.
 *
 * Lu et al., "DPM-Solver++", 2022, algorithm 1; "DPM-Solver", NeurIPS 2022, appendix D.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { outOfRange } from '../../kernel/limits.ts';
import { lambdaAt, rowsOf, type Levels, type Rows } from '../levels.ts';
import { itself, ruleOf, startOf, stepFrom, type Step } from './combination.ts';

export type SinglestepOptions = {
  readonly order: number;
  readonly lowerOrderFinal?: boolean | undefined;
  readonly correction?: 'midpoint' | 'heun' | undefined;
  readonly bound?: Bound | undefined;
};

/**
 * Order of every step: groups of 1 .. order; the last step is never of the full one, unless
 * lowerOrderFinal is false, and 1 when it ends without noise.
 */
export function singlestepOrders(
  steps: number,
  options: SinglestepOptions,
  clean: boolean,
): number[] {
  const { order, lowerOrderFinal = true } = options;
  if (order !== 1 && order !== 2 && order !== 3) throw outOfRange('order', order, '1, 2 or 3');
  const orders = Array.from({ length: steps }, (_, i) => (i % order) + 1);
  const wholeGroup = steps % order === 0;
  if (clean || (lowerOrderFinal && wholeGroup)) orders[steps - 1] = 1;
  return orders;
}

export function singlestepRows(levels: Levels, options: SinglestepOptions): Rows {
  const count = levels.timestep.length;
  const orders = singlestepOrders(count, options, levels.sigma[count] === 0);
  let start = itself;
  const steps = orders.map((order, i): Step => {
    if (order === 1) start = itself;
    const step = stepFromStart(levels, i, order, options.correction);
    const row = stepFrom(start, step);
    start = startOf(step);
    return row;
  });
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound: options.bound }));
}

/** The step in terms of the state of row i - order + 1. */
function stepFromStart(
  levels: Levels,
  i: number,
  order: number,
  correction: 'midpoint' | 'heun' = 'midpoint',
): Step {
  const { signal, sigma } = levels;
  const s = i - order + 1;
  const state = sigma[i + 1]! / sigma[s]!;
  const al = signal[i + 1]!;
  const h = lambdaAt(levels, i + 1) - lambdaAt(levels, s);
  const zeroth = -al * Math.expm1(-h);
  if (order === 1) return { state, values: [zeroth] };
  const first = al * (Math.expm1(-h) / h + 1);
  const r0 = (lambdaAt(levels, i) - lambdaAt(levels, s)) / h;
  if (order === 2) {
    const slope = (correction === 'heun' ? first : zeroth / 2) / r0;
    return { state, values: [slope, zeroth - slope] };
  }
  if (correction === 'midpoint') {
    return { state, values: [first / r0, 0, zeroth - first / r0] };
  }
  const r1 = (lambdaAt(levels, i - 1) - lambdaAt(levels, s)) / h;
  const second = -al * ((Math.expm1(-h) + h) / (h * h) - 1 / 2);
  const newest = (-first * r1 + 2 * second) / ((r0 - r1) * r0);
  const middle = (first * r0 - 2 * second) / ((r0 - r1) * r1);
  return { state, values: [newest, middle, zeroth - newest - middle] };
}
