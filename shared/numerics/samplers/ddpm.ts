/**
 * Ancestral sampling: the mean of the posterior of the step's kernel, and one of two variances.
 *
 *   x' = (al/al')(sg'^2/sg^2) x + al' beta/sg^2 x0 + c xi,    beta = 1 - ab/ab'
 *   c^2 = (sg'^2/sg^2) beta    ("small", the pair form)    or    beta    ("large")
 *
 * Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", NeurIPS 2020, eq. (7), section 3.2.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { rowsOf, type Levels, type Rows } from '../levels.ts';
import { ddpmNoiseScale } from '../step/ddpm.ts';
import { ruleOf, type Step } from './combination.ts';

export type DdpmOptions = {
  readonly variance?: 'small' | 'large' | undefined;
  readonly bound?: Bound | undefined;
};

/** [n+1] alphaBar, besides its roots. */
type PowerLevels = Levels & { readonly alphaBar: Float64Array };

/** The last step adds no noise: what it makes is the sample. */
export function ddpmRows(levels: PowerLevels, { variance = 'small', bound }: DdpmOptions): Rows {
  const { timestep, signal, sigma, alphaBar } = levels;
  const last = timestep.length - 1;
  const small = Float64Array.from(timestep, (_, i) =>
    ddpmNoiseScale(alphaBar[i]!, alphaBar[i + 1]!),
  );
  if (variance === 'small' && !bound) return rowsOf(levels, { noiseScale: small });
  const steps = Array.from(small, (noise, i): Step => {
    const [al, sg] = [signal[i]!, sigma[i]!];
    const [alNext, sgNext] = [signal[i + 1]!, sigma[i + 1]!];
    const beta = 1 - alphaBar[i]! / alphaBar[i + 1]!;
    const large = i === last ? 0 : Math.sqrt(beta);
    return {
      state: (al / alNext) * (sgNext / sg) ** 2,
      values: [(alNext * beta) / (sg * sg)],
      noise: variance === 'large' ? large : noise,
    };
  });
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound }));
}
