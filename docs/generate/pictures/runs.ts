/** What measure.ts has measured: runs.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Setting {
  readonly window: number;
  /** Means over the seeds. */
  readonly rounds: number;
  readonly modelCalls: number;
}

export interface Curve {
  readonly method: string;
  /** RMS distance of the final sample from the sequential one after each round, worst seed. */
  readonly errors: readonly number[];
}

export interface Runs {
  readonly machine: string;
  readonly commands: readonly string[];
  readonly job: {
    readonly rounds: number;
    readonly modelCalls: number;
    readonly window: number;
    readonly blocks: number;
    readonly workers: number;
    readonly errorEstimate: number;
    readonly sequential: { readonly rmsError: number };
  };
  /** [round, step, residual] of every evaluation of the job. */
  readonly trace: readonly (readonly [round: number, step: number, residual: number])[];
  /** Some rows of its trajectory, a byte a pixel. */
  readonly states: readonly { readonly row: number; readonly pixels: string }[];
  readonly windows: readonly Setting[];
  readonly methods: readonly Curve[];
}

export function readRuns(): Runs {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'runs.json'), 'utf8')) as Runs;
}
