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
  if (hasOwnRule(table)) return throughValue(table, valuePrior(table, s));
  const { data, noise } = powersOf(s);
  return everyStep(
    table,
    (al, sg, alNext, dir) =>
      (al * alNext * data + dir * sg * noise) / (al * al * data + sg * sg * noise),
  );
}

/** s^2 and 1; for large s both are divided by s^2, so that nothing overflows. */
function powersOf(s: number): { readonly data: number; readonly noise: number } {
  return s > 1 ? { data: 1, noise: 1 / s / s } : { data: s * s, noise: 1 };
}

/** Steps made from M alone. With the raw output beside it (clipped DDIM) they are near the pair. */
function hasOwnRule({ rule }: StepTable): boolean {
  return rule !== undefined && rule.outputScale.every((scale) => scale === 0);
}

/** J where the values of the rows before stay as they are: a + B_0 mu. */
function throughValue(table: StepTable, slopes: Float64Array): Float64Array {
  const { stateScale, valueScale, depth } = table.rule!;
  return slopes.map((slope, i) => stateScale[i]! + valueScale[i * depth]! * slope);
}

/**
 * mu: what a row's value M moves by with its state, for data with deviation s. With v = al^2 s^2 +
 * sg^2 it is al s^2 / v of x0-hat and sg / v of eps.
 */
export function valuePrior(table: StepTable, s: number): Float64Array {
  const { data, noise } = powersOf(s);
  const epsilon = table.rule?.value === 'epsilon';
  return everyStep(table, (al, sg) => {
    const variance = al * al * data + sg * sg * noise;
    return (epsilon ? sg * noise : al * data) / variance;
  });
}

/** J = 1: the change of the state is carried on unchanged. */
export function picardX(table: StepTable): Float64Array {
  return new Float64Array(table.steps).fill(1);
}

/** J = al'/al: eps held fixed. Needs signal in every state, as an epsilon model does. */
export function picardEpsilon(table: StepTable): Float64Array {
  const ratio = everyStep(table, (al, _sg, alNext) => {
    if (al >= limits.epsilonSignalMin) return alNext / al;
    throw outOfRange('signal', al, `at least ${limits.epsilonSignalMin} for J = al'/al`);
  });
  if (!hasOwnRule(table)) return ratio;
  const denoised = table.rule?.value === 'denoised';
  return throughValue(
    table,
    table.signal.slice(0, -1).map((al) => (denoised ? 1 / al : 0)),
  );
}

/** J = dir/sg: x0 held fixed. */
export function picardDenoised(table: StepTable): Float64Array {
  return Float64Array.from(table.rolloutScale);
}

/** J = al al' + dir sg: v held fixed; a rotation when c = 0. */
export function picardVelocity(table: StepTable): Float64Array {
  return everyStep(table, (al, sg, alNext, dir) => al * alNext + dir * sg);
}
