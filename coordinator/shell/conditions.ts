/** The inputs of a job, checked against what the model accepts. */
import type { Input__Output } from '../../proto/generated/isochron/v1/Input.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { conditionOfNegative, negativeOf } from '../../shared/kernel/negative-condition.ts';
import { invalid } from './invalid.ts';
import {
  elementsOf,
  type ConditionDescription,
  type ModelDescription,
} from '../../shared/protocol/model-description.ts';

const bytesPerElement = { int64: 8, int32: 4, float32: 4 } as const;

type Dtype = keyof typeof bytesPerElement;

export interface CheckedConditions {
  readonly conditions: JobSpec['conditions'];
  /** True where at least one condition was given: guidance has something to guide towards. */
  readonly given: boolean;
}

/** One value per sample and element for every condition; those not given are unconditional. */
export function checkConditions(
  model: ModelDescription,
  inputs: readonly Input__Output[],
  samples: number,
): CheckedConditions {
  const known = model.conditions.map(({ name }) => name);
  for (const { name } of inputs) {
    if (!known.includes(conditionOfNegative(name) ?? name)) {
      throw invalid('input', name, `one of the inputs of ${model.name}: ${list(known)}`);
    }
  }
  const conditions = model.conditions.flatMap((condition) => {
    const { name } = condition;
    const [input, negative] = [name, negativeOf(name)].map((wanted) =>
      inputs.find((one) => one.name === wanted),
    );
    const values = input
      ? readInput(condition, input, samples)
      : unconditional(model, condition, samples);
    const own = { name, values };
    if (!negative) return [own];
    return [own, { name: negative.name, values: readInput(condition, negative, samples) }];
  });
  return { conditions, given: inputs.length > 0 };
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'it has none';
}

function unconditional(
  model: ModelDescription,
  condition: ConditionDescription,
  samples: number,
): Float64Array {
  const { name, shape } = condition;
  if (condition.unconditional === null) {
    throw invalid(`input ${name}`, 'nothing', `a value: ${model.name} has no unconditional one`);
  }
  return new Float64Array(samples * elementsOf(shape)).fill(condition.unconditional);
}

function readInput(
  condition: ConditionDescription,
  input: Input__Output,
  samples: number,
): Float64Array {
  const field = `input ${condition.name}`;
  const elements = elementsOf(condition.shape);
  const perSample = [samples, ...condition.shape];
  const shared = sameShape(input.shape, condition.shape);
  if (!shared && !sameShape(input.shape, perSample)) {
    const expected = `${listed(perSample)}, or ${listed(condition.shape)} for all samples`;
    throw invalid(`${field} shape`, listed(input.shape), expected);
  }
  const values = readValues(field, condition, input);
  const count = shared ? elements : samples * elements;
  if (values.length !== count) {
    throw invalid(`${field} data`, `${values.length} values`, `${count} for its shape`);
  }
  checkRange(field, condition, values);
  if (!shared) return values;
  return Float64Array.from({ length: samples * elements }, (_, k) => values[k % elements] ?? 0);
}

function listed(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * Integers may come in either width, and for a real number too: who submits before any worker
 * offers the model types `goal=0,1` and cannot know that it takes fractions.
 */
function accepts(expected: Dtype, found: string): found is Dtype {
  if (found === 'float32') return expected === 'float32';
  return found === 'int64' || found === 'int32';
}

function readValues(
  field: string,
  { dtype }: ConditionDescription,
  input: Input__Output,
): Float64Array {
  if (!accepts(dtype, input.dtype)) throw invalid(`${field} dtype`, input.dtype, dtype);
  const size = bytesPerElement[input.dtype];
  if (input.data.length % size !== 0) {
    throw invalid(`${field} data`, `${input.data.length} bytes`, `a multiple of ${size}`);
  }
  const view = new DataView(input.data.buffer, input.data.byteOffset, input.data.length);
  const read = {
    int64: (at: number) => Number(view.getBigInt64(at, true)),
    int32: (at: number) => view.getInt32(at, true),
    float32: (at: number) => view.getFloat32(at, true),
  }[input.dtype];
  return Float64Array.from({ length: input.data.length / size }, (_, k) => read(k * size));
}

function checkRange(field: string, condition: ConditionDescription, values: Float64Array): void {
  const { minimum, maximum } = condition;
  for (const value of values) {
    const inRange = value >= minimum && value <= maximum;
    if (!inRange && value !== condition.unconditional) {
      throw invalid(field, value, `a value from ${minimum} to ${maximum}`);
    }
  }
}
