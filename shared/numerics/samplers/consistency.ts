/**
 * Samplers of distilled models: x0-hat is noised again, all of it (LCM) or a part of it (TCD).
 *
 *   LCM   x' = al' f + sg' xi,  f = c_skip x + c_out x0,  c_skip = s^2/(u^2 + s^2),
 *         c_out = u/sqrt(u^2 + s^2),  u = 10 t, s = 1/2;  the sample is f of the last row
 *   TCD   x_s = al_s x0 + sg_s eps at time s = floor((1 - gamma) t'), then noise up to t':
 *         x' = (al'/al_s) x_s + sqrt(1 - ab'/ab_s) xi,  which is the pair form with that noise
 *
 * Luo, Tan, Huang, Li, Zhao, "Latent Consistency Models", 2023, section 4 and appendix D.
 * Zheng et al., "Trajectory Consistency Distillation", 2024, eq. (23), algorithm 2.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import { outOfRange } from '../../kernel/limits.ts';
import { rowsOf, type Levels, type Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';

/** s, the deviation of the data that LCMs are distilled with. */
const DATA_DEVIATION = 0.5;

export type LcmOptions = {
  /** u/t; absent: 10. */
  readonly timestepScaling?: number | undefined;
  readonly bound?: Bound | undefined;
};

export function lcmRows(levels: Levels, { timestepScaling = 10, bound }: LcmOptions): Rows {
  const { signal, sigma, timestep } = levels;
  const last = timestep.length - 1;
  const steps = Array.from(timestep, (time, i): Step => {
    const u = time * timestepScaling;
    const power = u * u + DATA_DEVIATION ** 2;
    const al = i === last ? 1 : signal[i + 1]!;
    const noise = i === last ? 0 : sigma[i + 1]!;
    const [skip, out] = [DATA_DEVIATION ** 2 / power, u / Math.sqrt(power)];
    return { state: al * skip, values: [al * out], noise };
  });
  return rowsOf(levels, ruleOf(steps, { value: 'denoised', bound }));
}

/** `alphaBarAt`: of the schedule, by training time. No noise on the last step. */
export function tcdRows(levels: Levels, gamma: number, alphaBarAt: (time: number) => number): Rows {
  if (!(gamma >= 0 && gamma <= 1)) throw outOfRange('solver.gamma', gamma, 'from 0 to 1');
  const { signal, timestep } = levels;
  const noiseScale = Float64Array.from(timestep, (_, i) => {
    if (i === timestep.length - 1 || gamma === 0) return 0;
    const between = Math.floor((1 - gamma) * timestep[i + 1]!);
    return Math.sqrt(Math.max(0, 1 - signal[i + 1]! ** 2 / alphaBarAt(between)));
  });
  return rowsOf(levels, { noiseScale });
}
