import { readFile } from 'node:fs/promises';

import { InvalidArgumentError } from 'commander';

import { conditionOfNegative } from '../shared/kernel/negative-condition.ts';
import { SamplerError } from '../shared/protocol/errors.ts';
import { arrayOf, badInput, inputShape, labelValue } from '../shared/protocol/input-values.ts';
import type { ConditionDtype } from '../shared/protocol/model-description.ts';
import { decodeNpy, NpyError } from '../shared/protocol/npy.ts';
import type { NpyArray } from '../shared/protocol/npy.ts';
import type { ConditionInfo, InputTensor } from './client/types.ts';

/** One `--input name=value`, not yet understood: that takes the model's conditions. */
export interface RawInput {
  readonly name: string;
  readonly value: string;
}

/** Collects repeated options, as commander wants it. */
export function collectInput(text: string, before: readonly RawInput[] = []): RawInput[] {
  const [, name, value] = /^([^=\s]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('expected name=value or name=file.npy, such as class=3.');
  }
  if (before.some((input) => input.name === name)) {
    throw new InvalidArgumentError(`expected one value for ${name}, found two.`);
  }
  return [...before, { name, value }];
}

/**
 * What a job sends. `conditions` are the model's, or undefined while no worker offers it: numbers
 * then travel as they look, and the coordinator checks them when the model appears.
 */
export async function resolveInputs(
  inputs: readonly RawInput[],
  conditions: readonly ConditionInfo[] | undefined,
): Promise<InputTensor[]> {
  return Promise.all(
    inputs.map(async (input) => {
      const name = conditionOfNegative(input.name) ?? input.name;
      const condition = conditions?.find((candidate) => candidate.name === name);
      if (input.value.endsWith('.npy')) return fromFile(input, condition);
      return fromText(input, condition, conditions !== undefined);
    }),
  );
}

function fromText(
  { name, value }: RawInput,
  condition: ConditionInfo | undefined,
  modelIsKnown: boolean,
): InputTensor {
  const whole = labelValue(value, condition);
  const texts = whole === undefined ? value.split(',').map((text) => text.trim()) : [];
  const values = whole === undefined ? texts.map((text) => one(text)) : [whole];
  const guessed = values.every(Number.isSafeInteger) ? 'int64' : 'float32';
  const dtype = condition?.dtype ?? guessed;
  const shape = inputShape(values.length, condition?.shape ?? []);
  return { name, dtype, shape, data: arrayOf(dtype, values, name) };

  function one(text: string): number {
    const parsed = Number(text);
    if (text !== '' && Number.isFinite(parsed)) return parsed;
    const label = labelValue(text, condition);
    if (label !== undefined) return label;
    throw badInput(name, text, expectation(condition, modelIsKnown));
  }
}

function expectation(condition: ConditionInfo | undefined, modelIsKnown: boolean): string {
  if (condition !== undefined && condition.labels.length > 0) {
    return `a number or one of ${condition.labels.join(', ')}`;
  }
  if (condition !== undefined || modelIsKnown) return 'a number, a list of numbers or a .npy file';
  return 'a number: no worker offers the model yet, so its labels are unknown';
}

async function fromFile(
  { name, value: file }: RawInput,
  condition: ConditionInfo | undefined,
): Promise<InputTensor> {
  const array = await readNpy(name, file);
  const dtype = condition?.dtype ?? naturalDtype(array);
  const values = Array.from(array.data, Number);
  return { name, dtype, shape: array.shape, data: arrayOf(dtype, values, `${name} in ${file}`) };
}

async function readNpy(name: string, file: string): Promise<NpyArray> {
  try {
    return decodeNpy(await readFile(file));
  } catch (error) {
    if (error instanceof NpyError) {
      throw new SamplerError('INVALID_REQUEST', `input ${name}: ${file}: ${error.message}`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw badInput(name, file, `a file that can be read (${reason})`);
  }
}

function naturalDtype(array: NpyArray): ConditionDtype {
  switch (array.dtype) {
    case 'float16':
    case 'float32':
    case 'float64':
      return 'float32';
    case 'int32':
      return 'int32';
    case 'int64':
    case 'uint8':
      return 'int64';
  }
}
