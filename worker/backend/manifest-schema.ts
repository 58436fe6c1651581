import { z } from 'zod';

import { predictions } from '../../shared/kernel/noise-schedule.ts';
import { solverNames } from '../../shared/numerics/solvers.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';

/**
 * T8: names come from requests and are only ever looked up; the grammar keeps paths out of them.
 */
export const modelNamePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const filePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const elementsMax = 2 ** 26;
const maxBatchMax = 1024;

const shape = z
  .array(z.int().min(1))
  .max(8)
  .refine((sizes) => elementsOf(sizes) <= elementsMax, `expected at most ${elementsMax} elements`);

const graphName = z.string().min(1).max(256);

const condition = z
  .strictObject({
    name: z.string().regex(modelNamePattern),
    input: graphName.optional(),
    dtype: z.enum(['int64', 'int32', 'float32']),
    shape: shape.default([]),
    minimum: z.number(),
    maximum: z.number(),
    unconditional: z.number().nullable().default(null),
    labels: z.array(z.string()).max(4096).default([]),
  })
  .refine((c) => c.minimum <= c.maximum, {
    path: ['maximum'],
    message: 'expected a maximum not below the minimum',
  })
  .refine((c) => c.labels.length === 0 || c.labels.length === c.maximum - c.minimum + 1, {
    path: ['labels'],
    message: 'expected one label per value from minimum to maximum',
  })
  .refine(
    (c) =>
      c.dtype === 'float32' ||
      [c.minimum, c.maximum, c.unconditional ?? 0].every(Number.isSafeInteger),
    {
      path: ['dtype'],
      message:
        'expected whole numbers as minimum, maximum and unconditional of an integer condition',
    },
  );

const beta = z.number().gt(0).lt(1);
const trainSteps = z.int().min(1).max(100_000);
const trained = { trainSteps, zeroTerminalSnr: z.boolean().optional() };
const betas = { betaStart: beta, betaEnd: beta, ...trained };
const above = z.number().gt(0);
const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), ...betas }),
  z.strictObject({ kind: z.literal('scaled-linear'), ...betas }),
  z.strictObject({ kind: z.literal('sigmoid'), ...betas }),
  z.strictObject({ kind: z.literal('cosine'), ...trained }),
  z.strictObject({
    kind: z.literal('flow'),
    trainSteps: trainSteps.default(1000),
    shift: above.default(1),
    shiftTerminal: above.lt(1).optional(),
  }),
  z
    .strictObject({
      kind: z.literal('edm'),
      sigmaMin: above.default(0.002),
      sigmaMax: above.default(80),
      dataDeviation: above.default(0.5),
    })
    .refine(({ sigmaMin, sigmaMax }) => sigmaMin < sigmaMax, 'expected sigmaMin below sigmaMax'),
]);

const bound = z.union([
  z.strictObject({ clip: above }).transform(({ clip }) => ({ kind: 'clip' as const, range: clip })),
  z
    .strictObject({ quantile: above.max(1), most: above })
    .transform((threshold) => ({ kind: 'threshold' as const, ...threshold })),
]);

const sampler = z.strictObject({
  name: z.enum(solverNames),
  options: z.record(z.string().max(64), z.unknown()).default({}),
  sigmas: z.string().max(1024).default(''),
  finalSigma: z.enum(['zero', 'least']).default('zero'),
  usualSpacing: z.boolean().default(false),
});

const common = {
  name: z.string().regex(modelNamePattern),
  sampleShape: shape.min(1),
  schedule,
  spacing: z.enum(['leading', 'trailing', 'linspace']),
  timestepOffset: z.int().min(0).max(1000).default(0),
  terminalAlphaBar: z.union(
    [z.literal('first'), z.number().gt(0).max(1)],
    "expected 'first' or a number above 0 and at most 1",
  ),
  bound: bound.optional(),
  sampler: sampler.optional(),
  dataStd: z.number().gt(0),
  valueRange: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'expected [minimum, maximum], the minimum first'),
  guidance: z.number().min(0).max(1000).default(0),
  maxBatch: z.int().min(1).max(maxBatchMax),
  license: z.string().min(1).max(256),
};

const onnx = z.strictObject({
  ...common,
  kind: z.literal('onnx'),
  file: z.string().max(256).regex(filePattern),
  prediction: z.enum(predictions),
  inputs: z.strictObject({
    sample: graphName,
    timestep: graphName,
    output: graphName,
    /** What model times are multiplied with for this graph. */
    timestepScale: z.number().gt(0).default(1),
  }),
  conditions: z.array(condition).max(16).default([]),
});

const gaussianMixture = z.strictObject({
  ...common,
  kind: z.literal('gaussian-mixture'),
  std: z.number().gt(0),
  means: z.array(z.array(z.number())).min(1).max(4096),
  labels: z.array(z.string()).default([]),
});

export const manifestSchema = z
  .discriminatedUnion('kind', [onnx, gaussianMixture])
  .refine((m) => m.kind !== 'onnx' || distinct(m.conditions.map((c) => c.name)), {
    path: ['conditions'],
    message: 'expected conditions of different names',
  })
  .refine(
    (m) =>
      m.guidance === 0 || m.kind !== 'onnx' || m.conditions.some((c) => c.unconditional !== null),
    { path: ['guidance'], message: 'expected 0, since no condition has an unconditional value' },
  )
  .refine(
    (m) => m.kind === 'onnx' || m.means.every((mean) => mean.length === elementsOf(m.sampleShape)),
    { path: ['means'], message: 'expected as many numbers in each mean as a sample has elements' },
  );

export type Manifest = z.infer<typeof manifestSchema>;
export type OnnxManifest = Extract<Manifest, { kind: 'onnx' }>;
export type GaussianMixtureManifest = Extract<Manifest, { kind: 'gaussian-mixture' }>;

/** What to do about a wrong field, by its first path element. */
export const advice: Readonly<Record<string, string>> = {
  name: 'use 1 to 64 of a-z 0-9 . _ -, a letter or digit first',
  kind: 'write onnx or gaussian-mixture',
  file: 'give the path of the model file inside its folder, such as model.onnx',
  sampleShape: 'give the shape of one sample without the batch dimension, such as [1, 28, 28]',
  prediction: 'say what the model was trained to predict',
  inputs: "give the graph's own names: { sample: …, timestep: …, output: … }",
  conditions: 'see the example in models/fashion-unet/isochron.yaml',
  schedule: 'copy kind, betaStart, betaEnd and trainSteps from the training code',
  sampler: 'write { name: dpmpp-2m, options: {}, sigmas: karras, finalSigma: zero }, or nothing',
  bound: 'write { clip: 1 }, { quantile: 0.995, most: 1 }, or nothing',
  spacing: 'leading is what most diffusers exports use',
  timestepOffset: "copy diffusers' steps_offset",
  terminalAlphaBar: "1 is diffusers' set_alpha_to_one: true, 'first' is false",
  dataStd: 'give the standard deviation of the training data, about 0.5 for images in [-1, 1]',
  valueRange: 'give the range of the data, such as [-1, 1]',
  guidance: 'give the default guidance scale, or 0 for a model without',
  maxBatch: `give the most rows of one call, 1 to ${maxBatchMax}; start with 64`,
  license: 'name the license of the weights',
  std: 'give the standard deviation of each mode',
  means: 'give one list of numbers per mode',
};

function distinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
