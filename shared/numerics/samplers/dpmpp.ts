/**
 * DPM-Solver++: exponential integrators in lam = ln(al/sg) for x0-hat, order 1 to 3, as an
 * ordinary (multistep) differential equation or with noise. Let h be the step in lam, H = h, or
 * H = 2h with noise, E = e^{-H}, r0 = h_{i-1}/h_i, r1 = h_{i-2}/h_i,
 *
 *   D1_0 = (M_i - M_{i-1})/r0,  D1_1 = (M_{i-1} - M_{i-2})/r1,
 *   D1 = D1_0 + r0/(r0+r1) (D1_0 - D1_1),  D2 = (D1_0 - D1_1)/(r0+r1)
 *
 *   1           x' = p x + al' (1-E) M_i + c xi
 *   2 midpoint  .. + al' (1-E)/2 D1_0        2 heun  .. + al' ((E-1)/H + 1) D1_0
 *   3           .. + al' ((E-1)/H + 1) D1 - kappa al' ((E-1+H)/H^2 - 1/2) D2
 *
 *   p = sg'/sg, c = 0        with noise: p = (sg'/sg) e^{-h}, c = sg' sqrt(1 - e^{-2h})
 *
 * kappa = 2 is what the interpolating quadratic requires ("consistent", the default). Public code
 * has kappa = 1, and in the noisy form of diffusers the opposite sign of the 1/2 as well, whose
 * order is 1; "compat" is that, for comparisons.
 *
 * Lu, Zhou, Bao, Chen, Li, Zhu, "DPM-Solver++", 2022, eq. (8), (9), (18), algorithm 2.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { lambdaAt, rowsOf, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';
import { orderAt, type OrderRule } from './order.ts';

export type DpmppOptions = OrderRule & {
  /** The stochastic differential equation, or the ordinary one. */
  readonly noisy?: boolean | undefined;
  readonly correction?: 'midpoint' | 'heun' | undefined;
  readonly thirdOrder?: 'consistent' | 'compat' | undefined;
  readonly bound?: Bound | undefined;
};

export function dpmppRows(levels: Levels, options: DpmppOptions): Rows {
  const { signal, sigma } = levels;
  const { noisy = false } = options;
  const steps = Array.from(levels.timestep, (_, i): Step => {
    const ratio = sigma[i + 1]! / sigma[i]!;
    const h = lambdaAt(levels, i + 1) - lambdaAt(levels, i);
    const values = weightsAt(levels, i, options).map((weight) => signal[i + 1]! * weight);
    if (!noisy) return { state: ratio, values };
    const noise = sigma[i + 1]! * Math.sqrt(-Math.expm1(-2 * h));
    return { state: ratio * Math.exp(-h), values, noise };
  });
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound: options.bound }));
}

/** What x0-hat of the newest rows is weighted with, al' left out. */
function weightsAt(levels: Levels, i: number, options: DpmppOptions): number[] {
  const order = orderAt(levels, i, options);
  const lengthOf = (k: number): number => lambdaAt(levels, i - k + 1) - lambdaAt(levels, i - k);
  const h = lengthOf(0);
  const whole = options.noisy ? 2 * h : h;
  const zeroth = -Math.expm1(-whole);
  if (order === 1) return [zeroth];
  const first = Math.expm1(-whole) / whole + 1;
  const r0 = lengthOf(1) / h;
  if (order === 2) {
    const slope = (options.correction === 'heun' ? first : zeroth / 2) / r0;
    return [zeroth + slope, -slope];
  }
  const second = secondWeight(whole, options);
  const r1 = lengthOf(2) / h;
  // D1 and D2 in the differences D1_0 and D1_1, those in the values
  const newer = (first * (2 * r0 + r1) + second) / ((r0 + r1) * r0);
  const older = -(first * r0 + second) / ((r0 + r1) * r1);
  return [zeroth + newer, older - newer, -older];
}

function secondWeight(whole: number, { noisy, thirdOrder = 'consistent' }: DpmppOptions): number {
  const third = (Math.expm1(-whole) + whole) / (whole * whole);
  if (thirdOrder === 'consistent') return 2 * (1 / 2 - third);
  return noisy ? -third - 1 / 2 : 1 / 2 - third;
}
