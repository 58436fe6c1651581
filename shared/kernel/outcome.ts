/** How a job's iteration ended. Everything but `converged` is reported with its reason. */
export const outcomes = ['converged', 'roundsExhausted', 'diverged', 'nonFinite'] as const;

export type Outcome = (typeof outcomes)[number];

export interface TrajectoryPlace {
  readonly step: number;
  readonly sample: number;
  readonly element?: number;
}

/**
 * The trajectory cannot be continued at a row whose input is final: the model (`nonFinite`) or the
 * sampler itself (`diverged`) fails there, and no further round can help.
 */
export class TrajectoryError extends Error {
  override readonly name = 'TrajectoryError';
  readonly outcome: 'nonFinite' | 'diverged';
  readonly step: number;
  readonly sample: number;
  /** Of the sample, where one is to blame. */
  readonly element: number | undefined;
  constructor(outcome: 'nonFinite' | 'diverged', found: string, at: TrajectoryPlace) {
    const { step, sample, element } = at;
    const where = element === undefined ? '' : `element ${element} of `;
    super(`${found} at step ${step} in ${where}sample ${sample}, whose input is final`);
    this.outcome = outcome;
    this.step = step;
    this.sample = sample;
    this.element = element;
  }
}
