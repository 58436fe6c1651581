/**
 * Noise schedules: the cumulative signal power alphaBar[t] of the T training steps.
 *
 *   alphaBar[t] = prod_{k <= t} (1 - beta_k)
 *
 *   linear          beta = linspace(start, end, T)              Ho, Jain, Abbeel, NeurIPS 2020
 *   scaled-linear   beta = linspace(sqrt(start), sqrt(end), T)^2   Rombach et al., CVPR 2022 (code)
 *   cosine          beta_k = min(1 - f((k+1)/T)/f(k/T), 0.999),
 *                   f(u) = cos^2((u + 0.008)/1.008 pi/2)         Nichol, Dhariwal, ICML 2021
 *   sigmoid         beta = start + (end - start)/(1 + e^{-u}), u = linspace(-6, 6, T)
 *                                                                Xu et al., GeoDiff, ICLR 2022
 *
 * With `zeroTerminalSnr` the roots q = sqrt(alphaBar) are moved and stretched so that the last one
 * is 0 and the first stays: q <- (q - q_T) q_1/(q_1 - q_T). Lin, Liu, Li, Yang, WACV 2024, alg. 1.
 *
 * Flows and EDM have no training steps that are multiplied up; their levels are formulas.
 *
 * Math.cos may differ in its last bit between engines. Therefore only the coordinator calls this;
 * workers are sent the values.
 */

import { unreachable } from '../kernel/assert.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import type { BetaSchedule } from '../kernel/noise-schedule.ts';

export type {
  BetaSchedule,
  EdmSchedule,
  FlowSchedule,
  NoiseSchedule,
} from '../kernel/noise-schedule.ts';

/** No step of the cosine schedule removes more than this share of the signal power. */
const COSINE_BETA_MAX = 0.999;

/** numpy.linspace(start, end, n): i * step + start, with the last value exact. */
export function linspace(start: number, end: number, n: number): Float64Array {
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

function betas(schedule: BetaSchedule): Float64Array {
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
    case 'sigmoid': {
      const range = betaEnd - betaStart;
      return linspace(-6, 6, trainSteps).map((u) => range / (1 + Math.exp(-u)) + betaStart);
    }
    default:
      return unreachable(kind);
  }
}

/** alphaBar [trainSteps], descending from just below 1: the running product of 1 - beta. */
export function alphaBars(schedule: BetaSchedule): Float64Array {
  const values = betas(schedule);
  let product = 1;
  for (let t = 0; t < values.length; t++) {
    product *= 1 - values[t]!;
    values[t] = product;
  }
  return schedule.zeroTerminalSnr ? withoutSignal(values) : values;
}

/** The signal of the last step taken from all, that of the first step kept. */
function withoutSignal(values: Float64Array): Float64Array {
  const roots = values.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots[roots.length - 1]!];
  if (first === last) throw outOfRange('schedule.trainSteps', 1, 'at least 2 with zeroTerminalSnr');
  return roots.map((root) => ((root - last) * (first / (first - last))) ** 2);
}

/** Two points (tokens, mu) of a line. */
export interface TokenShift {
  readonly few: readonly [tokens: number, mu: number];
  readonly many: readonly [tokens: number, mu: number];
}

/** As FLUX.1 was trained. */
const fluxShift: TokenShift = { few: [256, 0.5], many: [4096, 1.15] };

/** The shift of a flow for a number of tokens: e^mu. */
export function shiftForTokens(tokens: number, { few, many } = fluxShift): number {
  const slope = (many[1] - few[1]) / (many[0] - few[0]);
  return Math.exp(few[1] + slope * (tokens - few[0]));
}
