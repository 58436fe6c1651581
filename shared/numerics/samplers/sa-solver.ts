/**
 * SA-Solver for x0-hat: stochastic Adams methods with a noise level tau. Let m = 1 + tau^2 and
 * l_k the Lagrange basis on the nodes lam_{i-k}:
 *
 *   x' = e^{-tau^2 h} (sg'/sg) y + m al' sum_k G_k M_{i-k} + sg' sqrt(1 - e^{-2 tau^2 h}) xi
 *   G_k = int_{-h}^0 e^{m w} l_k(lam' + w) dw
 *
 * The corrector has (lam', M_{i+1}) as a node more and the same xi. At order 2 public code moves
 *
 *   (h^2/2 - (m h - 1 + e^{-m h})/m^2)/(lam_i - lam_{i-1})    (predictor)
 *   h/2 - (m h - 1 + e^{-m h})/(m^2 h)                        (corrector)
 *
 * from the older value to the newer one, an O(h^3) change without effect on the order; so do we.
 * tau is a number within a range of model times and 0 outside, taken at the start of the interval.
 *
 * Xue, Yi, Luo, Zhang, Sun, Li, Ma, "SA-Solver", NeurIPS 2023, eq. (14), (17), algorithm 1.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { lambdaAt, rowsOf, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';
import { correctedSteps, type Corrector } from './corrected.ts';
import { exponentialMoments, lagrangeIntegrals } from './lagrange.ts';

export type SaOptions = {
  readonly predictorOrder: number;
  /** 0: no corrector. */
  readonly correctorOrder: number;
  /** tau within `from` and `to`; absent: 1, from 200 to 800. */
  readonly tau?: { readonly value: number; readonly from: number; readonly to: number } | undefined;
  /** Lower orders at the end, down to 1; absent: true. */
  readonly lowerOrderFinal?: boolean | undefined;
  readonly bound?: Bound | undefined;
};

const usualTau = { value: 1, from: 200, to: 800 };

export function saRows(levels: Levels, options: SaOptions): Rows {
  const { predictorOrder, correctorOrder, tau = usualTau, lowerOrderFinal = true } = options;
  const count = levels.timestep.length;
  const predictors: Step[] = [];
  const correctors: Corrector[] = [];
  for (const [i, time] of levels.timestep.entries()) {
    const square = time >= tau.from && time <= tau.to ? tau.value ** 2 : 0;
    // without noise at its end the last step has no length in lam
    const clean = i === count - 1 && levels.sigma[count] === 0;
    const left = lowerOrderFinal || clean ? count - i : Infinity;
    predictors.push(predictorAt(levels, i, Math.min(predictorOrder, left, i + 1), square));
    const order = Math.min(correctorOrder, left + 1, i + 2);
    if (i < count - 1 && order > 0) correctors.push(correctorAt(levels, i, order, square));
    else correctors.push([0, ...predictors[i]!.values]);
  }
  const steps = correctedSteps(predictors, correctors);
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound: options.bound }));
}

function predictorAt(levels: Levels, i: number, order: number, square: number): Step {
  const { sigma } = levels;
  const h = lambdaAt(levels, i + 1) - lambdaAt(levels, i);
  const weights = weightsOf(levels, i, { newest: i, order, square });
  if (order === 2) {
    const length = lambdaAt(levels, i) - lambdaAt(levels, i - 1);
    move(weights, (levels.signal[i + 1]! * extra(1 + square, h)) / length);
  }
  const still = square === 0;
  return {
    state: (still ? 1 : Math.exp(-square * h)) * (sigma[i + 1]! / sigma[i]!),
    values: weights,
    noise: still ? 0 : sigma[i + 1]! * Math.sqrt(-Math.expm1(-2 * square * h)),
  };
}

function correctorAt(levels: Levels, i: number, order: number, square: number): Corrector {
  const h = lambdaAt(levels, i + 1) - lambdaAt(levels, i);
  const weights = weightsOf(levels, i, { newest: i + 1, order, square });
  if (order === 2) move(weights, (levels.signal[i + 1]! * extra(1 + square, h)) / h);
  return weights;
}

/** m times the O(h^3) term of the predictor at order 2; the corrector's is that over h. */
function extra(m: number, h: number): number {
  return m * ((h * h) / 2 - (m * h + Math.expm1(-m * h)) / (m * m));
}

function move(weights: number[], by: number): void {
  weights[0]! += by;
  weights[1]! -= by;
}

type Nodes = { readonly newest: number; readonly order: number; readonly square: number };

/** m al' G_k for the nodes `newest`, `newest` - 1, .. */
function weightsOf(levels: Levels, i: number, { newest, order, square }: Nodes): number[] {
  const end = lambdaAt(levels, i + 1);
  const h = end - lambdaAt(levels, i);
  const m = 1 + square;
  const nodes = Array.from({ length: order }, (_, k) => lambdaAt(levels, newest - k) - end);
  const integrals = lagrangeIntegrals(nodes, exponentialMoments(m, h, order));
  return integrals.map((integral) => m * levels.signal[i + 1]! * integral);
}
