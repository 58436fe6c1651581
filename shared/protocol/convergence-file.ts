/**
 * `convergence.json` beside a model: read by the worker that serves the model and, the bundled
 * model's, by the coordinator as its figures for models that have none.
 */
import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
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

export const convergenceSchema = z.strictObject({
  /** Of the model file that was measured. */
  modelSha256: z.string().regex(/^[0-9a-f]{64}$/),
  tolerance: z.number().gt(0).max(limits.toleranceMax),
  toleranceSlope: z.number().min(0).max(SLOPE_MAX),
  samplesSlope: z.number().min(0).max(SLOPE_MAX),
  entries: z.array(entry).min(1).max(limits.convergenceEntriesMax),
});

export type ConvergenceFile = z.infer<typeof convergenceSchema>;
