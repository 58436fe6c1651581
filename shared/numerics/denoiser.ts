/** Rows handed to the denoiser in one sweep; latents are named by offsets into shared buffers. */
export interface Rows {
  /** Number of rows (row, sample) in this call. */
  readonly count: number;
  /** Elements per latent. */
  readonly dim: number;
  /** Buffer that holds the states; row k is states[offsets[k] .. offsets[k] + dim). */
  readonly states: Float32Array;
  /** Buffer that receives the network outputs, at the same offsets. */
  readonly outputs: Float32Array;
  /** Where each row begins; this and the arrays below may be longer than `count`. */
  readonly offsets: Int32Array;
  /** Model time of each row (training-time index). */
  readonly timesteps: Float64Array;
  /** Global sample number of each row: selects its condition. */
  readonly samples: Int32Array;
  /** Called while the model is at work: for what does not wait for its outputs. May never be. */
  readonly meanwhile?: () => void;
}

/** What one evaluation cost. */
export interface EvaluationCost {
  readonly forwardPasses: number;
  readonly microBatches: number;
  /** In calls of the model; one that several blocks of a job share counts for the first of them. */
  readonly modelMs: number;
  /** What the described device would have taken; absent where the device is a real one. */
  readonly deviceMs?: number;
  /** Waiting for the model while others had it. */
  readonly queueMs: number;
  /** From asking to having the outputs; also while other blocks of the job had the model. */
  readonly elapsedMs: number;
}

/** The model as a function; the only thing numerics ever awaits. */
export interface Denoiser {
  evaluate(rows: Rows): Promise<EvaluationCost>;
}
