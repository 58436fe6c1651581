/**
 * Integrals of interpolating polynomials, for the multistep methods of Adams type.
 *
 *   l_k(w)   the polynomial that is 1 at node k and 0 at the others
 *   G_k      int g(w) l_k(w) dw = sum_n (coefficient of w^n in l_k) int g(w) w^n dw
 *
 * Nodes are to be given relative to an end of the interval, or powers of them cancel.
 */

/** Coefficients of l_k, the constant first. */
function basis(nodes: readonly number[], k: number): number[] {
  let polynomial = [1];
  for (const [j, node] of nodes.entries()) {
    if (j === k) continue;
    const scale = 1 / (nodes[k]! - node);
    const times = [...polynomial.map((c) => -c * node * scale), 0];
    for (const [n, c] of polynomial.entries()) times[n + 1]! += c * scale;
    polynomial = times;
  }
  return polynomial;
}

/** G_k of every node; moments[n] is int g(w) w^n dw. */
export function lagrangeIntegrals(nodes: readonly number[], moments: readonly number[]): number[] {
  return nodes.map((_, k) => basis(nodes, k).reduce((sum, c, n) => sum + c * moments[n]!, 0));
}

/** int_0^width w^n dw for n = 0 .. count-1. */
export function powerMoments(width: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => width ** (n + 1) / (n + 1));
}

/**
 * int_{-h}^0 e^{r w} w^n dw for n = 0 .. count-1, by parts:
 *
 *   I_0 = (1 - e^{-rh})/r,    I_n = -(-h)^n e^{-rh}/r - (n/r) I_{n-1}
 *
 * For small h the digits of I_n, n > 0, cancel. That is harmless here: the weights' sum is I_0, and
 * the others only multiply differences of values, which are as small.
 */
export function exponentialMoments(rate: number, h: number, count: number): number[] {
  const moments = [-Math.expm1(-rate * h) / rate];
  for (let n = 1; n < count; n++) {
    moments.push((-((-h) ** n) * Math.exp(-rate * h) - n * moments[n - 1]!) / rate);
  }
  return moments;
}
