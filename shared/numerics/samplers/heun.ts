/**
 * Heun's method in z = x/m, whose slope is dz/dr = (z - x0)/r:
 *
 *   m = al, r = sg/al    for levels of variance-exploding or -preserving noise
 *   m = 1,  r = sg       for flows, whose velocity is that slope
 *
 *   first stage     z~  = q z + (1 - q) M_i,                   q = r'/r
 *   second stage    z'' = z~ + (r' - r)/(2 r') (M_i - M_{i+1})
 *
 * The second line is z + (r'-r)/2 (slope at z + slope at z~) with z written by the first one: its
 * start is gone, and a stage is a row like any other. The last interval, which ends without noise,
 * has the first stage alone. n levels make 2n - 1 rows.
 *
 * Karras, Aittala, Aila, Laine, "Elucidating the Design Space of Diffusion-Based Generative
 * Models", NeurIPS 2022, algorithms 1 and 2.
 */
import type { Bound } from '../../kernel/step-rule.ts';
import type { Levels, Rows } from '../levels.ts';
import { ruleOf, type Step } from './combination.ts';

export type HeunOptions = {
  readonly bound?: Bound | undefined;
  /** m is 1, not al. */
  readonly flow?: boolean | undefined;
  /** Levels that states are raised to before a step, and the noise that does it, in z. */
  readonly churn?: { readonly raised: Levels; readonly noise: Float64Array } | undefined;
};

export function heunRows(levels: Levels, { bound, flow = false, churn }: HeunOptions): Rows {
  const count = levels.timestep.length;
  const raised = churn?.raised ?? levels;
  const unit = (signal: number): number => (flow ? 1 : signal);
  const [timestep, signal, sigma]: [number[], number[], number[]] = [[], [], []];
  const steps: Step[] = [];
  const visit = ({ timestep: t, signal: al, sigma: sg }: Levels, i: number): void => {
    timestep.push(t[i]!);
    signal.push(al[i]!);
    sigma.push(sg[i]!);
  };
  for (let j = 0; j < count; j++) {
    const m = unit(raised.signal[j]!);
    const r = raised.sigma[j]! / m;
    const mNext = unit(levels.signal[j + 1]!);
    const rNext = levels.sigma[j + 1]! / mNext;
    const q = rNext / r;
    visit(raised, j);
    steps.push({ state: (q * mNext) / m, values: [mNext * (1 - q)] });
    if (j === count - 1) break;
    const mAfter = unit(raised.signal[j + 1]!);
    const half = (mAfter * (rNext - r)) / (2 * rNext);
    visit(levels, j + 1);
    const noise = mAfter * (churn?.noise[j + 1] ?? 0);
    steps.push({ state: mAfter / mNext, values: [-half, half], noise });
  }
  signal.push(levels.signal[count]!);
  sigma.push(levels.sigma[count]!);
  return {
    timestep: Float64Array.from(timestep),
    signal: Float64Array.from(signal),
    sigma: Float64Array.from(sigma),
    ...ruleOf(steps, { value: 'denoised', bound }),
  };
}
