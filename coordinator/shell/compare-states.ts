/**
 * Whether workers that computed the same step agree (`core/spot-check.ts`). From the same state a
 * step differs by what its network outputs differ by, times b_i, and by how the state is rounded:
 *
 *   RMS(x - x')  <=  |b_i| s (3 jitter + gap)  +  r RMS(x)
 *
 *   jitter  largest difference of an output between batch sizes, as the workers measured it
 *   gap     what outputs differ by between processors      s  guidance spread
 *   r       2^-22, two units in the last place; 2^-9 where latents travel as float16
 */
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { guidanceSpread } from '../../shared/numerics/guidance.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { rms } from '../../shared/numerics/vector.ts';

const JITTER_FACTOR = 3;
const ROUNDING = { whole: 2 ** -22, half: 2 ** -9 } as const;

export interface Precision {
  /** Those that are compared. */
  readonly samples: readonly number[];
  readonly spec: Pick<JobSpec, 'dim' | 'guidance'> & { readonly half?: boolean };
  /** b_i of the step. */
  readonly outputScale: number;
  /** Latents of a row; what is compared is the first of each sample. */
  readonly parts: number;
  readonly jitter: number;
  readonly gap: number;
}

export interface Agreement {
  /** Of each state, the first one that it agrees with: itself, if no earlier one. */
  readonly agrees: readonly number[];
  /** Where two differ most beyond what they may, or most where none does. */
  readonly difference: number;
  readonly allowed: number;
}

export function compareStates(states: readonly Float32Array[], precision: Precision): Agreement {
  let worst = { difference: 0, allowed: Infinity };
  const agree = (a: Float32Array, b: Float32Array): boolean => {
    const found = furthest(a, b, precision);
    if (isWorse(found, worst)) worst = found;
    return found.difference <= found.allowed;
  };
  const agrees: number[] = [];
  for (const [k, state] of states.entries()) {
    const heads = [...new Set(agrees)];
    const head = heads.find((j) => agree(states[j] ?? state, state));
    agrees.push(head ?? k);
  }
  return { agrees, ...worst };
}

type Distance = Pick<Agreement, 'difference' | 'allowed'>;

function ratioOf({ difference, allowed }: Distance): number {
  return allowed === Infinity ? -1 : difference / allowed;
}

/** NaN is the worst of all. */
function isWorse(found: Distance, worst: Distance): boolean {
  return !Number.isNaN(worst.difference) && !(ratioOf(found) <= ratioOf(worst));
}

/** The sample in which two states are furthest apart, measured by what is allowed there. */
function furthest(a: Float32Array, b: Float32Array, precision: Precision): Distance {
  const { spec, samples, outputScale, parts, jitter, gap } = precision;
  const { dim, guidance, half } = spec;
  const output = guidanceSpread(guidance) * (JITTER_FACTOR * jitter + gap);
  const rounding = half ? ROUNDING.half : ROUNDING.whole;
  let worst: Distance = { difference: 0, allowed: Infinity };
  for (const m of samples) {
    const at = m * parts * dim;
    const difference = a.length === b.length ? rmsDifference(a, at, b, at, dim) : NaN;
    const allowed = Math.abs(outputScale) * output + rounding * rms(a, at, dim);
    const found = { difference, allowed };
    if (isWorse(found, worst)) worst = found;
  }
  return worst;
}
