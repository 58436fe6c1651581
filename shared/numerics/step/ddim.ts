import { outOfRange } from '../../kernel/limits.ts';

/**
 * Reference noise scale of the step from alphaBar to alphaBarNext, the eta = 1 deviation:
 *
 *   g = sqrt( (1 - ab')/(1 - ab) ) sqrt( 1 - ab/ab' )
 *
 * The second factor is computed as (ab' - ab)/ab', against cancellation.
 * Zero when ab' = 1 (nothing left to add) and when ab' = ab (no step at all).
 * Song, Meng, Ermon, "Denoising Diffusion Implicit Models", ICLR 2021, eq. (16) with eta = 1.
 */
export function posteriorScale(alphaBar: number, alphaBarNext: number): number {
  const share = (alphaBarNext - alphaBar) / alphaBarNext;
  return Math.sqrt(((1 - alphaBarNext) / (1 - alphaBar)) * share);
}

/** c = eta g: eta 0 is the deterministic sampler, eta 1 is DDPM. */
export function ddimNoiseScale(eta: number, alphaBar: number, alphaBarNext: number): number {
  if (!(eta >= 0 && eta <= 1)) throw outOfRange('solver.eta', eta, 'from 0 to 1');
  return eta * posteriorScale(alphaBar, alphaBarNext);
}
