/**
 * What a block tells of its rows so that whoever composes can decide what freezes: a few scalars
 * per row, never a latent. Arrays are [rows x samples], row by row from `firstStep`; entry
 * (i, m) speaks of step i and of the row i+1 behind it. Float32, so that one process and a cluster
 * decide from the same bits.
 */
export interface RowScalars {
  readonly firstStep: number;
  /** RMS(x_{i+1} new - x_{i+1} old) if the left boundary of the block stays where it is. */
  readonly movement: Float32Array;
  /** The same of the group of elements that moves most; empty where there is one group. */
  readonly peak: Float32Array;
  /** P_{i+1}: what a movement of the left boundary is multiplied with on its way to row i+1. */
  readonly slope: Float32Array;
  /** ||dF_i|| / ||dx_i||, at most 3; the last measured value, 1 before. */
  readonly gain: Float32Array;
  /**
   * The largest gain along a small movement since the row began, or the last one where that is
   * more: what the trajectory may make of an error.
   */
  readonly nearGain: Float32Array;
  /** [rows x samples x groups] The gain of each group of elements; empty where there is one. */
  readonly groupGain: Float32Array;
  /** RMS(F_i - x_{i+1} old): what the scan of the round before missed. */
  readonly residual: Float32Array;
  /**
   * ||dF_i - J_i dx_i|| / ||dx_i||: how badly the linear part stood in for the step along its last
   * movement; negative while the step was evaluated once only.
   */
  readonly departure: Float32Array;
  /** The same for the method's closed-form J, which a row has at its first evaluation. */
  readonly closedFormDeparture: Float32Array;
  /** What the step is off by because its row was not called; 0 where it was. */
  readonly interpolated: Float32Array;
}

/** The arrays of `RowScalars`, in the order of the wire. */
export const rowColumns = [
  'movement',
  'peak',
  'slope',
  'gain',
  'nearGain',
  'groupGain',
  'residual',
  'departure',
  'closedFormDeparture',
  'interpolated',
] as const;
