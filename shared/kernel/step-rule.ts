/**
 * What a step makes of states and values of the model, for samplers without the pair form:
 *
 *   M_i  = bound(p x_i + q D_i)                     the value of row i: x0-hat or eps
 *   x'   = a x_i + b D_i + sum_k B_k M_{i-k} + c xi,   k = 0 .. K-1
 *
 * Multistep samplers use the values of the rows before. So do those with stages (Heun, singlestep
 * DPM-Solver): a stage is a row of its own. And so do predictor-corrector ones (UniPC, SA-Solver):
 * predictor and corrector have the same factor of the state and the same noise, so the corrected
 * state is the predicted one plus values of the model, and putting it into the next prediction
 * leaves one rule in the predicted states alone, which are what the network is given
 * (docs/NUMERICS.md, "Multistep samplers").
 */

/** What keeps x0-hat in the range of the data; part of the model, never of a scan. */
export type Bound =
  | { readonly kind: 'clip'; readonly range: number }
  /** Saharia et al., "Imagen", NeurIPS 2022, section 2.3: clip at a quantile and rescale. */
  | { readonly kind: 'threshold'; readonly quantile: number; readonly most: number };

export type StepRule = {
  readonly value: 'denoised' | 'epsilon';
  /** K, the value of the row itself included. */
  readonly depth: number;
  /** [N] a */
  readonly stateScale: Float64Array;
  /** [N] b */
  readonly outputScale: Float64Array;
  /** [N x K] B; 0 where there is no row i - k. */
  readonly valueScale: Float64Array;
  /** Of x0-hat; absent: none. */
  readonly bound?: Bound | undefined;
};
