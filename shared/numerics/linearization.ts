/**
 * Closed-form choices of J_i, the scalar stand-in for the Jacobian of step i. They change how many
 * rounds are needed and never the result (docs/NUMERICS.md, "What is guaranteed for every J").
 *
 *   al, sg, al', sg'   signal and sigma at i and i+1;   dir = sqrt(sg'^2 - c^2)
 *
 *   gaussianPrior(s)   (al al' s^2 + dir sg)/(al^2 s^2 + sg^2)      exact for N(mu, s^2 I) data
 *   picardX            1                 Shih et al., ParaDiGMS (NeurIPS 2023)
 *   picardEpsilon      al'/al            = gaussianPrior(inf); Tang et al., ParaTAA (ICML 2024)
 *   picardDenoised     dir/sg            = gaussianPrior(0)
 *   picardVelocity     al al' + dir sg   = gaussianPrior(1)
 *
 * The names say which quantity is held fixed in the round; what the network predicts is irrelevant.
 * All arrays are [N].
 */

import { limits, outOfRange } from '../kernel/limits.ts';
import type { StepTable } from './step-table.ts';

type Rule = (al: number, sg: number, alNext: number, dir: number) => number;

function everyStep(table: StepTable, rule: Rule): Float64Array {
  const values = new Float64Array(table.steps);
  for (let i = 0; i < table.steps; i++) {
    values[i] = rule(table.signal[i]!, table.sigma[i]!, table.signal[i + 1]!, table.direction[i]!);
  }
  return values;
}

/** J of data with deviation s; no division by al or sg, so finite from pure noise to the end. */
export function gaussianPrior(table: StepTable, s: number): Float64Array {
  if (!(s >= 0)) throw outOfRange('prior deviation s', s, 'a number from 0 to Infinity');
  if (s === Infinity) return picardEpsilon(table);
  // For large s both sums are divided by s^2, which then cannot overflow.
  const data = s > 1 ? 1 : s * s;
  const noise = s > 1 ? 1 / s / s : 1;
  return everyStep(
    table,
    (al, sg, alNext, dir) =>
      (al * alNext * data + dir * sg * noise) / (al * al * data + sg * sg * noise),
  );
}

/** J = 1: the change of the state is carried on unchanged. */
export function picardX(table: StepTable): Float64Array {
  return new Float64Array(table.steps).fill(1);
}

/** J = al'/al: eps held fixed. Needs signal in every state, as an epsilon model does. */
export function picardEpsilon(table: StepTable): Float64Array {
  return everyStep(table, (al, _sg, alNext) => {
    if (al >= limits.epsilonSignalMin) return alNext / al;
    throw outOfRange('signal', al, `at least ${limits.epsilonSignalMin} for J = al'/al`);
  });
}

/** J = dir/sg: x0 held fixed. */
export function picardDenoised(table: StepTable): Float64Array {
  return Float64Array.from(table.rolloutScale);
}

/** J = al al' + dir sg: v held fixed; a rotation when c = 0. */
export function picardVelocity(table: StepTable): Float64Array {
  return everyStep(table, (al, sg, alNext, dir) => al * alNext + dir * sg);
}
