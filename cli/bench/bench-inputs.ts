/**
 * The conditions that seed k is measured with, the same for every method and every run.
 *
 * - A model with a `bench-inputs.json` beside its manifest: entry k of its list, modulo its length.
 *   One entry gives the values of every condition: { "start": [0.1, 0.8], "goal": [0.7, 0.2] }.
 * - A class label: class k modulo their number, so that ten seeds see ten classes.
 * - An analytic mixture: no condition. With one, a single Gaussian is left and one round solves it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { ConditionDescription } from '../../shared/protocol/model-description.ts';
import type { InputTensor, ModelInfo } from '../client/types.ts';

export const benchInputsFile = 'bench-inputs.json';

/** Inputs of the samples of one seed, the samples in front. */
export type BenchInputs = (seed: number, samples: number) => InputTensor[];

/** What it takes to know a model's conditions. */
export type DescribedModel = Pick<ModelInfo, 'name' | 'backend' | 'conditions'>;

const fileSchema = z.strictObject({
  inputs: z.array(z.record(z.string(), z.union([z.number(), z.array(z.number()).min(1)]))).min(1),
});

type InputSet = z.infer<typeof fileSchema>['inputs'][number];

export async function benchInputs(
  model: DescribedModel,
  folder: string | undefined,
): Promise<BenchInputs> {
  const file = folder === undefined ? undefined : join(folder, benchInputsFile);
  const text = file === undefined ? undefined : await readIfThere(file);
  if (file !== undefined && text !== undefined) return listed(model, file, parseFile(file, text));
  if (/\banalytic\b/.test(model.backend)) return () => [];
  const needed = model.conditions.filter((condition) => condition.unconditional === null);
  const [label, ...others] = model.conditions.filter(isLabel);
  if (needed.some((condition) => condition !== label)) throw noInputs(model, needed);
  return label !== undefined && others.length === 0 ? classes(label) : () => [];
}

function isLabel({ dtype, shape }: ConditionDescription): boolean {
  return dtype !== 'float32' && shape.length === 0;
}

function classes(condition: ConditionDescription): BenchInputs {
  const { name, minimum, maximum } = condition;
  const count = maximum - minimum + 1;
  return (seed, samples) => [
    tensor(
      condition,
      name,
      Array.from({ length: samples }, (_, m) => [minimum + ((seed + m) % count)]),
    ),
  ];
}

function listed(model: DescribedModel, file: string, sets: readonly InputSet[]): BenchInputs {
  const [first = {}] = sets;
  for (const [entry, set] of sets.entries()) {
    const where = `${file}: inputs[${entry}]`;
    checkSet(model, set, where);
    const same = Object.keys(first).length === Object.keys(set).length;
    const names = Object.keys(first).join(', ');
    const other = Object.keys(set).join(', ');
    if (!same || Object.keys(first).some((name) => !Object.hasOwn(set, name))) {
      throw badFile(where, `values of ${other}`, `values of ${names}, as in inputs[0]`);
    }
  }
  return (seed, samples) =>
    model.conditions.flatMap((condition) => {
      const { name } = condition;
      if (!Object.hasOwn(first, name)) return [];
      const values = Array.from({ length: samples }, (_, m) => {
        const value = sets[(seed + m) % sets.length]?.[name] ?? [];
        return typeof value === 'number' ? [value] : value;
      });
      return [tensor(condition, name, values)];
    });
}

function checkSet({ name: model, conditions }: DescribedModel, set: InputSet, where: string): void {
  for (const [name, value] of Object.entries(set)) {
    const condition = conditions.find((candidate) => candidate.name === name);
    const count = typeof value === 'number' ? 1 : value.length;
    const expected = condition === undefined ? 0 : elementsOf(condition.shape);
    if (count === expected) continue;
    const known = conditions.map((known) => `${known.name}[${known.shape.join(', ')}]`).join(', ');
    throw badFile(where, `${name} with ${count} values`, `conditions of ${model}: ${known}`);
  }
  const missing = conditions.find(
    ({ name, unconditional }) => unconditional === null && !Object.hasOwn(set, name),
  );
  if (missing) throw badFile(where, `no ${missing.name}`, `a value of every condition of ${model}`);
}

function tensor(
  { dtype, shape }: ConditionDescription,
  name: string,
  values: readonly (readonly number[])[],
): InputTensor {
  const flat = values.flat();
  const data =
    dtype === 'float32'
      ? Float32Array.from(flat)
      : dtype === 'int32'
        ? Int32Array.from(flat)
        : BigInt64Array.from(flat, (value) => BigInt(Math.trunc(value)));
  return { name, dtype, shape: [values.length, ...shape], data };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badFile(file, error instanceof Error ? error.message : String(error), 'a readable file');
  }
}

function parseFile(file: string, text: string): readonly InputSet[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw badFile(file, error instanceof Error ? error.message : String(error), 'a JSON document');
  }
  const parsed = fileSchema.safeParse(document);
  if (parsed.success) return parsed.data.inputs;
  const [issue] = parsed.error.issues;
  const where = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
  throw badFile(file, where, '{ "inputs": [ { CONDITION: number or [numbers], … }, … ] }');
}

function badFile(where: string, found: string, expected: string): SamplerError {
  return new SamplerError('INVALID_REQUEST', `${where}: found ${found}, expected ${expected}`);
}

function noInputs({ name }: DescribedModel, needed: readonly ConditionDescription[]): SamplerError {
  const names = needed.map((condition) => condition.name).join(', ');
  const text =
    `model ${name}: found no ${benchInputsFile} beside its manifest, expected one that lists ` +
    `values of ${names} for the seeds to choose from (models/README.md)`;
  return new SamplerError('INVALID_REQUEST', text, { context: { model: name } });
}
