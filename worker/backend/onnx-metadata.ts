import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ConditionDtype } from '../../shared/protocol/model-description.ts';

/** How a manifest's names map to the inputs and the output of its ONNX graph. */
export interface OnnxBinding {
  readonly model: string;
  readonly file: string;
  readonly sampleShape: readonly number[];
  readonly maxBatch: number;
  readonly sample: string;
  readonly timestep: string;
  /** One timestep for a whole call, without a batch dimension. */
  readonly sharedTimestep: boolean;
  /** What times are multiplied with for the graph; absent: 1. */
  readonly timestepScale?: number;
  readonly output: string;
  readonly conditions: readonly {
    readonly name: string;
    readonly input: string;
    readonly dtype: ConditionDtype;
    readonly shape: readonly number[];
  }[];
}

/** The part of ONNX Runtime's `ValueMetadata` that is read here. */
export interface OnnxValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

const floats = ['float32', 'float16'] as const;
const timestepDtypes = [...floats, 'int64', 'int32'] as const;

/** What a graph takes and gives; half floats are converted on the way. */
export interface GraphDtypes {
  readonly sample: (typeof floats)[number];
  readonly timestep: (typeof timestepDtypes)[number];
  readonly output: (typeof floats)[number];
  /** Conditions that it takes as half floats, by their inputs. */
  readonly half: readonly string[];
}

/** @throws MODEL_UNUSABLE unless the graph is what the manifest says */
export function checkMetadata(
  binding: OnnxBinding,
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
): GraphDtypes {
  const input = find(binding, inputs, 'input');
  const sample = input('sample', binding.sample);
  const sampleDtype = checkDtype(binding, sample, floats);
  checkShape(binding, sample, binding.sampleShape);
  const timestep = input('timestep', binding.timestep);
  const dtype = checkDtype(binding, timestep, timestepDtypes);
  if (!binding.sharedTimestep) checkShape(binding, timestep, []);
  const half: string[] = [];
  for (const condition of binding.conditions) {
    const value = input(`condition ${condition.name}`, condition.input);
    const accepted = condition.dtype === 'float32' ? floats : [condition.dtype];
    if (checkDtype(binding, value, accepted) === 'float16') half.push(condition.input);
    checkShape(binding, value, condition.shape);
  }
  checkNothingUnfed(binding, inputs);
  const output = find(binding, outputs, 'output')('output', binding.output);
  const outputDtype = checkDtype(binding, output, floats);
  checkShape(binding, output, binding.sampleShape);
  return { sample: sampleDtype, timestep: dtype, output: outputDtype, half };
}

function find(
  binding: OnnxBinding,
  values: readonly OnnxValue[],
  side: 'input' | 'output',
): (role: string, name: string) => OnnxValue {
  return (role, name) => {
    const value = values.find((candidate) => candidate.name === name);
    if (value !== undefined) return value;
    const found = values.map(show).join(', ');
    throw unusable(
      binding,
      `found the ${side}s ${found}; expected an ${side} '${name}' for the ${role}`,
      `name the model's own ${side} in isochron.yaml`,
    );
  };
}

function checkDtype<T extends string>(
  binding: OnnxBinding,
  value: OnnxValue,
  accepted: readonly T[],
): T {
  const dtype = accepted.find((candidate) => candidate === value.type);
  if (dtype !== undefined) return dtype;
  const found = value.isTensor ? `of type ${value.type}` : 'that is no tensor';
  throw unusable(
    binding,
    `found '${value.name}' ${found}, expected ${accepted.join(' or ')}`,
    'change the dtype in isochron.yaml if it is a condition, else export the model with that type',
  );
}

/** A leading batch dimension that may vary, then exactly the dimensions of one row. */
function checkShape(binding: OnnxBinding, value: OnnxValue, row: readonly number[]): void {
  const found = value.shape ?? [];
  const [batch, ...rest] = found;
  const expected = `[batch${row.map((size) => `, ${size}`).join('')}]`;
  const fits =
    rest.length === row.length &&
    rest.every((size, axis) => typeof size === 'string' || size === row[axis]);
  if (batch === undefined || !fits) {
    throw unusable(
      binding,
      `found '${value.name}' of shape [${found.join(', ')}], expected ${expected}`,
      'correct the shape in isochron.yaml, or export the model with that shape',
    );
  }
  if (typeof batch === 'string' || (batch === 1 && binding.maxBatch === 1)) return;
  throw unusable(
    binding,
    `found '${value.name}' with a batch fixed to ${batch}, expected ${expected} for any batch size`,
    `export the model with a dynamic batch dimension${batch === 1 ? ', or set maxBatch: 1' : ''}`,
  );
}

function checkNothingUnfed(binding: OnnxBinding, inputs: readonly OnnxValue[]): void {
  const fed = new Set([
    binding.sample,
    binding.timestep,
    ...binding.conditions.map((condition) => condition.input),
  ]);
  const unfed = inputs.filter((input) => !fed.has(input.name));
  if (unfed.length === 0) return;
  throw unusable(
    binding,
    `found the inputs ${unfed.map(show).join(', ')}, which nothing feeds`,
    'add each to the conditions of isochron.yaml',
  );
}

function show(value: OnnxValue): string {
  const shape = value.shape?.map((size) => (size === '' ? '?' : size)) ?? [];
  return `'${value.name}' (${value.type ?? 'no tensor'} [${shape.join(', ')}])`;
}

function unusable(binding: OnnxBinding, what: string, advice: string): SamplerError {
  return new SamplerError('MODEL_UNUSABLE', `${binding.file}: ${what}; ${advice}`, {
    context: { model: binding.model, file: binding.file },
  });
}
