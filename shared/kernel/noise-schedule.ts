/** What a model was trained on, as its manifest says it and a worker registers it. */

/**
 * Noise that is added step by step, `trainSteps` of them; `cosine` ignores the two betas.
 * Formulas: `shared/numerics/schedule.ts`.
 */
export type BetaSchedule = {
  readonly kind: 'linear' | 'scaled-linear' | 'cosine' | 'sigmoid';
  readonly trainSteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  /** The last training step is pure noise. */
  readonly zeroTerminalSnr?: boolean | undefined;
};

/**
 * Straight paths, al = 1 - s and sg = s, at model time trainSteps s, with
 * s <- shift s/(1 + (shift - 1) s). Esser et al., "Scaling Rectified Flow Transformers", ICML 2024,
 * eq. (23).
 */
export type FlowSchedule = {
  readonly kind: 'flow';
  readonly trainSteps: number;
  readonly shift: number;
  /** Stretches the levels so that the last one before the sample is this. */
  readonly shiftTerminal?: number | undefined;
};

/** al = 1/sqrt(r^2 + d^2), sg = r al, at model time ln(r)/4. Karras et al., 2022, table 1. */
export type EdmSchedule = {
  readonly kind: 'edm';
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  /** d, the deviation of the data. */
  readonly dataDeviation: number;
};

/** Names of all schedules. */
export const scheduleKinds: readonly NoiseSchedule['kind'][] = [
  'linear',
  'scaled-linear',
  'cosine',
  'sigmoid',
  'flow',
  'edm',
];

export type NoiseSchedule = BetaSchedule | FlowSchedule | EdmSchedule;

/** What a network predicts; conversions: `shared/numerics/parameterization.ts`. */
export const predictions = ['epsilon', 'denoised', 'velocity', 'flow', 'edm'] as const;
export type Prediction = (typeof predictions)[number];
