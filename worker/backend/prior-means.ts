/**
 * What a model makes of pure noise: x0-hat at the last training step. It depends on the condition
 * and hardly on the noise, so it is the mean of the Gaussian prior, and rows rolled out from it
 * save every job the round that would otherwise only fetch an x0-hat (docs/NUMERICS.md, "First
 * guess"). Measured once per model, on noise that is the same everywhere.
 */
import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import { toDenoised } from '../../shared/numerics/parameterization.ts';
import { levelsOverTime, noisiestTime } from '../../shared/numerics/model-time.ts';
import { combine2, copyInto } from '../../shared/numerics/vector.ts';
import type {
  ConditionDescription,
  ModelDescription,
  PriorMeans,
} from '../../shared/protocol/model-description.ts';
import type { ModelSlot } from './backend.ts';

/** They travel with the registration, whose messages are small. */
const BYTES_MAX = 128 * 1024;
const VALUES_MAX = 64;
/** Below this signal level an epsilon model's x0-hat is a quotient of rounding errors. */
const SIGNAL_MIN = 1e-3;

/** Undefined for models whose conditions cannot be listed, or whose means would be too large. */
export async function measurePriorMeans(
  model: ModelDescription,
  slot: ModelSlot,
): Promise<PriorMeans | undefined> {
  const values = listedValues(model.conditions);
  const { dim, schedule, prediction } = model;
  if (!values || values.length * dim * 4 > BYTES_MAX) return undefined;
  const last = noisiestTime(schedule);
  const level = levelsOverTime(schedule)(last);
  if (!level || level.signal < SIGNAL_MIN) return undefined;
  const { fromState, fromOutput } = toDenoised(prediction, level);
  const noise = new Float32Array(dim);
  const key = { seed: seedWords(0), stream: noiseStream.initial, sample: 0, step: 0 };
  fillNormal(noise, 0, dim, key);
  const means = new Float32Array(values.length * dim);
  for (const [k, value] of values.entries()) {
    copyInto(slot.states, 0, noise, 0, dim);
    slot.timesteps[0] = last;
    for (const { name } of model.conditions) setFirst(slot, name, value);
    await slot.run(1);
    combine2(means, k * dim, fromState, noise, 0, fromOutput, slot.outputs, 0, dim);
  }
  return { values, means };
}

/** Every value of the one scalar condition, with the one that stands for none. */
function listedValues(conditions: readonly ConditionDescription[]): number[] | undefined {
  const [condition, ...others] = conditions;
  if (!condition) return [0];
  const { shape, dtype, minimum, maximum, unconditional } = condition;
  const count = maximum - minimum + 1;
  if (others.length > 0 || shape.length > 0 || dtype === 'float32') return undefined;
  if (!(count <= VALUES_MAX)) return undefined;
  const values = Array.from({ length: count }, (_, k) => minimum + k);
  return unconditional === null || values.includes(unconditional)
    ? values
    : [...values, unconditional];
}

function setFirst(slot: ModelSlot, name: string, value: number): void {
  const target = slot.conditions.get(name);
  if (target instanceof BigInt64Array) target[0] = BigInt(value);
  else if (target) target[0] = value;
}
