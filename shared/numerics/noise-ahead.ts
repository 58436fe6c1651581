/**
 * Noise that is drawn before it is asked for, while its owner has nothing else to do. Noise is a
 * pure function of its key, so nobody can tell but by the clock: a row of 784 elements takes some
 * 25 us, and rows enter where everybody waits (measured: 0.1 to 0.3 ms of a round).
 */
import type { NoiseSource } from './sequential.ts';
import type { StepTable } from './step-table.ts';
import { copyInto } from './vector.ts';

export interface NoiseAhead {
  readonly source: NoiseSource;
  /**
   * Draws one more step of [from, to), and forgets the steps before. False once all of them are
   * there, or no more are kept.
   */
  draw(from: number, to: number): boolean;
}

/** Of all samples of a job; more is drawn when it is needed. */
const ELEMENTS_MAX = 2 ** 20;

export function noiseAhead(
  source: NoiseSource,
  shape: { readonly samples: number; readonly dim: number },
  { steps, noiseScale }: Pick<StepTable, 'steps' | 'noiseScale'>,
): NoiseAhead {
  const { samples, dim } = shape;
  const most = Math.floor(ELEMENTS_MAX / (samples * dim));
  /** [samples x dim] by step. */
  const drawn = new Map<number, Float32Array>();
  /** What was asked for last; steps from there up to `next` are drawn. */
  let first = 0;
  let next = 0;
  return {
    source(step, sample, out, at) {
      const row = drawn.get(step);
      if (row) copyInto(out, at, row, sample * dim, dim);
      else source(step, sample, out, at);
    },
    draw(from, to) {
      // rounds that start again
      if (from < first) drawn.clear();
      next = Math.max(from, from < first ? from : next);
      for (; first < from; first++) drawn.delete(first);
      first = from;
      if (drawn.size >= most) return false;
      for (; next < Math.min(to, steps); next++) {
        const step = next;
        if (noiseScale[step] === 0) continue;
        const row = new Float32Array(samples * dim);
        for (let m = 0; m < samples; m++) source(step, m, row, m * dim);
        drawn.set(step, row);
        next++;
        return true;
      }
      return false;
    },
  };
}
