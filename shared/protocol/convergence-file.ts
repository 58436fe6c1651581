/**
 * `convergence.json` beside a model: read by the worker that serves the model and, the bundled
 * model's, by the coordinator as its figures for models that have none.
 */
import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import type { ConvergenceTable } from '../kernel/convergence.ts';
import { PROFILE_POINTS, PROFILE_UNIT, SLOPE_MAX } from '../kernel/convergence.ts';

export const convergenceFile = 'convergence.json';
export const convergenceBytesMax = 1024 * 1024;

const profile = z.array(z.int().min(0).max(PROFILE_UNIT)).length(PROFILE_POINTS);

const entry = z.strictObject({
  method: z.string().min(1).max(limits.nameMax),
  solver: z.string().min(1).max(limits.nameMax),
  steps: z.int().min(1).max(limits.stepsMax),
  window: z.int().min(1).max(limits.stepsMax),
  guided: z.boolean(),
  rounds: z.number().gt(0).max(limits.stepsMax),
  calls: z
    .number()
    .gt(0)
    .max(limits.stepsMax ** 2),
  frontier: profile,
  rows: profile,
  /** How many runs the entry is the mean of; only the program that writes the file reads it. */
  seeds: z.int().min(1),
});

const contraction = z
  .strictObject({
    solver: z.enum(['ddim', 'ddpm']),
    sigma: z.array(z.number().gt(0).max(1)).min(1).max(limits.contractionLevelsMax),
    part: z.array(z.number().gt(0).max(1)),
  })
  .refine(({ sigma, part }) => sigma.length === part.length, 'one part for each sigma')
  .refine(
    ({ sigma }) => sigma.every((level, k) => level <= (sigma[k - 1] ?? 1)),
    'sigma in falling order',
  );

export const convergenceSchema = z.strictObject({
  /** Of the model file that was measured. */
  modelSha256: z.string().regex(/^[0-9a-f]{64}$/),
  tolerance: z.number().gt(0).max(limits.toleranceMax),
  toleranceSlope: z.number().min(0).max(SLOPE_MAX),
  samplesSlope: z.number().min(0).max(SLOPE_MAX),
  /** Of errors until the sample. */
  contraction: z.array(contraction).max(2).optional(),
  entries: z.array(entry).min(1).max(limits.convergenceEntriesMax),
});

export type ConvergenceFile = z.infer<typeof convergenceSchema>;

/** What the file says, without which model file it was measured on. */
export function convergenceOf({ modelSha256: _, ...table }: ConvergenceFile): ConvergenceTable {
  return table;
}
