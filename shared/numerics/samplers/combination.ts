/**
 * Steps as linear combinations, and how a state that is not the network's input leaves them.
 *
 *   step       x' = p y + sum_k v_k M_{i-k} + c xi
 *   carried    y  = q x_i + sum_k w_k M_{i-k}
 *
 * The state y from which a method steps is not always the one that the network was given: Heun's
 * second stage steps from where the first one started, a predictor-corrector from the corrected
 * state. In both cases y is a combination of x_i and of values, so that putting it in leaves one
 * linear multistep rule in the inputs of the network (docs/NUMERICS.md, "Multistep samplers").
 */
import type { Bound, StepRule } from '../../kernel/step-rule.ts';
import type { Rows } from '../levels.ts';

export type Step = {
  readonly state: number;
  /** Of the network's raw output; absent: 0. */
  readonly output?: number;
  /** Of M_i, M_{i-1}, .. */
  readonly values: readonly number[];
  /** c; absent: 0. */
  readonly noise?: number;
};

/** y = state x_i + sum_k values[k] M_{i-k} */
export type Carried = { readonly state: number; readonly values: readonly number[] };

/** The network's input itself. */
export const itself: Carried = { state: 1, values: [] };

/** The step from y, in terms of x_i. */
export function stepFrom(carried: Carried, step: Step): Step {
  const length = Math.max(carried.values.length, step.values.length);
  const values = Array.from(
    { length },
    (_, k) => (step.values[k] ?? 0) + step.state * (carried.values[k] ?? 0),
  );
  return { ...step, state: step.state * carried.state, values };
}

/** Where the step started, seen one row later; the step must be without noise. */
export function startOf({ state, values }: Step): Carried {
  return { state: 1 / state, values: [0, ...values.map((scale) => -scale / state)] };
}

/** What is there besides the steps themselves. */
export type RuleOptions = {
  readonly value: StepRule['value'];
  readonly bound?: Bound | undefined;
};

/** The steps of all rows as the tables that travel. */
export function ruleOf(
  steps: readonly Step[],
  { value, bound }: RuleOptions,
): Pick<Rows, 'noiseScale' | 'rule'> {
  const used = steps.map(({ values }) => values.findLastIndex((scale) => scale !== 0) + 1);
  const depth = Math.max(1, ...used);
  const valueScale = new Float64Array(steps.length * depth);
  for (const [i, { values }] of steps.entries()) {
    for (const [k, scale] of values.slice(0, depth).entries()) valueScale[i * depth + k] = scale;
  }
  const rule: StepRule = {
    value,
    depth,
    stateScale: Float64Array.from(steps, ({ state }) => state),
    outputScale: Float64Array.from(steps, ({ output }) => output ?? 0),
    valueScale,
    bound,
  };
  return { noiseScale: Float64Array.from(steps, ({ noise }) => noise ?? 0), rule };
}
