/**
 * PLMS: fourth-order Adams-Bashforth in eps, moved by DDIM, with a start of its own.
 *
 *   x' = T(x, e),    T the step of DDIM(0) between two levels, with e in place of eps
 *   e = (3 e_i - e_{i-1})/2,  (23, -16, 5)/12,  (55, -59, 37, -9)/24
 *
 * It starts without Runge-Kutta: the first interval is stepped with e_0, and once more from the
 * same start with (e_0 + e~_1)/2, where e~_1 is seen at the guess only. So there is one row more
 * than steps, two rows have the same time, and e~_1 enters no other step. The start of the second
 * try is the guess taken back: x_0 = (x~_1 - b M_0)/a.
 *
 * Liu, Ren, Lin, Zhao, "Pseudo Numerical Methods for Diffusion Models on Manifolds", ICLR 2022,
 * eq. (11) and (12); without the Runge-Kutta start as in Stable Diffusion.
 */
import type { Level } from '../parameterization.ts';
import type { Levels, Rows } from '../levels.ts';
import { ruleOf, startOf, stepFrom, type Carried, type Step } from './combination.ts';

/** Weights of the newest eps first, by how many there are. */
const adams = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
] as const;

function transfer(from: Level, to: Level, weights: readonly number[]): Step {
  const state = to.signal / from.signal;
  const own = to.sigma - state * from.sigma;
  return { state, values: weights.map((weight) => weight * own) };
}

/** The e of row i > 1; row 1, the guess, is left out. */
function weightsAt(i: number): number[] {
  const known = Math.min(i, adams.length);
  const weights: number[] = [...adams[known - 1]!];
  if (i <= adams.length) weights.splice(weights.length - 1, 0, 0);
  return weights;
}

/** `targets`: where the steps lead, by level; the level after it in the plain case. */
export function pndmRows(levels: Levels, targets: readonly Level[], starts?: Level): Rows {
  const { timestep, signal, sigma } = levels;
  const count = timestep.length;
  const at = (i: number): Level => ({ signal: signal[i]!, sigma: sigma[i]! });
  const visited = count === 1 ? [0] : [0, 1, ...Array.from({ length: count - 1 }, (_, i) => i + 1)];
  const first = transfer(at(0), targets[0]!, [1]);
  const back: Carried = startOf(first);
  const steps = visited.map((level, i): Step => {
    if (i === 0) return first;
    if (i > 1) return transfer(at(level), targets[level]!, weightsAt(i));
    return stepFrom(back, transfer(starts ?? at(0), at(1), [1 / 2, 1 / 2]));
  });
  return {
    timestep: Float64Array.from(visited, (level) => timestep[level]!),
    signal: Float64Array.from([...visited, count], (level) => signal[level]!),
    sigma: Float64Array.from([...visited, count], (level) => sigma[level]!),
    ...ruleOf(steps, { value: 'epsilon' }),
  };
}
