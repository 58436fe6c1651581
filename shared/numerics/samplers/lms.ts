/**
 * Linear multistep method of Adams-Bashforth type in z = x/al and r = sg/al, where dz/dr = eps:
 *
 *   z' = z + sum_k M_{i-k} int_r^{r'} l_k(s) ds,    l_k the Lagrange basis on r_{i-k}
 *
 * The order grows with the rows there are. Known as LMS from k-diffusion (Crowson, 2022).
 */
import { ratioAt, rowsOf, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';
import { lagrangeIntegrals, powerMoments } from './lagrange.ts';

export function lmsRows(levels: Levels, order: number): Rows {
  const { signal } = levels;
  const steps = Array.from(levels.timestep, (_, i): Step => {
    const here = ratioAt(levels, i);
    const used = Math.min(i + 1, order);
    const nodes = Array.from({ length: used }, (_unused, k) => ratioAt(levels, i - k) - here);
    const moments = powerMoments(ratioAt(levels, i + 1) - here, used);
    const values = lagrangeIntegrals(nodes, moments).map((weight) => signal[i + 1]! * weight);
    return { state: signal[i + 1]! / signal[i]!, values };
  });
  return rowsOf(levels, ruleOf(steps, { value: 'epsilon' }));
}
