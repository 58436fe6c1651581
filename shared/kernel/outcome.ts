/** How a job's iteration ended. Everything but `converged` is reported with its reason. */
export const outcomes = ['converged', 'roundsExhausted', 'diverged', 'nonFinite'] as const;

export type Outcome = (typeof outcomes)[number];

/**
 * The trajectory cannot be continued at a row whose input is final: the model (`nonFinite`) or the
 * sampler itself (`diverged`) fails there, and no further round can help.
 */
export class TrajectoryError extends Error {
  override readonly name = 'TrajectoryError';
  readonly outcome: 'nonFinite' | 'diverged';
  readonly step: number;
  readonly sample: number;
  constructor(outcome: 'nonFinite' | 'diverged', step: number, sample: number, found: string) {
    super(`${found} at step ${step} of sample ${sample}, whose input is final`);
    this.outcome = outcome;
    this.step = step;
    this.sample = sample;
  }
}
