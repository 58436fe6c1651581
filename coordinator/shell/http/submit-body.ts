/** A job as JSON: the fields of `SubmitRequest`, with numbers and labels where it has tensors. */
import { z } from 'zod';
import type { SubmitRequest } from '../../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { SubmitRequest__Output } from '../../../proto/generated/isochron/v1/SubmitRequest.ts';
import { conditionOfNegative } from '../../../shared/kernel/negative-condition.ts';
import { limits } from '../../../shared/kernel/limits.ts';
import {
  arrayOf,
  badInput,
  inputShape,
  labelValue,
} from '../../../shared/protocol/input-values.ts';
import type { ConditionDescription } from '../../../shared/protocol/model-description.ts';
import { invalid } from '../invalid.ts';
import { received } from './message-json.ts';

const shape = z.array(z.int().min(0).max(limits.latentElementsMax)).max(limits.rankMax);
const text = z.string().max(limits.promptCharactersMax);
const texts = z.array(text).max(limits.samplesMax);
const short = z.string().max(1_024);

const tensor = z.strictObject({
  dtype: z.enum(['float32', 'uint8']).describe('type of the values'),
  shape: shape.describe('sides, row-major'),
  data: z.base64().describe('little-endian values'),
});

const scalar = z.union([z.number(), z.string().max(256)], 'a number or a label');
const values = z.union(
  [scalar, z.array(scalar), z.array(z.array(scalar))],
  'a number, a label, or lists of them',
);

const input = z
  .strictObject({
    name: z.string().max(256).describe('name of the condition'),
    value: values.optional().describe('numbers or labels, of one sample or of each'),
    dtype: z.enum(['int64', 'int32', 'float32']).optional().describe('of `data`'),
    shape: shape.optional().describe('of `data`'),
    data: z.base64().optional().describe('little-endian values, in place of `value`'),
  })
  .describe('a condition: `value`, or `dtype`, `shape` and `data`');

/** What `encoded` and `encodedImage` are in the message is the coordinator's own. */
export const submitBody = z
  .strictObject({
    model: short.describe('name of the model'),
    solver: short.optional().describe("default the model's own"),
    steps: z.int().describe('sampling steps'),
    eta: z.number().optional().describe('stochasticity of ddim, 0 to 1'),
    samples: z.int().optional().describe('samples to draw; default 1'),
    seed: z.int().optional().describe('seed of all noise; default 0'),
    method: short.optional().describe('default auto'),
    window: z.int().optional().describe('most rows live at once; default all'),
    blocks: z.int().optional().describe('blocks live at once; default one per worker'),
    tolerance: z.number().optional().describe('RMS deviation from the sequential sample'),
    inputs: z.array(input).max(64).optional().describe('conditions'),
    guidance: z.number().optional().describe("guidance weight; default the model's"),
    guidanceSchedule: z.array(z.number()).max(limits.stepsMax).optional(),
    compareSequential: z.boolean().optional().describe('also run the sequential sampler'),
    roundsMax: z.int().optional().describe('give up after so many rounds'),
    everyRow: z.boolean().optional().describe('call the model at every row, leave none out'),
    maxLag: z.int().optional().describe('rounds in a row without a late block; default 0'),
    initialization: short.optional(),
    memory: z.int().optional().describe('Anderson differences of parataa'),
    spacing: short.optional().describe('leading, trailing or linspace'),
    sigmas: z.string().max(200_000).optional().describe('levels in place of those of the times'),
    solverOptions: z
      .union([z.record(short, z.unknown()), short], 'an object')
      .optional()
      .describe('what else the solver is told'),
    certify: z.boolean().optional().describe('keep the trajectory and certify every row'),
    stop: short.optional().describe('stopping rule; default final'),
    wire: short.optional().describe('float32 or float16'),
    order: z.int().optional().describe('newest residuals that a scan of parataa carries'),
    idempotencyKey: short.optional().describe('sent again, it is the job that it made before'),
    client: short.optional().describe('who asks: clients get equal shares'),
    priority: z.int().optional().describe("0 to 9, among the client's own jobs"),
    prompts: texts.optional().describe('one for all samples, or one per sample'),
    negativePrompts: texts.optional().describe('likewise'),
    image: tensor.optional().describe('what the samples start from'),
    mask: tensor.optional().describe('where samples are drawn: 1'),
    strength: z.number().optional().describe('share of the steps that such a job takes'),
  })
  .meta({ id: 'SubmitRequest' });

export type SubmitBody = z.infer<typeof submitBody>;

/** What is known of a model's conditions; undefined while nobody has it. */
export type ConditionsOf = (model: string) => readonly ConditionDescription[] | undefined;

/** The message as gRPC would have brought it, with the same defaults. */
export function submitRequest(body: SubmitBody, conditionsOf: ConditionsOf): SubmitRequest__Output {
  const { inputs = [], solverOptions, image, mask, ...same } = body;
  const options = typeof solverOptions === 'string' ? solverOptions : stringified(solverOptions);
  const conditions = conditionsOf(body.model);
  const given = Object.entries(same).filter(([, value]) => value !== undefined);
  return received('SubmitRequest', {
    ...(Object.fromEntries(given) as SubmitRequest),
    ...(options !== undefined && { solverOptions: options }),
    ...(image && { image: tensorMessage('image', image) }),
    ...(mask && { mask: tensorMessage('mask', mask) }),
    inputs: inputs.map((one, k) => inputMessage(one, conditions, `inputs.${k}`)),
  });
}

function stringified(options: object | undefined): string | undefined {
  return options && Object.keys(options).length > 0 ? JSON.stringify(options) : undefined;
}

function tensorMessage(name: string, { dtype, shape: sides, data }: z.infer<typeof tensor>) {
  return { name, dtype, shape: sides, data: Buffer.from(data, 'base64') };
}

function inputMessage(
  given: z.infer<typeof input>,
  conditions: readonly ConditionDescription[] | undefined,
  field: string,
) {
  const { name, value, dtype, shape: sides, data } = given;
  if (value === undefined) {
    if (dtype === undefined || sides === undefined || data === undefined) {
      throw invalid(field, 'neither', 'value, or dtype, shape and data');
    }
    return { name, dtype, shape: sides, data: Buffer.from(data, 'base64') };
  }
  if (dtype !== undefined || sides !== undefined || data !== undefined) {
    throw invalid(field, 'both', 'value, or dtype, shape and data');
  }
  const wanted = conditionOfNegative(name) ?? name;
  const condition = conditions?.find((candidate) => candidate.name === wanted);
  return valueMessage(name, [value].flat(2), condition);
}

function valueMessage(
  name: string,
  written: readonly (number | string)[],
  condition: ConditionDescription | undefined,
) {
  const numbers = written.map((one) => {
    const found = typeof one === 'number' ? one : labelValue(one, condition);
    if (found !== undefined) return found;
    const labels = condition?.labels.join(', ') ?? '';
    throw badInput(name, String(one), labels === '' ? 'a number' : `a number or one of ${labels}`);
  });
  const dtype = condition?.dtype ?? (numbers.every(Number.isSafeInteger) ? 'int64' : 'float32');
  const { buffer, byteOffset, byteLength } = arrayOf(dtype, numbers, name);
  const data = Buffer.from(buffer, byteOffset, byteLength);
  return { name, dtype, shape: [...inputShape(numbers.length, condition?.shape ?? [])], data };
}
