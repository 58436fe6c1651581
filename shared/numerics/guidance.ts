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

/**
 * Weights that change along the way, as rows need them: those of the schedule at even shares of the
 * way through the times, linear in between. Rows of the same time, such as the second stage of a
 * step and the first of the next one, have the same weight.
 *
 * Weights of a part of the way only: Kynkäänniemi et al., "Applying Guidance in a Limited Interval
 * Improves Sample and Distribution Quality in Diffusion Models", 2024.
 *
 * @param timesteps of the rows, from the noise on
 */
export function guidanceWeights(
  schedule: readonly number[],
  timesteps: Float64Array,
): Float64Array {
  const times = [...new Set(timesteps)].sort((a, b) => b - a);
  const spans = schedule.length - 1;
  const weightAt = new Map(
    times.map((time, k) => {
      const place = times.length > 1 ? (k * spans) / (times.length - 1) : 0;
      const low = Math.min(spans - 1, Math.floor(place));
      const [from, to] = [schedule[low]!, schedule[low + 1]!];
      return [time, from + (place - low) * (to - from)] as const;
    }),
  );
  return timesteps.map((time) => weightAt.get(time)!);
}
