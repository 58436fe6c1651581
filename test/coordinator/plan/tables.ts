/** A convergence table whose every entry follows a simple law, and workers to plan with. */
import {
  PROFILE_POINTS,
  PROFILE_UNIT,
  type ConvergenceEntry,
  type ConvergenceTable,
} from '../../../shared/kernel/convergence.ts';
import type { PlanWorker } from '../../../coordinator/core/plan/cost-model.ts';

export const stepsMeasured = [10, 50, 250, 1000];
const windowsMeasured = [2, 4, 8, 16, 32, 125];

/** A window of W rows saves a factor of W, down to ten rounds; a tenth of the calls is waste. */
export function lawfulRounds(steps: number, window: number): number {
  return Math.max(Math.min(steps, 10), (1.1 * steps) / window);
}

export function entryOf(steps: number, window: number, solver = 'ddim'): ConvergenceEntry {
  const rounds = Math.min(steps, lawfulRounds(steps, window));
  const shares = Array.from({ length: PROFILE_POINTS }, (_, p) => (p + 0.5) / PROFILE_POINTS);
  return {
    method: 'secant',
    solver,
    steps,
    window,
    guided: false,
    rounds,
    calls: rounds * window,
    frontier: shares.map((share) => Math.round(PROFILE_UNIT * share)),
    rows: shares.map(() => PROFILE_UNIT),
  };
}

export const lawful: ConvergenceTable = {
  tolerance: 0.01,
  toleranceSlope: 0.2,
  samplesSlope: 0.1,
  entries: ['ddim', 'ddpm'].flatMap((solver) =>
    stepsMeasured.flatMap((steps) =>
      [...windowsMeasured.filter((window) => window < steps), steps].map((window) =>
        entryOf(steps, window, solver),
      ),
    ),
  ),
};

/** Every row costs the same, however many run at once: a device that one row keeps busy. */
export const computeBound = [1, 2, 4, 8, 16, 32, 64].map((batch) => ({ batch, ms: 3 * batch }));
/** Reading the weights is all there is, up to 64 rows. */
export const weightBound = [1, 2, 4, 8, 16, 32, 64].map((batch) => ({
  batch,
  ms: 3 + 0.01 * batch,
}));

export function worker(id: string, changes: Partial<PlanWorker> = {}): PlanWorker {
  const curve = changes.curve ?? computeBound;
  return {
    id,
    curve,
    crowded: curve,
    crowd: 8,
    rttMs: 0.2,
    batchMax: 64,
    sharedMax: 0,
    ...changes,
  };
}
