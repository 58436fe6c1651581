/**
 * The method and window of `--method auto`, from the measured latency curve alone.
 *
 * Time-parallel work costs more model calls, so it pays where rows are nearly free: further workers
 * that stand idle, or a device that runs several rows in little more than the time of one. The
 * window is what all workers evaluate in about the time of one row; below four of them, and for
 * short trajectories, the plain sampler is faster (measured: docs/benchmarks.md, "Wall clock").
 */
import type { MethodName } from '../../shared/numerics/solver/method.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';

/** Below this many steps there is nothing to win (numerics.md section 4, planner rule). */
const STEPS_MIN = 12;
/** Rows count as free while a call takes at most this many times as long. */
const FREE_ROWS_SLOWDOWN_MAX = 1.25;
/** Fewer rows at a time do not make up for the calls that a fixed point wastes. */
const WINDOW_MIN = 4;

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
  if (steps <= STEPS_MIN || window < WINDOW_MIN) return { method: 'sequential', window: 1 };
  return { method: 'secant', window };
}

/** Rows of the trajectory that one call takes in about the time of a single one. */
function rowsPerCall({ latencyCurve }: RegisteredModel, { samples, guided }: AutoJob): number {
  const single = samples * (guided ? 2 : 1);
  const base = latencyCurve.find(({ batch }) => batch >= single);
  if (!base) return 1;
  const free = latencyCurve.filter(({ ms }) => ms <= FREE_ROWS_SLOWDOWN_MAX * base.ms);
  const most = Math.max(single, ...free.map(({ batch }) => batch));
  return Math.max(1, Math.floor(most / single));
}
