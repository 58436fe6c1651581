/** What the frozen rows of a job may be off by; see `shared/numerics/solver/error-bound.ts`. */
export interface ErrorState {
  /** e at the frontier, data units, [samples x groups], see `groupsOf`. */
  readonly bound: Float64Array;
  /** What freezing them left, added up without gains: the part of e that nothing amplified. */
  readonly defects: Float64Array;
  /** As `bound`, of each defect what reaches the sample as far as the model's contraction tells. */
  readonly reaching: Float64Array;
  /** z: of each defect what the trajectory's own gains make of it, [samples]. */
  readonly carried: Float64Array;
  /**
   * What rows that were not called left, as `reaching` and as `carried`, each the root of the sum
   * of squares, [samples x 2].
   */
  readonly interpolated: Float64Array;
  /** kappa / B of the last row that was evaluated twice, for the closed-form J; negative before. */
  readonly departure: Float64Array;
}
