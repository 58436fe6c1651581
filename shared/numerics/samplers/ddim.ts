/**
 * DDIM and what is written as it: x' = al' x0 + sqrt(sg'^2 - c^2) eps + c xi.
 *
 * Song, Meng, Ermon, "Denoising Diffusion Implicit Models", ICLR 2021, eq. (12).
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { outOfRange } from '../../kernel/limits.ts';
import { rowsOf, type Levels, type Rows } from '../levels.ts';
import { toEpsilon, type Level, type Prediction } from '../parameterization.ts';
import { posteriorDeviation } from '../step/posterior.ts';
import { ruleOf, type Step } from './combination.ts';

export type PairOptions = {
  readonly prediction: Prediction;
  readonly bound?: Bound | undefined;
  /** eps from the clipped x0 in place of the network's own (`use_clipped_model_output`). */
  readonly epsilonFromBound?: boolean | undefined;
  /** Where steps lead, if that is not the level of the next row. */
  readonly targets?: readonly Level[] | undefined;
};

/** The pair form with the noise given; a rule of its own only where the pair form cannot say it. */
export function pairRows(levels: Levels, noiseScale: Float64Array, options: PairOptions): Rows {
  const { bound, targets } = options;
  if (!bound && !targets) return rowsOf(levels, { noiseScale });
  const steps = Array.from(noiseScale, (noise, i): Step => {
    const level = { signal: levels.signal[i]!, sigma: levels.sigma[i]! };
    const next = { signal: levels.signal[i + 1]!, sigma: levels.sigma[i + 1]! };
    return pairStep(level, targets?.[i] ?? next, noise, options);
  });
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound }));
}

function pairStep(level: Level, target: Level, noise: number, options: PairOptions): Step {
  const direction = Math.sqrt(Math.max(0, (target.sigma - noise) * (target.sigma + noise)));
  if (options.epsilonFromBound || !options.bound) {
    const keep = direction / level.sigma;
    return { state: keep, values: [target.signal - keep * level.signal], noise };
  }
  const { fromState, fromOutput } = toEpsilon(options.prediction, level);
  const own = { state: direction * fromState, output: direction * fromOutput };
  return { ...own, values: [target.signal], noise };
}

/** c = eta g between any two levels. */
export function etaNoise(eta: number, from: Level, to: Level): number {
  if (!(eta >= 0 && eta <= 1)) throw outOfRange('solver.eta', eta, 'from 0 to 1');
  return eta === 0 ? 0 : eta * posteriorDeviation(from, to);
}

/** DDIM(eta) on any levels. */
export function ddimRows(levels: Levels, eta: number, options: PairOptions): Rows {
  const { signal, sigma } = levels;
  const noiseScale = Float64Array.from(levels.timestep, (_, i) => {
    const next = { signal: signal[i + 1]!, sigma: sigma[i + 1]! };
    const from = { signal: signal[i]!, sigma: sigma[i]! };
    return etaNoise(eta, from, options.targets?.[i] ?? next);
  });
  return pairRows(levels, noiseScale, options);
}
