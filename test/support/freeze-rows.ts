/** Rows as blocks tell of them, and the freezing rule asked about them. */
import type { ErrorState } from '../../shared/kernel/error-state.ts';
import type { RowScalars } from '../../shared/kernel/row-scalars.ts';
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { freezeRows, type FreezeRule, type Freezing } from '../../shared/numerics/solver/freeze.ts';
import type { Movement } from '../../shared/numerics/solver/groups.ts';
import type { TestedBlock } from '../../shared/numerics/solver/tested-rows.ts';

/** Rows may move by 1.5e-3, and leave defects of 1.25e-3 (0.1 + 2.7 ((i+1)/8)^2) here. */
export const rule: FreezeRule = {
  steps: 8,
  sigmaPosterior: new Float64Array(8).fill(1),
  denoisedScale: new Float64Array(8).fill(0.1),
  defectShare: Float64Array.from({ length: 8 }, (_, i) => (0.1 + 2.7 * ((i + 1) / 8) ** 2) / 8),
  tolerance: 0.01,
  scanned: true,
};
export const exact: FreezeRule = { ...rule, tolerance: 0 };

/** Rows of one sample from `firstStep` that moved so far; their steps are linear. */
export function rows(
  firstStep: number,
  movement: number[],
  more: Partial<RowScalars> = {},
): RowScalars {
  const size = movement.length;
  return {
    firstStep,
    movement: Float32Array.from(movement),
    slope: new Float32Array(size).fill(1),
    gain: new Float32Array(size).fill(1),
    nearGain: new Float32Array(size).fill(1),
    groupGain: new Float32Array(),
    peak: new Float32Array(),
    residual: new Float32Array(size),
    departure: new Float32Array(size),
    closedFormDeparture: new Float32Array(size),
    interpolated: new Float32Array(size),
    ...more,
  };
}

/** Of a latent that is one group, one sample. */
export function movedBy(rms: number, peak = rms): Movement {
  return { rms: Float64Array.of(rms), peak: Float64Array.of(peak) };
}

export function filled(value: number, size = 8): Float32Array {
  return new Float32Array(size).fill(value);
}

export function freeze(
  given: FreezeRule,
  blocks: readonly TestedBlock[],
  more: Partial<Freezing> = {},
) {
  const { frontier = Int32Array.of(0) } = more;
  const errors = noErrors(frontier.length);
  return freezeRows(given, blocks, { errors, restarts: 0, ...more, frontier });
}

export function frontierOf(...given: Parameters<typeof freeze>): number[] {
  return [...freeze(...given).frontier];
}

export function off(bound: number, departure = -1, defects = 0): ErrorState {
  return {
    bound: Float64Array.of(bound),
    defects: Float64Array.of(defects),
    reaching: Float64Array.of(bound),
    carried: Float64Array.of(bound),
    interpolated: new Float64Array(2),
    departure: Float64Array.of(departure),
  };
}
