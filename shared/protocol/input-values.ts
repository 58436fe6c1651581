/** Values of a model's conditions as people write them: numbers, and names of numbers. */
import { SamplerError } from './errors.ts';
import { elementsOf, type ConditionDescription, type ConditionDtype } from './model-description.ts';
import { shownText } from './shown-text.ts';

/** A label counts upwards from the condition's minimum. Case is forgiven, spelling is not. */
export function labelValue(
  text: string,
  condition: Pick<ConditionDescription, 'labels' | 'minimum'> | undefined,
): number | undefined {
  const wanted = text.trim().toLowerCase();
  const index = condition?.labels.findIndex((label) => label.toLowerCase() === wanted) ?? -1;
  return condition === undefined || index < 0 ? undefined : condition.minimum + index;
}

/** One value of the condition serves all samples; anything else has the samples in front. */
export function inputShape(count: number, one: readonly number[]): readonly number[] {
  const elements = elementsOf(one);
  if (count === elements) return one;
  return count % elements === 0 ? [count / elements, ...one] : [count];
}

/** @throws SamplerError INVALID_REQUEST where a value is none of the type */
export function arrayOf(
  dtype: ConditionDtype,
  values: readonly number[],
  name: string,
): BigInt64Array | Int32Array | Float32Array {
  if (dtype === 'float32') return Float32Array.from(values);
  const int32 = dtype === 'int32';
  for (const value of values) {
    // Rounding would quietly sample another condition than the one that was asked for.
    const fits = int32 ? value === (value | 0) : Number.isSafeInteger(value);
    if (!fits) throw badInput(name, String(value), `an integer (${dtype})`);
  }
  return int32 ? Int32Array.from(values) : BigInt64Array.from(values, BigInt);
}

export function badInput(name: string, found: string, expected: string): SamplerError {
  const text = `input ${name}: found ${JSON.stringify(shownText(found))}, expected ${expected}`;
  return new SamplerError('INVALID_REQUEST', text, { context: { field: name } });
}
