/**
 * Noise schedules: the cumulative signal power alphaBar[t] of the T training steps.
 *
 *   alphaBar[t] = prod_{k <= t} (1 - beta_k)
 *
 *   linear          beta = linspace(start, end, T)              Ho, Jain, Abbeel, NeurIPS 2020
 *   scaled-linear   beta = linspace(sqrt(start), sqrt(end), T)^2   Rombach et al., CVPR 2022 (code)
 *   cosine          beta_k = min(1 - f((k+1)/T)/f(k/T), 0.999),
 *                   f(u) = cos^2((u + 0.008)/1.008 pi/2)         Nichol, Dhariwal, ICML 2021
 *
 * Math.cos may differ in its last bit between engines. Therefore only the coordinator calls this;
 * workers are sent the values.
 */

import { unreachable } from '../kernel/assert.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';

/** `cosine` ignores the two betas. */
export type NoiseSchedule = {
  readonly kind: 'linear' | 'scaled-linear' | 'cosine';
  readonly trainSteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
};

/** No step of the cosine schedule removes more than this share of the signal power. */
const COSINE_BETA_MAX = 0.999;

/** numpy.linspace(start, end, n): i * step + start, with the last value exact. */
function linspace(start: number, end: number, n: number): Float64Array {
  const values = new Float64Array(n);
  const step = n > 1 ? (end - start) / (n - 1) : 0;
  for (let i = 0; i < n; i++) values[i] = i * step + start;
  if (n > 1) values[n - 1] = end;
  return values;
}

function cosineBetas(n: number): Float64Array {
  const power = (u: number): number => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const betas = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    betas[k] = Math.min(1 - power((k + 1) / n) / power(k / n), COSINE_BETA_MAX);
  }
  return betas;
}

function requireBeta(field: string, found: number): void {
  if (found > 0 && found < 1) return;
  throw outOfRange(field, found, 'strictly between 0 and 1');
}

function betas(schedule: NoiseSchedule): Float64Array {
  const { kind, trainSteps, betaStart, betaEnd } = schedule;
  requireInteger('schedule.trainSteps', trainSteps, 1, limits.trainStepsMax);
  if (kind === 'cosine') return cosineBetas(trainSteps);
  requireBeta('schedule.betaStart', betaStart);
  requireBeta('schedule.betaEnd', betaEnd);
  switch (kind) {
    case 'linear':
      return linspace(betaStart, betaEnd, trainSteps);
    case 'scaled-linear':
      return linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), trainSteps).map((q) => q * q);
    default:
      return unreachable(kind);
  }
}

/** alphaBar [trainSteps], descending from just below 1: the running product of 1 - beta. */
export function alphaBars(schedule: NoiseSchedule): Float64Array {
  const values = betas(schedule);
  let product = 1;
  for (let t = 0; t < values.length; t++) {
    product *= 1 - values[t]!;
    values[t] = product;
  }
  return values;
}
