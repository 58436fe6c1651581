/**
 * Noise that is drawn before it is asked for, while its owner has nothing else to do. Noise is a
 * pure function of its key, so nobody can tell but by the clock: a row of 784 elements takes some
 * 10 us, one of 64 KiB 150 to 300 us, and rows enter where everybody waits.
 */
import type { NoiseSource } from './sequential.ts';
import type { StepTable } from './step-table.ts';
import { copyInto } from './vector.ts';

export interface NoiseAhead {
  /** What was drawn is handed out once: a row enters once, as long as rounds do not start again. */
  readonly source: NoiseSource;
  /** Draws one more step of [from, to). False once all of them are there, or no more are kept. */
  draw(from: number, to: number): boolean;
  /** Nobody will ask for steps before this one. */
  forget(before: number): void;
}

/** Of all samples of a job; more is drawn when it is needed. */
const ELEMENTS_MAX = 2 ** 21;

export function noiseAhead(
  source: NoiseSource,
  shape: { readonly samples: number; readonly dim: number },
  { steps, noiseScale }: Pick<StepTable, 'steps' | 'noiseScale'>,
): NoiseAhead {
  const { samples, dim } = shape;
  const most = Math.floor(ELEMENTS_MAX / (samples * dim));
  /** [samples x dim] by step. */
  const drawn = new Map<number, Float32Array>();
  /** Steps that were handed out: their rows are on their way in, wherever the edge still is. */
  const taken = new Set<number>();
  const spare: Float32Array[] = [];
  const drop = (step: number, row: Float32Array): void => {
    drawn.delete(step);
    spare.push(row);
  };
  return {
    source(step, sample, out, at) {
      const row = drawn.get(step);
      if (!row) return source(step, sample, out, at);
      copyInto(out, at, row, sample * dim, dim);
      if (sample < samples - 1) return;
      taken.add(step);
      drop(step, row);
    },
    draw(from, to) {
      if (drawn.size >= most) return false;
      for (let step = from; step < Math.min(to, steps); step++) {
        if (noiseScale[step] === 0 || drawn.has(step) || taken.has(step)) continue;
        const row = spare.pop() ?? new Float32Array(samples * dim);
        for (let m = 0; m < samples; m++) source(step, m, row, m * dim);
        drawn.set(step, row);
        return true;
      }
      return false;
    },
    forget(before) {
      for (const [step, row] of drawn) if (step < before) drop(step, row);
      for (const step of taken) if (step < before) taken.delete(step);
    },
  };
}
