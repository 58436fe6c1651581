/**
 * DEIS in log-rho form: Adams-Bashforth in z = x/al over rho = sg/al, with polynomials in ln rho.
 *
 *   z' = z + sum_k M_{i-k} int_rho^{rho'} l_k(ln s) ds
 *      = z - rho' sum_k M_{i-k} int_0^h e^w l_k(w) dw,   h = ln(rho/rho'), nodes ln(rho_{i-k}/rho')
 *
 * Zhang, Chen, "Fast Sampling of Diffusion Models with Exponential Integrator", ICLR 2023, section
 * 3, tAB-DEIS. Order 1 is DDIM(0).
 */
import { ratioAt, rowsOf, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';
import { exponentialMoments, lagrangeIntegrals } from './lagrange.ts';
import { orderAt, type OrderRule } from './order.ts';

export function deisRows(levels: Levels, orders: OrderRule): Rows {
  const { signal } = levels;
  const steps = Array.from(levels.timestep, (_, i): Step => {
    const order = orderAt(levels, i, orders);
    const [here, next] = [ratioAt(levels, i), ratioAt(levels, i + 1)];
    const state = signal[i + 1]! / signal[i]!;
    if (order === 1) return { state, values: [signal[i + 1]! * (next - here)] };
    const nodes = Array.from({ length: order }, (_unused, k) =>
      Math.log(ratioAt(levels, i - k) / next),
    );
    // int_0^h e^w w^n dw is (-1)^n int_{-h}^0 e^{-w} w^n dw
    const moments = exponentialMoments(-1, nodes[0]!, order).map((m, n) => (n % 2 ? -m : m));
    const weights = lagrangeIntegrals(nodes, moments);
    return { state, values: weights.map((weight) => -signal[i + 1]! * next * weight) };
  });
  return rowsOf(levels, ruleOf(steps, { value: 'epsilon' }));
}
