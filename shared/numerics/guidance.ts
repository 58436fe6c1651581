import { increment } from './vector.ts';
import type { Latents } from './vector.ts';

/**
 * |w| + |1 - w|: what guidance makes at most of a difference in both of its evaluations. 1 where
 * nothing is guided.
 */
export function guidanceSpread(weight: number): number {
  return Math.abs(weight) + Math.abs(1 - weight);
}

/** The two outputs of a guided pair and where the combination goes; `out` may be either. */
export type GuidedPair = {
  readonly out: Latents;
  readonly outAt: number;
  readonly unconditional: Latents;
  readonly unconditionalAt: number;
  readonly conditional: Latents;
  readonly conditionalAt: number;
  readonly dim: number;
};

/**
 * Classifier-free guidance: D = D_u + w (D_c - D_u), for outputs of any one prediction type.
 * Weight 0 returns D_u bit for bit; for weight 1 skip the unconditional pass instead of calling
 * this, because D_u + (D_c - D_u) rounds.
 *
 * Ho, Salimans, "Classifier-Free Diffusion Guidance", 2022 (their weight is w - 1).
 */
export function guide(pair: GuidedPair, weight: number): void {
  const { out, outAt, unconditional, unconditionalAt, conditional, conditionalAt, dim } = pair;
  increment(
    out,
    outAt,
    unconditional,
    unconditionalAt,
    weight,
    conditional,
    conditionalAt,
    unconditional,
    unconditionalAt,
    dim,
  );
}
