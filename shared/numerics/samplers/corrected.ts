/**
 * Predictor-corrector methods as one rule. Both halves of an interval step from the same corrected
 * state with the same factor and the same noise,
 *
 *   x~' = p y + sum_k P_k M_{i-k} + c xi
 *   y'  = p y + C_0 M_{i+1} + sum_k C_{k+1} M_{i-k} + c xi
 *
 * hence y' = x~' + C_0 M_{i+1} + sum_k (C_{k+1} - P_k) M_{i-k}: the corrected state is the input of
 * the network plus values, and leaves the next prediction. Exact, whatever the network is.
 */
import { itself, stepFrom, type Carried, type Step } from './combination.ts';

/** C of an interval's corrector, the value at its end first. */
export type Corrector = readonly number[];

/** Steps in the predicted states; there is no corrector after the last predictor. */
export function correctedSteps(
  predictors: readonly Step[],
  correctors: readonly Corrector[],
): Step[] {
  let carried: Carried = itself;
  return predictors.map((predictor, i) => {
    const row = stepFrom(carried, predictor);
    const corrector = correctors[i] ?? [];
    const length = Math.max(corrector.length, predictor.values.length + 1);
    const values = Array.from(
      { length },
      (_, k) => (corrector[k] ?? 0) - (k === 0 ? 0 : (predictor.values[k - 1] ?? 0)),
    );
    carried = { state: 1, values };
    return row;
  });
}
