/**
 * Noise scale of ancestral sampling with the smaller of the two published variances:
 *
 *   c^2 = (1 - ab')/(1 - ab) beta,    beta = 1 - ab/ab'        ("fixed small")
 *
 * beta is the variance of the one-step kernel that leads from ab' to ab, so strided grids are
 * covered. It vanishes on the last step when ab' = 1. Equal to DDIM with eta = 1; kept in its own
 * published form so that the equality is a test and not a definition.
 * Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", NeurIPS 2020, eq. (7).
 */
export function ddpmNoiseScale(alphaBar: number, alphaBarNext: number): number {
  const beta = 1 - alphaBar / alphaBarNext;
  return Math.sqrt(((1 - alphaBarNext) / (1 - alphaBar)) * beta);
}
