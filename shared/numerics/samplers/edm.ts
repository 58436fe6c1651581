/**
 * Euler and Heun with churn: before a step the state is raised from level r to r^ = (1 + gamma) r
 * by noise, and the network sees the raised state.
 *
 *   gamma = min(S_churn/N, sqrt(2) - 1) for r in [S_min, S_max], else 0
 *   z^ = z + S_noise sqrt(r^^2 - r^2) xi
 *
 * A row is the raised state; its noise is therefore the xi of the step that makes it, and the
 * first row's is part of x_0, whose scale grows by it.
 *
 * Karras, Aittala, Aila, Laine, "Elucidating the Design Space of Diffusion-Based Generative
 * Models", NeurIPS 2022, algorithm 2.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { ratioAt, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';
import { heunRows } from './heun.ts';

export type Churn = {
  /** S_churn */
  readonly amount: number;
  /** S_min, S_max; absent: everywhere. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** S_noise; absent: 1. */
  readonly noiseFactor?: number | undefined;
};

/** How ratios of levels become levels again. */
export type LevelOf = (ratio: number) => { signal: number; sigma: number; timestep: number };

export type EdmOptions = {
  readonly churn?: Churn | undefined;
  readonly levelOf: LevelOf;
  readonly bound?: Bound | undefined;
};

type Raised = { readonly raised: Levels; readonly noise: Float64Array };

/** Levels after churn, and the scale of its noise in z. [n], the sample left as it is */
export function raise(levels: Levels, { amount, ...rest }: Churn, levelOf: LevelOf): Raised {
  const { from = 0, to = Infinity, noiseFactor = 1 } = rest;
  const count = levels.timestep.length;
  const share = Math.min(amount / count, Math.SQRT2 - 1);
  const noise = new Float64Array(count);
  const raised = {
    timestep: levels.timestep.slice(),
    signal: levels.signal.slice(),
    sigma: levels.sigma.slice(),
    initialScale: levels.initialScale,
  };
  for (let i = 0; i < count; i++) {
    const ratio = ratioAt(levels, i);
    if (!(share > 0 && ratio >= from && ratio <= to)) continue;
    const level = levelOf(ratio * (1 + share));
    raised.timestep[i] = level.timestep;
    raised.signal[i] = level.signal;
    raised.sigma[i] = level.sigma;
    noise[i] = noiseFactor * ratio * Math.sqrt(share * (2 + share));
  }
  const unit = levels.initialScale / levels.signal[0]!;
  raised.initialScale = raised.signal[0]! * Math.sqrt(unit * unit + noise[0]! ** 2);
  return { raised, noise };
}

/** Euler with churn, and the scale of x_0. */
export function edmEulerRows(levels: Levels, options: EdmOptions): Rows & { initialScale: number } {
  const { raised, noise } = raise(levels, options.churn ?? { amount: 0 }, options.levelOf);
  const steps = Array.from(raised.timestep, (_, i): Step => {
    const q = ratioAt(levels, i + 1) / ratioAt(raised, i);
    const al = raised.signal[i + 1]!;
    return {
      state: (q * al) / raised.signal[i]!,
      values: [al * (1 - q)],
      noise: al * (noise[i + 1] ?? 0),
    };
  });
  return { ...raised, ...ruleOf(steps, { value: 'denoised', bound: options.bound }) };
}

/** Heun with churn, and the scale of x_0. */
export function edmHeunRows(levels: Levels, options: EdmOptions): Rows & { initialScale: number } {
  const churn = raise(levels, options.churn ?? { amount: 0 }, options.levelOf);
  const rows = heunRows(levels, { bound: options.bound, churn });
  return { ...rows, initialScale: churn.raised.initialScale };
}
