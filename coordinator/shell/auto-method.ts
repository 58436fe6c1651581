/**
 * The method and window of `--method auto`, from the measured latency curve alone.
 *
 * A window as wide as what all workers evaluate in one call's time is nearly free work (system.md
 * section 2), so each worker gets the batch that it runs at the best time per row. Short
 * trajectories and single workers that gain nothing from a batch are left to the plain sampler.
 */
import type { MethodName } from '../../shared/numerics/solver/method.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';

/** Below this many steps there is nothing to win (numerics.md section 4, planner rule). */
const STEPS_MIN = 12;
/** A batch counts as better only if it saves this share of the time per row. */
const BATCH_GAIN_MIN = 0.1;

export interface AutoChoice {
  readonly method: MethodName;
  readonly window: number;
}

export interface AutoJob {
  readonly steps: number;
  readonly samples: number;
  /** The model runs in pairs. */
  readonly guided: boolean;
}

export function autoMethod(model: RegisteredModel, job: AutoJob, workers: number): AutoChoice {
  const { steps } = job;
  const window = Math.min(steps, workers * rowsPerCall(model, job));
  if (steps <= STEPS_MIN || window < 2) return { method: 'sequential', window: 1 };
  return { method: 'secant', window };
}

/** Rows of the trajectory in the smallest call from which a larger one no longer pays. */
function rowsPerCall({ latencyCurve }: RegisteredModel, { samples, guided }: AutoJob): number {
  let best = latencyCurve[0];
  if (!best) return 1;
  for (const point of latencyCurve) {
    if (point.ms / point.batch < (1 - BATCH_GAIN_MIN) * (best.ms / best.batch)) best = point;
  }
  return Math.max(1, Math.floor(best.batch / (samples * (guided ? 2 : 1))));
}
