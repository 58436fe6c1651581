import type { Level } from '../parameterization.ts';

/**
 * Deviation of the noise of one ancestral step between any two levels, that of eta = 1:
 *
 *   g = (sg'/sg) sqrt( (al' sg - al sg')(al' sg + al sg') ) / al'
 *
 * which is `posteriorScale` where al^2 + sg^2 = 1, and al' times the "up" deviation of Euler
 * ancestral where al = 1. Zero when sg' = 0, and when the next row is no clearer.
 */
export function posteriorDeviation(from: Level, to: Level): number {
  const [here, there] = [from.signal * to.sigma, to.signal * from.sigma];
  const gained = Math.max(0, (there - here) * (there + here));
  return ((to.sigma / from.sigma) * Math.sqrt(gained)) / to.signal;
}
