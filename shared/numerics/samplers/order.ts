import type { Levels } from '../levels.ts';

/** Below this number of steps the last two are of lower order (`lower_order_final` of others). */
const FEW_STEPS = 15;

export type OrderRule = {
  readonly order: number;
  /** Lower orders at the end of few steps; absent: true. */
  readonly lowerOrderFinal?: boolean | undefined;
  /** Order 1 on the last step of any number of steps. */
  readonly eulerAtFinal?: boolean | undefined;
};

/**
 * Order of step i: as many rows as there are, up to `order`; 1 on the last of few steps, and when
 * it ends without noise, where the step in lam has no length; at most 2 before that.
 * Lu et al., "DPM-Solver++", 2022, appendix C. Only the global index counts.
 */
export function orderAt(levels: Levels, i: number, rule: OrderRule): number {
  const { order, lowerOrderFinal = true, eulerAtFinal = false } = rule;
  const steps = levels.timestep.length;
  const few = lowerOrderFinal && steps < FEW_STEPS;
  const clean = levels.sigma[steps] === 0;
  if (i === steps - 1 && (few || clean || eulerAtFinal)) return 1;
  return Math.min(order, i + 1, i === steps - 2 && few ? 2 : order);
}
